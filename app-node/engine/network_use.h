// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the network that a server has for guests is already somebody's in this home, beyond its
// router: then the owner's own PC would not reach it any more. As far as that can be known from
// answers. Pure.
#pragma once

#include "shared/net/hop_probe.h"

#include <span>
#include <string>
#include <vector>

namespace higgs::node {

/// Addresses of the network at which routers and hosts of homes usually are: the first and the last
/// of each /24, and the first ones of an IPv6 network. At most 512.
std::vector<IpAddress> sweepTargets(const IpPrefix &network);

struct NetworkTraces
{
    std::vector<IpAddress> answered; ///< of the network's own addresses
    Hops internet;                   ///< the way to the Internet
    Hops network;                    ///< the way to the network
};

/// Who shows that it is in use, as a sentence's end; empty: nothing shows it.
std::string useOf(const NetworkTraces &traces);

/// The same for the resolvers of this machine, given as in resolv.conf(5).
std::string resolverWithin(const IpPrefix &network, std::string_view resolvConf);

} // namespace higgs::node
