// SPDX-License-Identifier: GPL-3.0-or-later
// The kill switch as text for `nft -f -`, and the policy routing as text for `ip -batch -`. Pure.
#pragma once

#include "shared/tunnel/client_network.h"

namespace higgs {

inline constexpr const char *ClientTable = "inet higgs_vpn";

/// Where our rules stand among `ip rule`'s: before everybody's but the local table, in this order.
constexpr std::uint32_t InsideRulePriority = 2900; ///< hosts inside the tunnel, whatever the LAN is
constexpr std::uint32_t LanRulePriority = 2910;    ///< where the LAN is let out: its own routes
constexpr std::uint32_t TunnelRulePriority = 2920; ///< everything without the mark

/// Replaces the table in one transaction. `tunnelAddresses` empty: not known yet.
std::string clientRuleset(const ClientNetworkOptions &options, const BlockPolicy &policy,
                          const std::vector<IpAddress> &tunnelAddresses);
std::string clientRulesetRemoval();

/// Lines that make the rules and the table of one family; the family's addresses in `routes` decide
/// whether its default route leads into the tunnel or nowhere.
std::string clientRouteBatch(const ClientNetworkOptions &options, const BlockPolicy &policy,
                             const TunnelRoutes &routes, IpAddress::Family family);

/// Lines that remove those of our rules that `present` (parseRulePriorities) has.
std::string ruleRemovalBatch(const std::vector<std::uint32_t> &present);

/// RFC 1918, link-local and unique-local: what "the LAN" is, and nothing else.
std::span<const std::string_view> lanPrefixes(IpAddress::Family family);

} // namespace higgs
