// SPDX-License-Identifier: GPL-3.0-or-later
// The client's barrier at its network cards, as a classic BPF program for a card's egress: what the
// kill switch lets out, and nothing else, whatever has become of rules and routes. Pure.
#pragma once

#include "shared/tunnel/barrier_code.h"

#include <array>
#include <optional>

namespace higgs {

struct ClientBarrierPolicy
{
    std::uint32_t mark = 0;                   ///< of the daemon's sockets
    std::optional<std::uint32_t> excludeMark; ///< of programs outside the tunnel, where allowed
    bool allowLan = false;
    /// Of the tunnel's interface. A card without an address of its own would ask by ARP under them.
    std::vector<IpAddress> inside = {};

    friend bool operator==(const ClientBarrierPolicy &, const ClientBarrierPolicy &) = default;
};

using EthernetAddress = std::array<std::uint8_t, 6>;

/// What stands before the packet at a link.
struct LinkHeader
{
    std::uint32_t size = 0;
    std::optional<EthernetAddress> own;
    std::optional<EthernetAddress> permanent = {}; ///< which the card was made with
    /// A bridge's port, or the card of a macvlan.
    bool carriesOthers = false;

    friend bool operator==(const LinkHeader &, const LinkHeader &) = default;
};

/// To be loaded with direct-action: it drops, or has the next filter judge. At a link that carries
/// others' frames, those under another Ethernet address than its own are a guest's beside this
/// machine, or were judged at the interface above, and pass. At all others every sender is judged:
/// a card's address changes, and a filter whose daemon has gone does not. So passes what is not IP,
/// but for ARP that tells an address of the tunnel's. Of the rest pass: the two marks, DHCP,
/// neighbour discovery, and with the LAN its addresses and multicast, but for questions for names.
BarrierProgram clientBarrier(const ClientBarrierPolicy &policy, const LinkHeader &header);

/// Whether clientBarrier() wrote it, in this version or, as far as one can say, in any.
bool isClientBarrier(std::span<const sock_filter> program);

} // namespace higgs
