// SPDX-License-Identifier: GPL-3.0-or-later
// A crash must not write keys to a disk, and from there into somebody's bug report.
#pragma once

namespace higgs {

/// From now on no core of this process, nor of those that it starts, has anything of its memory:
/// nor one that a program gets through a pipe, which heeds no limit of size. Early in main().
void keepMemoryOutOfCores();

} // namespace higgs
