// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/exit_ruleset.h"

#include "shared/tunnel/exit_canary.h"
#include "shared/tunnel/nft_text.h"

#include <algorithm>
#include <array>

namespace higgs {

namespace {

using Family = IpAddress::Family;

// Mail (spam from the owner's address), NetBIOS and SMB (worms). Forbidden for allowed
// destinations, too: the owner excepts places, not these protocols.
constexpr const char *ForbiddenTcpPorts = "{ 25, 135-139, 445 }";
constexpr const char *ForbiddenUdpPorts = "{ 135-139, 445 }";

// What the kernel translates so that the answers find their guest. The rest (GRE, ESP, SCTP, DCCP,
// UDP-Lite, tunnels) would leave with somebody's numbers, or with the guest's own address.
constexpr const char *TranslatedProtocols = "{ tcp, udp, icmp, icmpv6 }";

// What providers delegate to a home is a /56 or smaller (RFC 6177 and common practice).
constexpr unsigned HomeNetworkLength = 56;

std::string elements(std::span<const std::string> prefixes)
{
    if (prefixes.empty())
        return {};
    std::string text = "        elements = { ";
    for (std::size_t i = 0; i < prefixes.size(); ++i)
        text += (i == 0 ? "" : ", ") + prefixes[i];
    return text + " }\n";
}

/// Named, because only those can be empty, and merge what overlaps.
std::string namedSet(const std::string &name, Family family, const std::vector<IpPrefix> &prefixes)
{
    std::vector<std::string> own;
    for (const IpPrefix &prefix : prefixes) {
        if (prefix.address.family() == family)
            own.push_back(prefix.toString());
    }
    return "    set " + name + (family == Family::V4 ? "4" : "6") + " {\n" + "        type " +
           (family == Family::V4 ? "ipv4_addr" : "ipv6_addr") + "\n" +
           "        flags interval\n        auto-merge\n" + elements(own) + "    }\n";
}

std::string sets(const ExitPolicy &policy, const ExitSurroundings &surroundings)
{
    std::vector<IpPrefix> special = surroundings.nearby;
    std::vector<IpPrefix> router;
    for (const IpAddress &address : policy.publicAddresses)
        router.push_back(InterfaceAddress{address, 0}.hostPrefix());
    std::string text;
    for (const Family family : {Family::V4, Family::V6}) {
        for (const std::string_view prefix : nonGlobalPrefixes(family)) {
            if (const auto parsed = IpPrefix::parse(prefix))
                special.push_back(*parsed);
        }
        text += namedSet("allowed", family, policy.exitAllow);
        text += namedSet("special", family, special);
        text += namedSet("router", family, router);
    }
    return text;
}

/// The tunnel, and the self-test's canary, which must meet the same rules.
std::string guestInterfaces(const std::string &tunnel)
{
    return "{ \"" + tunnel + "\", \"" + canaryInterface(tunnel) + "\" }";
}

/// Addresses in the tunnel are nobody's business outside it. Guests get no conntrack zone: with one
/// the kernel would not compare the port it chooses for a guest with connections that came to this
/// machine, and the guest could take over one of those (port shadow).
std::string prerouting(const std::string &name, const ExitPolicy &policy)
{
    std::string text = "    chain prerouting {\n"
                       "        type filter hook prerouting priority -300; policy accept;\n";
    for (const IpPrefix &network : {policy.network4, policy.network6}) {
        if (network.address.isNull())
            continue;
        const Family family = network.address.family();
        text += "        iifname != { \"lo\", \"" + name + "\", \"" + canaryInterface(name) +
                "\" } " + nftDaddr(family) + network.toString() + " drop\n";
    }
    return text + "    }\n";
}

/// Of the node itself a guest reaches the STUN responder, and what answers the node's own calls.
std::string input(const std::string &name, const ExitPolicy &policy)
{
    std::string text = "    chain input {\n"
                       "        type filter hook input priority 0; policy accept;\n"
                       "        iifname != " +
                       guestInterfaces(name) + " accept\n";
    for (const IpAddress &gateway : policy.gateways)
        text += "        " + nftDaddr(gateway.family()) + gateway.toString() + " udp dport " +
                std::to_string(GatewayStunPort) + " accept\n";
    return text + "        ct direction reply ct state { established, related } accept\n"
                  "        drop\n"
                  "    }\n";
}

/// A browser is told at once; what is neither TCP nor UDP gets silence, as a scan should.
std::string refusal()
{
    return "    chain refuse {\n"
           "        meta l4proto { tcp, udp } reject with icmpx type admin-prohibited\n"
           "        drop\n"
           "    }\n";
}

std::string fromGuest(const std::string &tunnel, const ExitPolicy &policy,
                      const ExitSurroundings &surroundings)
{
    std::string text = "    chain from_guest {\n        oifname " + tunnel + " drop\n";
    for (const auto &[network, family] : {std::pair{policy.network4, Family::V4}, //
                                          std::pair{policy.network6, Family::V6}}) {
        if (network.address.isNull())
            text += std::string("        meta nfproto ") +
                    (family == Family::V4 ? "ipv4" : "ipv6") + " drop\n";
        else
            text += "        " + nftSaddr(family) + "!= " + network.toString() + " drop\n";
    }
    // At once, so that happy eyeballs (RFC 8305) takes IPv4 without waiting.
    if (!surroundings.ipv6)
        text += "        meta nfproto ipv6 reject with icmpv6 type no-route\n";
    text += std::string("        meta l4proto != ") + TranslatedProtocols + " drop\n";
    // Conntrack translates nothing that it finds invalid: it would leave as it is.
    text += "        ct state invalid drop\n"
            "        fib daddr type != unicast drop\n";
    text += std::string("        tcp dport ") + ForbiddenTcpPorts + " goto refuse\n" +
            "        udp dport " + ForbiddenUdpPorts + " goto refuse\n";
    text += "        oifname != \"" + surroundings.egress +
            "\" goto refuse\n"
            "        ip daddr @router4 goto refuse\n"
            "        ip6 daddr @router6 goto refuse\n"
            // Least important of all on the owner's line (RFC 8622's idea, under the older name
            // that home routers know), whatever the guest wrote there.
            "        ip dscp set cs1\n"
            "        ip6 dscp set cs1\n"
            "        ip daddr @allowed4 accept\n"
            "        ip6 daddr @allowed6 accept\n"
            "        ip daddr @special4 goto refuse\n"
            "        ip6 daddr @special6 goto refuse\n"
            // RFC 4291 section 2.4 and IANA: nothing else is global unicast today.
            "        ip6 daddr != 2000::/3 goto refuse\n"
            "        accept\n"
            "    }\n";
    return text;
}

std::string forward(const std::string &name, const ExitSurroundings &surroundings)
{
    const std::string tunnel = "\"" + name + "\"";
    std::string text = "    chain to_guest {\n"
                       "        iifname \"" +
                       surroundings.egress +
                       "\" ct state { established, related } accept\n"
                       "        drop\n"
                       "    }\n"
                       "    chain forward {\n"
                       "        type filter hook forward priority 0; policy accept;\n"
                       "        iifname " +
                       guestInterfaces(name) +
                       " goto from_guest\n"
                       "        oifname " +
                       tunnel + " goto to_guest\n";
    // We turned forwarding on for guests only: the machine must not become the LAN's router.
    if (!surroundings.forwarded4)
        text += "        meta nfproto ipv4 drop\n";
    if (!surroundings.forwarded6)
        text += "        meta nfproto ipv6 drop\n";
    return text + "    }\n";
}

std::string postrouting(const ExitPolicy &policy, const ExitSurroundings &surroundings)
{
    std::string text = "    chain postrouting {\n"
                       "        type nat hook postrouting priority 100; policy accept;\n";
    for (const IpPrefix &network : {policy.network4, policy.network6}) {
        if (network.address.isNull())
            continue;
        const std::string guests = "        oifname \"" + surroundings.egress + "\" " +
                                   nftSaddr(network.address.family()) + network.toString();
        text += guests +
                " meta l4proto { tcp, udp } masquerade to :" + std::to_string(FirstGuestPort) +
                "-" + std::to_string(LastGuestPort) + "\n";
        text += guests + " masquerade\n"; // ICMP has no ports
    }
    return text + "    }\n";
}

} // namespace

IpPrefix homeNetworkAround(const IpAddress &address)
{
    if (!address.isV6())
        return InterfaceAddress{address, 0}.hostPrefix();
    std::array<std::uint8_t, 16> bytes{};
    const ByteSpan own = address.bytes().first(HomeNetworkLength / 8);
    std::copy(own.begin(), own.end(), bytes.begin());
    return {IpAddress::v6(bytes), HomeNetworkLength};
}

std::string exitRuleset(const ExitNetworkOptions &options, const ExitPolicy &policy,
                        const ExitSurroundings &surroundings)
{
    const std::string &name = options.interfaceName;
    return nftReplacement(
        ExitTable, std::string("table ") + ExitTable + " {\n" + sets(policy, surroundings) +
                       prerouting(name, policy) + input(name, policy) + refusal() +
                       fromGuest("\"" + name + "\"", policy, surroundings) +
                       forward(name, surroundings) + postrouting(policy, surroundings) + "}\n");
}

std::string exitRulesetRemoval()
{
    const std::string table = std::string("table ") + ExitTable;
    return table + " {}\ndelete " + table + "\n";
}

} // namespace higgs
