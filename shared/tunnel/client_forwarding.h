// SPDX-License-Identifier: GPL-3.0-or-later
// The part of the client's rules that judges what containers, virtual machines and others send
// through this machine. Pure.
#pragma once

#include "shared/tunnel/client_network.h"
#include "shared/tunnel/local_networks.h"

#include <string>

namespace higgs {

/// Who asks for names outside the tunnel is told so at once, before any route is looked up: a way
/// to nowhere is no answer that every resolver takes for one. A chain of the filter table.
std::string forwardedNamesChain(const TunnelRoutes &up, const ClientSurroundings &around);

/// Redirects what they ask to the tunnel's resolver, whomever they ask. A chain of the other table.
std::string forwardedResolveChain(const TunnelRoutes &up, const ClientSurroundings &around);

/// Rules for the output chain: this machine and its own guests.
std::string toLocalNetworks(const ClientSurroundings &around);

/// What of the guests' packets enters the tunnel. A chain of the filter table.
std::string guestsChain(const TunnelRoutes &up);

/// Guests alone: through the tunnel, among each other, and where the LAN is let out to and from it.
std::string forwardChain(const std::string &interfaceName, const BlockPolicy &policy,
                         const TunnelRoutes &up, const ClientSurroundings &around);

/// Lines for `ip -batch`: the ways to them in our table, as nothing but it is asked.
std::string localRouteBatch(const ClientSurroundings &around, std::uint32_t table,
                            IpAddress::Family family);

} // namespace higgs
