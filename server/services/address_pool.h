// SPDX-License-Identifier: GPL-3.0-or-later
// Tunnel addresses: each live session of a node has its own, out of the networks that all nodes
// share (a guest sees only its own node, so nodes may give the same address).
#pragma once

#include "shared/base/endpoint.h"

#include <cstdint>
#include <optional>
#include <set>

namespace higgs::server {

struct TunnelNetworks
{
    IpPrefix network4; ///< 10.86.0.0/16
    IpPrefix network6; ///< fd86:4869:6767:73::/64

    static TunnelNetworks standard();
    /// The host prefix (/32, /128) of address number `index`; 1 is the node itself.
    [[nodiscard]] IpPrefix address4(std::uint32_t index) const;
    [[nodiscard]] IpPrefix address6(std::uint32_t index) const;
};

/// The numbers in use on one node. A number comes back last, so that a guest's late packets do not
/// meet a successor.
class AddressPool
{
public:
    static constexpr std::uint32_t First = 2; ///< .0 is the network, .1 the gateway
    /// The end of a /16, without its broadcast and the two from which nodes try their exits.
    static constexpr std::uint32_t Last = 0xfffc;

    std::optional<std::uint32_t> take();
    /// For sessions of an earlier run; false when it is in use.
    bool claim(std::uint32_t index);
    void give(std::uint32_t index) { m_used.erase(index); }
    [[nodiscard]] bool empty() const { return m_used.empty(); }

private:
    std::set<std::uint32_t> m_used;
    std::uint32_t m_next = First;
};

} // namespace higgs::server
