// SPDX-License-Identifier: GPL-3.0-or-later
// The kill switch as text for `nft -f -`. Pure.
#pragma once

#include "shared/tunnel/client_network.h"
#include "shared/tunnel/ip_text.h"
#include "shared/tunnel/local_networks.h"

namespace higgs {

inline constexpr const char *ClientTable = "inet higgs_vpn";
/// What makes the tunnel convenient, apart from what makes it safe: a kernel that cannot translate
/// addresses still blocks.
inline constexpr const char *ClientNatTable = "inet higgs_vpn_nat";

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
/// What is spoken to our neighbours in the tunnel, whose addresses the server names: the exit's
/// STUN, and names. Nothing else, or it would name a machine of this home.
struct InsideService
{
    IpAddress host;
    const char *protocol; ///< as nft and ip write it
    std::uint16_t port;

    friend bool operator==(const InsideService &, const InsideService &) = default;
};
std::vector<InsideService> insideServices(const TunnelRoutes &up, IpAddress::Family family);
/// As a part of a rule: destination, protocol and port.
std::string nftInside(const InsideService &service);
/// A rule that sends questions of one family to the tunnel's resolver; "" if it has none.
std::string redirection(const TunnelRoutes &up, IpAddress::Family family);
/// Both tables, and that of what leaves.
std::string clientRulesetRemoval();
std::string clientNatRemoval();

/// Whether the tunnel has an address of the family, so that its default route leads into it.
bool carries(const TunnelRoutes &routes, IpAddress::Family family);

/// RFC 1918, link-local and unique-local: what "the LAN" is, and nothing else. A network at home
/// that uses public addresses is no LAN to us, as nothing tells it from the Internet.
std::span<const std::string_view> lanPrefixes(IpAddress::Family family);
/// Where a question for a lease goes: to everybody, or to a server of the home.
std::vector<std::string_view> dhcpTargets();
/// Of a packet of neighbour discovery, as its header tells: 24 bytes (RFC 4861 sections 4.3 and
/// 4.4), a link-layer address, a nonce (RFC 3971). What is longer would carry something else.
inline constexpr std::uint32_t LongestNeighbourTalk = 48;
/// How an address is had and neighbours are found, as matches of rules: DHCP, neighbour discovery,
/// reports of multicast listeners. Let out in every state, and counted as that.
std::vector<std::string> upkeepMatches();
/// The multicast that is let out with it: prefixes, or groups.
std::span<const std::string_view> linkMulticast(IpAddress::Family family);

} // namespace higgs
