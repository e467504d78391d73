// SPDX-License-Identifier: GPL-3.0-or-later
// A switch from one exit to another: what stood before it, and what of that still stands.
#pragma once

#include "app-vpn/engine/client_status.h"
#include "app-vpn/engine/tunnel_session.h"
#include "app-vpn/engine/turn_access.h"

#include <memory>
#include <optional>

namespace higgs::vpn {

/// The verified tunnel of before, which carries until the new exit is reached.
struct StandingExit
{
    ClientStatus status;              ///< as it was when it was left
    std::unique_ptr<TurnAccess> turn; ///< of the session, which asks it
    std::unique_ptr<TunnelSession> session;
};

struct ExitSwitch
{
    bool going = false;           ///< a verified tunnel stood when the request was made
    std::optional<LeftExit> from; ///< that one, until the new one stands or it is gone back to
    NodeId returnTo;              ///< where the first attempt of this request goes
    std::optional<StandingExit> standing; ///< only while Connecting
};

} // namespace higgs::vpn
