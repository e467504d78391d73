// SPDX-License-Identifier: GPL-3.0-or-later
// A filter of system calls that keeps this process and its children from leaving a set-group-id
// file of their group behind, by which every user of the machine would have their exemption, for
// good. Plain C calls only.
#pragma once

#include <linux/filter.h>
#include <span>
#include <sys/types.h>

namespace higgs::exclude {

/// Room for the longest filter.
constexpr unsigned MaxFilter = 256;

/// A filter for seccomp(2), for the machine's own calls and, where there is one, its 32-bit ABI;
/// calls of any other get ENOSYS. Written to `room`; how many instructions it has.
///
/// EPERM: a mode with S_ISGID, given to a file or to a new one; a file into the group, as a
/// set-group-id file without x for the group stays one then, and an ACL adds the x.
/// ENOSYS, which programs take for an older kernel's: openat2 and io_uring, whose modes lie in
/// memory, where a filter does not see them.
unsigned setGroupIdFilter(gid_t group, std::span<sock_filter, MaxFilter> room);

/// For this process and all that it starts. False and errno when the kernel cannot.
bool forbidSetGroupIdFiles(gid_t group);

} // namespace higgs::exclude
