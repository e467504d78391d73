// SPDX-License-Identifier: GPL-3.0-or-later
// Looks at the machine for the exit policy: its way out, its networks, the ports it uses itself.
#pragma once

#include "shared/tunnel/exit_ruleset.h"

namespace higgs {

/// Blocks for some milliseconds, as `ip` is asked. Unavailable: no default route; NotFound: there
/// is no such interface. Leaves forwarded4 and forwarded6 as they are by default.
Result<ExitSurroundings> lookAround(const ExitPolicy &policy, const std::string &tunnel);

/// Of all interfaces, without link-local and loopback ones.
Result<std::vector<IpAddress>> machineAddresses();

/// What this machine reaches by routes of its own, in any of its tables and by any interface but
/// this tunnel.
Result<std::vector<IpPrefix>> routedNetworks(const std::string &tunnel);

/// The bridges that lead to containers and virtual machines and nowhere else (local_networks.h), by
/// name; none where that cannot be known.
std::vector<std::string> guestBridges(const std::string &tunnel);

/// What is near this machine, for whoever is told by others where to send: its networks and those
/// of a home with its global IPv6 addresses, its routers, and its own addresses.
Result<std::vector<IpPrefix>> nearbyNetworks(const std::string &tunnel);

/// Says in the log when the machine's own programs may be given ports that guests leave from.
void warnOfTakenPorts();

} // namespace higgs
