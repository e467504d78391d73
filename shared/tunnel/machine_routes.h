// SPDX-License-Identifier: GPL-3.0-or-later
// The machine's routes, of all of its tables, asked of the kernel itself (rtnetlink(7)): there may
// be many thousands, and text about each would take a hundred times as long.
#pragma once

#include "shared/base/endpoint.h"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace higgs {

struct MachineRoute
{
    IpPrefix to; ///< of length 0: a default route
    bool unicast = false;
    bool byRouter = false;
    std::vector<std::uint32_t> devices; ///< of all its next hops; none where it leads nowhere
};

using EachRoute = std::function<void(const MachineRoute &)>;

/// For the routes in one datagram of the kernel's answer, in its order; true: it was the last one.
/// Malformed when a message or an attribute does not end where it says. Pure.
Result<bool> readRoutes(ByteSpan datagram, const EachRoute &each);

/// What is more than a part of a default route: an on-link network, or what is reached by a router
/// of its own. Pure.
bool isSpecific(const MachineRoute &route);

/// Takes some milliseconds for ten thousand routes, and keeps none. System: the kernel did not
/// answer; it may have called `each` before.
Result<void> forEachRoute(IpAddress::Family family, const EachRoute &each);

/// Interfaces by which this machine reaches more than its neighbours.
Result<std::set<std::string>> waysOut();

/// The networks that this machine has specific routes to, unless by the interfaces `except`, or by
/// one that has just gone.
Result<std::vector<IpPrefix>> specificNetworks(const std::set<std::string> &except);

} // namespace higgs
