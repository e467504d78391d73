// SPDX-License-Identifier: GPL-3.0-or-later
// What the kernel tells of addresses, links and routes (rtnetlink(7)), as values. Pure; total on
// any input.
#pragma once

#include "shared/base/endpoint.h"

#include <vector>

namespace higgs {

struct NetworkEvent
{
    enum class Kind { AddressAdded, AddressRemoved, LinkChanged, LinkRemoved, RouteChanged };

    Kind kind = Kind::LinkChanged;
    std::uint32_t interfaceIndex = 0; ///< of a route: its outgoing one, 0 for none
    IpAddress address;                ///< of an address event
    std::string interfaceName;        ///< of a link event
    bool running = false;             ///< of a link event: up, and with a carrier
    std::uint32_t table = 0;          ///< of a route event
    std::uint32_t master = 0;         ///< of a link event: the bridge that it is plugged into

    friend bool operator==(const NetworkEvent &, const NetworkEvent &) = default;
};

/// The events of one datagram, in its order; messages of other types are passed over. Malformed
/// when a message does not end where it says; what came before it is lost with it.
Result<std::vector<NetworkEvent>> decodeNetlink(ByteSpan datagram);

} // namespace higgs
