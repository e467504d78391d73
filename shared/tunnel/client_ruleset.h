// SPDX-License-Identifier: GPL-3.0-or-later
// The kill switch as text for `nft -f -`, and the policy routing as text for `ip -batch -`. Pure.
#pragma once

#include "shared/tunnel/client_network.h"
#include "shared/tunnel/ip_text.h"
#include "shared/tunnel/local_networks.h"

namespace higgs {

inline constexpr const char *ClientTable = "inet higgs_vpn";
/// What makes the tunnel convenient, apart from what makes it safe: a kernel that cannot translate
/// addresses still blocks.
inline constexpr const char *ClientNatTable = "inet higgs_vpn_nat";

/// Where our rules stand among `ip rule`'s: before everybody's but the local table, in this order.
constexpr std::uint32_t ExcludeRulePriority = 2890; ///< programs outside the tunnel: the main table
constexpr std::uint32_t InsideRulePriority = 2900; ///< hosts inside the tunnel, whatever the LAN is
constexpr std::uint32_t LanRulePriority = 2910;    ///< where the LAN is let out: its own routes
constexpr std::uint32_t TunnelRulePriority = 2920; ///< everything without the mark

inline constexpr const char *Port53 = "meta l4proto { tcp, udp } th dport 53 ";
/// At once, where dropping would let a program wait for minutes.
inline constexpr const char *RefuseTcp = "meta l4proto tcp reject with tcp reset\n";
inline constexpr const char *Refuse = "reject with icmpx type admin-prohibited\n";

/// Replaces the table in one transaction. `up` without addresses: no tunnel yet.
std::string clientRuleset(const ClientNetworkOptions &options, const BlockPolicy &policy,
                          const TunnelRoutes &up, const ClientSurroundings &around = {});
/// Replaces the other table: DNS into the tunnel, whomever a program asks; and the source address
/// of programs outside it, which chose it when their way still led inside.
std::string clientNatRuleset(const ClientNetworkOptions &options, const BlockPolicy &policy,
                             const TunnelRoutes &up, const ClientSurroundings &around = {});
/// Our neighbours in the tunnel: the exit, and who answers names there.
std::vector<IpAddress> insideHosts(const TunnelRoutes &up, IpAddress::Family family);
/// A rule that sends questions of one family to the tunnel's resolver; "" if it has none.
std::string redirection(const TunnelRoutes &up, IpAddress::Family family);
/// Both tables.
std::string clientRulesetRemoval();
std::string clientNatRemoval();

/// Whether the tunnel has an address of the family, so that its default route leads into it.
bool carries(const TunnelRoutes &routes, IpAddress::Family family);

/// Lines that make the rules and the table of one family; the family's addresses in `routes` decide
/// whether its default route leads into the tunnel or nowhere.
std::string clientRouteBatch(const ClientNetworkOptions &options, const BlockPolicy &policy,
                             const TunnelRoutes &routes, IpAddress::Family family);

/// What tells our rules of policy routing from others' at the same priorities.
struct RuleOwner
{
    std::uint32_t excludeMark = 0;
    std::uint32_t table = 0;
};

bool isOurs(const PolicyRule &rule, const RuleOwner &owner);
/// Lines that remove those of `present` that are ours, each by all of its parts.
std::string ruleRemovalBatch(const std::vector<PolicyRule> &present, const RuleOwner &owner);

/// RFC 1918, link-local and unique-local: what "the LAN" is, and nothing else. A network at home
/// that uses public addresses is no LAN to us, as nothing tells it from the Internet.
std::span<const std::string_view> lanPrefixes(IpAddress::Family family);

} // namespace higgs
