// SPDX-License-Identifier: GPL-3.0-or-later
// For a daemon's offline way: its control socket, also where a daemon that hangs still holds it.
#pragma once

#include "shared/control/control_socket.h"

namespace higgs::control {

struct TakenSocket
{
    std::unique_ptr<ControlSocket> socket; ///< may be none: no daemon runs, and none can listen
    bool ended = false;                    ///< a daemon held it, and was ended for that
};

/// As ControlSocket::open(). Where a daemon is in the way whose process is called `daemon`, it is
/// ended by SIGKILL, so that it cannot wake and put back what is undone meanwhile: a stopped or
/// hanging process takes no other signal. One that sleeps in the kernel is waited for a moment
/// only: no more of its code is run. Permission: it is not ours to end.
Result<TakenSocket> takeOverSocket(const std::string &path, std::string_view daemon,
                                   std::string_view note, Admission admission);

} // namespace higgs::control
