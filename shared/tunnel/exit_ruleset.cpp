// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/exit_ruleset.h"

#include "shared/base/prefix_list.h"
#include "shared/tunnel/exit_canary.h"
#include "shared/tunnel/guest_entrance.h"
#include "shared/tunnel/nft_text.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace higgs {

namespace {

using Family = IpAddress::Family;

// Mail (spam from the owner's address), NetBIOS and SMB (worms). And what home routers read along
// in, to open a port of theirs for whoever a packet names (FTP, TFTP, RTSP, H.323, PPTP, SIP, SANE,
// IRC, Amanda): a guest would name this machine, and its services would be open to the Internet.
// Browsers refuse these for the same reason (Fetch, "port blocking"). And what is spoken to one's
// own router only: DHCP, SNMP, SSDP, NAT-PMP and PCP, TR-069. A router may have addresses that
// nobody tells, and needs no answer to arrive to open a port. Forbidden for allowed destinations,
// too: the owner excepts places, not these protocols.
constexpr const char *ForbiddenTcpPorts =
    "{ 21, 25, 135-139, 445, 554, 1720, 1723, 5060, 5351, 6566, 6665-6669, 7547 }";
constexpr const char *ForbiddenUdpPorts =
    "{ 67-69, 135-139, 161-162, 445, 546-547, 1719, 1900, 5060, 5350-5351, 10080 }";

// What the kernel translates so that the answers find their guest. The rest (GRE, ESP, SCTP, DCCP,
// UDP-Lite, tunnels) would leave with somebody's numbers, or with the guest's own address.
constexpr const char *TranslatedProtocols = "{ tcp, udp, icmp, icmpv6 }";

constexpr const char *ArpTable = "arp higgs_node";

// Linux, macOS, Windows, and routers of every make.
constexpr std::array<unsigned, 3> InitialHopLimits = {64, 128, 255};
// As they are when the machine hands a packet on: it has counted itself already.
constexpr const char *UnspentHopLimits = "{ 63, 127, 254 }";

// What may be said of a packet of the guest's; an echo is an answer and no error.
constexpr const char *Errors4 = "{ destination-unreachable, time-exceeded, parameter-problem }";
constexpr const char *Errors6 =
    "{ destination-unreachable, packet-too-big, time-exceeded, parameter-problem }";

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
    special.insert(special.end(), policy.router.networks.begin(), policy.router.networks.end());
    for (const IpAddress &address : policy.router.addresses)
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
    // Before the machine puts fragments together.
    const std::string fragments = " iifname " + guestInterfaces(name) + " limit rate over " +
                                  std::to_string(FragmentRate) + "/second burst " +
                                  std::to_string(FragmentBurst) + " packets drop\n";
    std::string text = "    chain fragments {\n"
                       "        type filter hook prerouting priority -450; policy accept;\n"
                       "        ip frag-off & 0x3fff != 0" +
                       fragments + "        exthdr frag exists" + fragments +
                       "    }\n"
                       "    chain prerouting {\n"
                       "        type filter hook prerouting priority -300; policy accept;\n";
    // The kernel keeps a note for each source port that asks: not for these questions.
    for (const IpAddress &gateway : policy.gateways)
        text += "        " + nftDaddr(gateway.family()) + gateway.toString() + " udp dport " +
                std::to_string(GatewayStunPort) + " iifname " + guestInterfaces(name) +
                " notrack\n";
    for (const IpPrefix &network : {policy.network4, policy.network6}) {
        if (network.address.isNull())
            continue;
        const Family family = network.address.family();
        text += "        " + nftDaddr(family) + network.toString() + " iifname != { \"lo\", \"" +
                name + "\", \"" + canaryInterface(name) + "\" } drop\n";
    }
    return text + "    }\n";
}

