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

    friend bool operator==(const LinkHeader &, const LinkHeader &) = default;
};

/// To be loaded with direct-action: it drops, or has the next filter judge. Frames under another
/// Ethernet address than the link's own are a guest's beside this machine, or were judged at the
/// interface above, and pass; so does what is not IP, but for ARP that tells an address of the
/// tunnel's. Of the rest pass: the two marks, DHCP,
/// neighbour discovery, and with the LAN its addresses and multicast, but for questions for names.
BarrierProgram clientBarrier(const ClientBarrierPolicy &policy, const LinkHeader &header);

/// Whether clientBarrier() wrote it, in this version or, as far as one can say, in any.
bool isClientBarrier(std::span<const sock_filter> program);

} // namespace higgs
