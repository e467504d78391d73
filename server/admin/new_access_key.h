// SPDX-License-Identifier: GPL-3.0-or-later
// What an access key looks like when it is made: random, and told to nobody but who asked for it.
#pragma once

#include "shared/base/secret.h"

namespace higgs::server {

SecretText newAccessKey();

} // namespace higgs::server
