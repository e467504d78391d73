// SPDX-License-Identifier: GPL-3.0-or-later
// A child that does not outlive us: kill -9 of a daemon must not leave one behind that goes on to
// change the network when a successor has already put it back.
#pragma once

#include "shared/base/result.h"

#include <sys/types.h>

namespace higgs {

struct ChildStreams
{
    int in;
    int out;
    int err;
};

/// Forks and executes `path`, an absolute one; the child has the three streams (above 2, the
/// caller's to close), no other descriptor, and no signal blocked. It is killed when the calling
/// thread ends. Returns its process id, for the caller to wait for; exit status 127 means that it
/// could not be executed.
Result<pid_t> forkChild(const char *path, char *const *argv, char *const *environment,
                        ChildStreams streams);

} // namespace higgs
