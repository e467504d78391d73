// SPDX-License-Identifier: GPL-3.0-or-later
// Which neighbours in the tunnel a client lets its server name: what is sent to them goes to a
// stranger's exit, so that none may be a machine of the user's own. Pure.
#pragma once

#include "shared/base/result.h"
#include "shared/tunnel/client_network.h"

#include <span>

namespace higgs {

/// Forbidden: an address, gateway or resolver of the tunnel is no host's, or lies in one of
/// `nearby`, the networks that this machine reaches by itself; hosts of the Internet lie in none. A
/// network as large as a company's 10.0.0.0/8 and the tunnels' own numbers are let be: they cannot
/// be avoided, and no more than ports go into the tunnel.
Result<void> checkInsideHosts(const TunnelRoutes &routes, std::span<const IpPrefix> nearby);

} // namespace higgs
