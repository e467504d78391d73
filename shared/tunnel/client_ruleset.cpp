// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/client_ruleset.h"

#include "shared/tunnel/client_bound_names.h"
#include "shared/tunnel/client_forwarding.h"
#include "shared/tunnel/client_marks.h"
#include "shared/tunnel/exit_network.h"
#include "shared/tunnel/leak_rules.h"
#include "shared/tunnel/nft_text.h"

#include <algorithm>
#include <array>

namespace higgs {

namespace {

using Family = IpAddress::Family;

constexpr std::array<std::string_view, 4> LanV4{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                                                "169.254.0.0/16"};
constexpr std::array<std::string_view, 2> LanV6{"fc00::/7", "fe80::/10"};

// What stays on the link (RFC 5771 section 4, RFC 4291 section 2.7) and SSDP: how printers, players
// and shares are found. Let out with the LAN only.
constexpr std::array<std::string_view, 2> LinkMulticastV4{"224.0.0.0/24", "239.255.255.250"};
constexpr std::array<std::string_view, 1> LinkMulticastV6{"ff02::/16"};

std::vector<IpAddress> ofFamily(const std::vector<IpAddress> &addresses, Family family)
{
    std::vector<IpAddress> result;
    std::copy_if(addresses.begin(), addresses.end(), std::back_inserter(result),
                 [family](const IpAddress &a) { return a.family() == family; });
    return result;
}

/// What is not the Internet: the address of a printer, a router or a share, a broadcast, multicast.
/// The exit is a stranger's machine in another home, where it would arrive in the clear.
std::string foreignChains()
{
    std::string text = std::string("    chain refuse {\n        ") + RefuseTcp + "        " +
                       Refuse + "    }\n    chain foreign {\n";
    for (const Family family : {Family::V4, Family::V6}) // what an exit refuses, too
        text +=
            "        " + nftDaddr(family) + nftSet(nonGlobalPrefixes(family)) + " goto refuse\n";
    return text + "    }\n";
}

std::vector<IpAddress> ownAddresses(const TunnelRoutes &up, Family family)
{
    std::vector<IpAddress> own;
    for (const InterfaceAddress &address : up.addresses) {
        if (address.address.family() == family)
            own.push_back(address.address);
    }
    return own;
}

/// Packets to our addresses in the tunnel that come from anywhere else: somebody on the LAN asks
/// whether we are the one behind that address. They get no answer. And out of the tunnel comes what
/// is for these addresses: for any other one the exit would speak in the name of somebody whom it
/// does not carry, a machine of this home or whom a program outside the tunnel is speaking to.
/// A local network may have the tunnels' numbers, and us this very one: then it is asked there,
/// too.
std::string prerouting(const std::string &tunnel, const TunnelRoutes &up,
                       const ClientSurroundings &around)
{
    std::string arriving;
    std::string besides;
    for (const Family family : {Family::V4, Family::V6}) {
        const auto own = ownAddresses(up, family);
        if (own.empty()) {
            arriving += std::string("        meta nfproto ") +
                        (family == Family::V4 ? "ipv4" : "ipv6") + " drop\n";
            continue;
        }
        const std::string to = "        " + nftDaddr(family);
        arriving += to + "!= " + nftSet(own) + " drop\n";
        std::vector<IpAddress> inside;
        std::copy_if(own.begin(), own.end(), std::back_inserter(inside), [&](const IpAddress &one) {
            return std::none_of(around.uplinks.begin(), around.uplinks.end(),
                                [&one](const UplinkAddress &each) { return each.address == one; });
        });
        if (!inside.empty())
            besides += to + nftSet(inside) + " iifname != \"lo\" drop\n";
    }
    return "    chain prerouting {\n"
           "        type filter hook prerouting priority -300; policy accept;\n"
           "        iifname " +
           tunnel + " goto arriving\n" + besides + "    }\n    chain arriving {\n" + arriving +
           "    }\n";
}

std::string lanRules()
{
    std::string text;
    for (const Family family : {Family::V4, Family::V6}) {
        text += "        " + nftDaddr(family) + nftSet(lanPrefixes(family)) + " accept\n";
        text += "        " + nftDaddr(family) + nftSet(linkMulticast(family)) + " accept\n";
    }
    return text;
}

/// A question that our other table sent on to one of these servers of one family.
std::string redirected(const std::vector<IpAddress> &servers)
{
    return "ct status dnat " + nftDaddr(servers.front().family()) + nftSet(servers) + " " + Port53;
}

/// Here the interface is the one by which it really leaves. No server is named: a question that the
/// output chain let pass may come here when the rules have just been exchanged for some that know
/// no servers, while the routes into the tunnel are gone already. And here the source is the one
/// that the exit will see: a guest's connection of before may still be translated to our address at
/// home.
std::string leaveChain(const std::string &tunnel, const TunnelRoutes &up,
                       const ClientSurroundings &around)
{
    std::string text = "    chain leave {\n"
                       "        type filter hook postrouting priority 300; policy accept;\n"
                       "        ct status dnat oifname != { \"lo\", " +
                       tunnel + " } " + Port53;
    // A guest that answers names may have published its port.
    if (!around.locals.empty())
        text += "oifname != " + nftNames(around.locals) + " ";
    text += "drop\n";
    for (const Family family : {Family::V4, Family::V6}) {
        const auto own = ownAddresses(up, family);
        if (!own.empty())
            text += "        oifname " + tunnel + " " + nftSaddr(family) + "!= " + nftSet(own) +
                    " drop\n";
        else if (!up.addresses.empty())
            text += std::string("        oifname ") + tunnel + " meta nfproto " +
                    (family == Family::V4 ? "ipv4" : "ipv6") + " drop\n";
    }
    return text + "    }\n";
}

/// A connection of before would carry our LAN address to the exit.
std::string intoTunnel(const TunnelRoutes &up)
{
    std::string inside;
    std::string outside;
    for (const Family family : {Family::V4, Family::V6}) {
        const auto own = ownAddresses(up, family);
        if (own.empty())
            continue;
        const std::string ours = "        " + nftSaddr(family) + nftSet(own) + " ";
        for (const InsideService &service : insideServices(up, family))
            inside += ours + nftInside(service) + "accept\n";
        outside += ours + "accept\n";
    }
    if (up.addresses.empty())
        outside = "        accept\n";
    return "    chain inward {\n" + inside + "        jump foreign\n" + outside +
           "        drop\n    }\n";
}

/// No rule for established connections: those of before the tunnel must not go on outside it.
std::string output(const ClientNetworkOptions &options, const std::string &tunnel,
                   const BlockPolicy &policy, const TunnelRoutes &up,
                   const ClientSurroundings &around)
{
    const std::string excludeMark = hexMark(options.excludeMark);
    // After every other table's NAT and marking, so that what is judged is what leaves.
    std::string text = "    chain output {\n"
                       "        type filter hook output priority 300; policy drop;\n"
                       "        oifname \"lo\" accept\n";
    // A connection of a program outside stays outside, or ends: never halfway into the tunnel.
    text += "        ct mark " + excludeMark + " meta mark != " + excludeMark + " drop\n";
    // What is sent on another way by its mark or its new destination still shows the interface of
    // its first way in this hook: mark and destination say where it goes.
    if (policy.excludeGid)
        text += leaveOutside(excludeMark, *policy.excludeGid);
    for (const Family family : {Family::V4, Family::V6}) {
        const auto servers = ofFamily(up.dnsServers, family);
        if (!servers.empty())
            text += "        " + redirected(servers) + "accept\n";
    }
    text += toRelays(up, around);
    text += "        oifname " + tunnel + " goto inward\n";
    text += toLocalNetworks(around);
    text += "        " + ownMark(options) + "accept\n";
    for (const std::string &match : upkeepMatches())
        text += "        " + match + "accept\n";
    // The home router's resolver would see every name. Who asks it is told so, and asks the next.
    text += std::string("        ") + Port53 + RefuseTcp + "        " + Port53 + Refuse;
    if (policy.allowLan)
        text += lanRules();
    return text + "    }\n";
}

} // namespace

std::vector<InsideService> insideServices(const TunnelRoutes &up, Family family)
{
    std::vector<InsideService> services;
    for (const IpAddress &gateway : ofFamily(up.gateways, family))
        services.push_back({gateway, "udp", GatewayStunPort});
    for (const IpAddress &server : ofFamily(up.dnsServers, family)) {
        services.push_back({server, "udp", 53});
        services.push_back({server, "tcp", 53});
    }
    return services;
}

std::string nftInside(const InsideService &service)
{
    return nftDaddr(service.host.family()) + service.host.toString() + " " + service.protocol +
           " dport " + std::to_string(service.port) + " ";
}

std::string redirection(const TunnelRoutes &up, Family family)
{
    const auto servers = ofFamily(up.dnsServers, family);
    if (up.addresses.empty() || servers.empty())
        return {};
    const std::string to = nftDaddr(family);
    return std::string("        ") + Port53 + to + "!= " + nftSet(servers) + " dnat " +
           to.substr(0, to.find(' ')) + " to " + servers.front().toString() + "\n";
}

std::span<const std::string_view> lanPrefixes(Family family)
{
    if (family == Family::V4)
        return LanV4;
    return LanV6;
}

std::vector<std::string> upkeepMatches()
{
    return {// A server beyond the home is asked again by broadcast.
            "ip daddr " + nftSet(dhcpTargets()) + " udp sport 68 udp dport 67 ",
            "ip6 daddr { ff02::1:2, fe80::/10 } udp sport 546 udp dport 547 ",
            // Neighbours may have any address; what is said to them is as long as an Ethernet
            // address and a nonce are.
            "ip6 hoplimit 255 ip6 length <= " + std::to_string(LongestNeighbourTalk) +
                " icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, "
                "nd-neighbor-advert } ",
            // Without them a switch that listens keeps neighbours' questions from us (RFC 4541).
            "ip6 daddr ff02::/16 ip6 hoplimit 1 icmpv6 type { mld-listener-report, "
            "mld-listener-done, mld2-listener-report } "};
}

std::vector<std::string_view> dhcpTargets()
{
    std::vector<std::string_view> targets(LanV4.begin(), LanV4.end());
    targets.push_back("255.255.255.255");
    return targets;
}

std::span<const std::string_view> linkMulticast(Family family)
{
    if (family == Family::V4)
        return LinkMulticastV4;
    return LinkMulticastV6;
}

std::string clientRuleset(const ClientNetworkOptions &options, const BlockPolicy &policy,
                          const TunnelRoutes &up, const ClientSurroundings &around)
{
    const std::string tunnel = "\"" + options.interfaceName + "\"";
    std::string text = std::string("table ") + ClientTable + " {\n";
    text += prerouting(tunnel, up, around);
    text += markChains(options);
    text += excludeChain(options, policy);
    // The exit is a stranger's machine: it answers us, it does not call us.
    text += "    chain answered {\n"
            "        ct direction reply ct state established,related accept\n"
            "        drop\n"
            "    }\n"
            "    chain input {\n"
            "        type filter hook input priority 300; policy accept;\n"
            "        iifname " +
            tunnel + " goto answered\n" + fromElsewhere(around) + "    }\n";
    text += foreignChains() + intoTunnel(up);
    text += output(options, tunnel, policy, up, around);
    text += leaveChain(tunnel, up, around);
    // Containers and virtual machines: through the tunnel, or not at all. Nobody else's.
    text += forwardedNamesChain(up, around) + guestsChain(up);
    text += forwardChain(options.interfaceName, policy, up, around) + "}\n";
    return nftReplacement(ClientTable, text);
}

std::string clientNatRuleset(const ClientNetworkOptions &options, const BlockPolicy &policy,
                             const TunnelRoutes &up, const ClientSurroundings &around)
{
    const std::string tunnel = "\"" + options.interfaceName + "\"";
    const std::string excludeMark = hexMark(options.excludeMark);
    std::string text = std::string("table ") + ClientNatTable +
                       " {\n"
                       "    chain resolve {\n"
                       "        type nat hook output priority -100; policy accept;\n";
    // Whoever asks on this machine itself is answered there: a local forwarder asks in its turn.
    text += "        oifname \"lo\" return\n        " + ownMark(options) + "return\n";
    for (const Family family : {Family::V4, Family::V6}) {
        for (const IpPrefix &prefix : prefixesOf(around.locals, family))
            text += "        " + nftDaddr(family) + prefix.toString() + " return\n";
    }
    text += boundRedirections(policy, up, around);
    for (const Family family : {Family::V4, Family::V6})
        text += redirection(up, family);
    text += "    }\n" + forwardedResolveChain(up, around) +
            "    chain source {\n"
            "        type nat hook postrouting priority 100; policy accept;\n"
            "        oifname " +
            tunnel + " ct status dnat " + Port53 + "masquerade\n";
    // Guests whose own engine does not, or not over this interface.
    for (const Family family : {Family::V4, Family::V6}) {
        if (const auto own = ownAddresses(up, family); !own.empty())
            text += "        oifname " + tunnel + " " + nftSaddr(family) + "!= " + nftSet(own) +
                    " masquerade\n";
    }
    if (policy.excludeGid)
        text += "        oifname != { \"lo\", " + tunnel + " } meta mark " + excludeMark +
                " masquerade\n";
    return nftReplacement(ClientNatTable, text + "    }\n}\n");
}

std::string clientNatRemoval()
{
    const std::string table = std::string("table ") + ClientNatTable;
    return table + " {}\ndelete " + table + "\n";
}

std::string clientRulesetRemoval()
{
    const std::string table = std::string("table ") + ClientTable;
    return table + " {}\ndelete " + table + "\n" + clientNatRemoval() + leakRulesRemoval();
}

bool carries(const TunnelRoutes &routes, Family family)
{
    return std::any_of(
        routes.addresses.begin(), routes.addresses.end(),
        [family](const InterfaceAddress &own) { return own.address.family() == family; });
}

} // namespace higgs
