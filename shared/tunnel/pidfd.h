// SPDX-License-Identifier: GPL-3.0-or-later
// pidfd_open(2) and its kin; the header of glibc 2.36 forgets that C++ includes it, too.
#pragma once

extern "C" {
#include <sys/pidfd.h>
}