/// Of the node itself a guest reaches the STUN responder. The node calls no guest, so that there
/// are no answers; and what comes as an error about a call of the owner's is forged.
std::string input(const std::string &name, const ExitPolicy &policy)
{
    std::string text = "    chain input {\n"
                       "        type filter hook input priority 0; policy accept;\n"
                       "        iifname != " +
                       guestInterfaces(name) + " accept\n";
    for (const IpAddress &gateway : policy.gateways)
        text += "        " + nftDaddr(gateway.family()) + gateway.toString() + " udp dport " +
                std::to_string(GatewayStunPort) + " accept\n";
    return text + "        drop\n"
                  "    }\n";
}

/// What the machine itself sends to guests: the responder's answers, and why a packet went no
/// further. A program of the owner's that means a network of his with the guests' numbers, behind
/// his router, is told so instead of talking to a stranger.
std::string output(const std::string &name, const ExitPolicy &policy)
{
    std::string unnoted;
    std::string answers;
    for (const IpAddress &gateway : policy.gateways) {
        const std::string answer = nftSaddr(gateway.family()) + gateway.toString() + " udp sport " +
                                   std::to_string(GatewayStunPort);
        unnoted += "        " + answer + " oifname \"" + name + "\" notrack\n";
        answers += "        " + answer + " accept\n";
    }
    return "    chain output_raw {\n"
           "        type filter hook output priority -300; policy accept;\n" +
           unnoted +
           "    }\n"
           "    chain output {\n"
           "        type filter hook output priority 0; policy accept;\n"
           "        oifname \"" +
           entranceInterface(name) +
           "\" drop\n" // nobody of this machine plays a guest's answers
           "        oifname != \"" +
           name + "\" accept\n" + answers + "        icmp type " + Errors4 +
           " accept\n"
           "        icmpv6 type " +
           Errors6 +
           " accept\n"
           "        meta l4proto { tcp, udp } reject with icmpx type admin-prohibited\n"
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
    // Conntrack translates nothing that it finds invalid: it would leave as it is.
    text += "        ct state invalid,untracked drop\n"
            // What a connection is was seen with its first packet; where it leads may have changed.
            "        ct direction original ct state established goto leaving\n";
    text += std::string("        meta l4proto != ") + TranslatedProtocols + " drop\n";
    // An error about a connection of the owner's, or of another guest's, would leave from the
    // home's address, and be believed. What a guest's own packets meet, others tell.
    text += "        icmp type != echo-request drop\n"
            "        icmpv6 type != echo-request drop\n"
            "        fib daddr type != unicast drop\n";
    text += std::string("        tcp dport ") + ForbiddenTcpPorts + " goto refuse\n" +
            "        udp dport " + ForbiddenUdpPorts + " goto refuse\n";
    return text + "        goto leaving\n"
                  "    }\n";
}

/// To nowhere but the Internet.
std::string leaving(const ExitSurroundings &surroundings)
{
    return "    chain leaving {\n"
           "        oifname != \"" +
           surroundings.egress +
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
}

/// Answers only. What came no way is the router's, under whichever address it was asked; but names
/// (port 53) are answered by many a router in the Internet's stead. An error from the home, as
/// every traceroute gets one, tells what happened and not who was there.
std::string toGuest(const ExitPolicy &policy, const ExitSurroundings &surroundings)
{
    std::string text = "    chain to_guest {\n"
                       "        iifname != \"" +
                       surroundings.egress +
                       "\" drop\n"
                       "        ct state invalid,new,untracked drop\n"
                       "        icmp type redirect drop\n";
    for (const auto &[family, afar, left, echo] :
         {std::tuple{Family::V4, policy.router.afar4, "ip ttl ", "icmp type echo-reply"},
          std::tuple{Family::V6, policy.router.afar6, "ip6 hoplimit ", "icmpv6 type echo-reply"}}) {
        const std::string unspent = std::string("        ") + left + UnspentHopLimits;
        if (afar)
            text += unspent + " meta l4proto { tcp, udp } th sport != 53 drop\n" + unspent + " " +
                    echo + " drop\n";
        const bool v4 = family == Family::V4;
        const std::string error =
            v4 ? std::string("icmp type ") + Errors4 : std::string("icmpv6 type ") + Errors6;
        for (const IpAddress &gateway : policy.gateways) {
            if (gateway.family() != family)
                continue;
            for (const char *set : {"@special", "@router"})
                text += "        " + error + " " + nftSaddr(family) + set + (v4 ? "4" : "6") + " " +
                        nftSaddr(family) + "set " + gateway.toString() + "\n";
        }
    }
    return text + "        accept\n    }\n";
}

