// SPDX-License-Identifier: GPL-3.0-or-later
// The part of the client's rules for questions from sockets that are bound to an interface. Such a
// one cannot be routed into the tunnel, nor hear an answer from there: it is answered by a relay of
// ours that is bound to the same interface, and this machine alone may reach it. Pure.
#pragma once

#include "shared/tunnel/client_network.h"
#include "shared/tunnel/local_networks.h"

#include <string>

namespace higgs {

/// Rules for the chain of the other table that redirects questions for names.
std::string boundRedirections(const BlockPolicy &policy, const TunnelRoutes &up,
                              const ClientSurroundings &around);
/// For the output chain: they show the interface to which they were bound.
std::string toRelays(const TunnelRoutes &up, const ClientSurroundings &around);
/// For the input chain.
std::string fromElsewhere(const ClientSurroundings &around);

} // namespace higgs