std::string quoted(const std::vector<std::string> &names)
{
    std::string text;
    for (const std::string &name : names)
        text += (text.empty() ? "{ \"" : ", \"") + name + "\"";
    return text + " }";
}

/// We turned forwarding on for guests only: the machine must not become the LAN's router. But
/// containers and virtual machines that came since have somebody who wants them to get out; not to
/// anywhere else. A bridge with a network card in it is the LAN.
std::string others(const ExitSurroundings &surroundings)
{
    std::string text = "    chain others {\n"
                       "        ct state { established, related } accept\n"
                       "        ct status dnat accept\n";
    if (!surroundings.interfaces.empty())
        text += "        iifname " + quoted(surroundings.interfaces) + " drop\n";
    if (!surroundings.bridges.empty())
        text += "        iifname " + quoted(surroundings.bridges) + " oifname \"" +
                surroundings.egress + "\" accept\n";
    return text + "        drop\n"
                  "    }\n";
}

std::string forward(const std::string &name, const ExitSurroundings &surroundings)
{
    const std::string tunnel = "\"" + name + "\"";
    std::string text = "    chain forward {\n"
                       "        type filter hook forward priority 0; policy accept;\n"
                       "        iifname " +
                       guestInterfaces(name) +
                       " goto from_guest\n"
                       "        oifname " +
                       tunnel + " goto to_guest\n";
    if (!surroundings.forwarded4)
        text += "        meta nfproto ipv4 goto others\n";
    if (!surroundings.forwarded6)
        text += "        meta nfproto ipv6 goto others\n";
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
    return networkAround(address, HomeNetworkLength);
}

std::string exitRuleset(const ExitNetworkOptions &options, const ExitPolicy &policy,
                        const ExitSurroundings &surroundings)
{
    const std::string &name = options.interfaceName;
    return nftReplacement(
        ExitTable, std::string("table ") + ExitTable + " {\n" + sets(policy, surroundings) +
                       prerouting(name, policy) + input(name, policy) + output(name, policy) +
                       refusal() + leaving(surroundings) +
                       fromGuest("\"" + name + "\"", policy, surroundings) +
                       toGuest(policy, surroundings) + others(surroundings) +
                       forward(name, surroundings) + postrouting(policy, surroundings) + "}\n");
}

std::string exitArpRuleset(const ExitNetworkOptions &options, const ExitPolicy &policy)
{
    if (policy.network4.address.isNull())
        return {};
    const std::string network = policy.network4.toString();
    const std::string name = "\"" + options.interfaceName + "\"";
    return nftReplacement(ArpTable,
                          std::string("table ") + ArpTable +
                              " {\n"
                              "    chain input {\n"
                              "        type filter hook input priority 0; policy accept;\n"
                              "        iifname != " +
                              name + " arp daddr ip " + network +
                              " drop\n"
                              "    }\n"
                              "    chain output {\n"
                              "        type filter hook output priority 0; policy accept;\n"
                              "        oifname != " +
                              name + " arp saddr ip " + network +
                              " drop\n"
                              "    }\n"
                              "}\n");
}

std::string exitArpRulesetRemoval()
{
    const std::string table = std::string("table ") + ArpTable;
    return table + " {}\ndelete " + table + "\n";
}

bool isUnspent(unsigned hopLimit)
{
    return std::find(InitialHopLimits.begin(), InitialHopLimits.end(), hopLimit) !=
           InitialHopLimits.end();
}

std::string exitRulesetRemoval()
{
    const std::string table = std::string("table ") + ExitTable;
    return table + " {}\ndelete " + table + "\n";
}

} // namespace higgs
