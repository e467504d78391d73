// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/client_forwarding.h"

#include "shared/tunnel/client_ruleset.h"
#include "shared/tunnel/nft_text.h"

#include <array>

namespace higgs {

namespace {

using Family = IpAddress::Family;

constexpr std::array BothFamilies{Family::V4, Family::V6};

// Headers of IP and TCP without options.
constexpr unsigned TcpOverheadV4 = 40;
constexpr unsigned TcpOverheadV6 = 60;

/// What is for this machine itself or for another guest of it is nobody else's affair.
std::string exceptLocal(const ClientSurroundings &around)
{
    std::string text = "        iifname != " + nftNames(around.locals) +
                       " return\n        fib daddr type { local, broadcast, multicast } return\n";
    for (const Family family : BothFamilies) {
        for (const IpPrefix &prefix : prefixesOf(around.locals, family))
            text += "        " + nftDaddr(family) + prefix.toString() + " return\n";
    }
    return text;
}

/// The way back of a guest's connection is narrower than its own cable: no packet is sent that does
/// not fit.
std::string clamp(const std::string &tunnel, unsigned mtu)
{
    if (mtu <= TcpOverheadV6)
        return {};
    std::string text;
    for (const char *way : {"oifname ", "iifname "}) {
        for (const Family family : BothFamilies) {
            const bool v4 = family == Family::V4;
            text += std::string("        ") + way + tunnel + " meta nfproto " +
                    (v4 ? "ipv4" : "ipv6") +
                    " tcp flags syn / syn,rst tcp option maxseg size set " +
                    std::to_string(mtu - (v4 ? TcpOverheadV4 : TcpOverheadV6)) + "\n";
        }
    }
    return text;
}

/// Frames between a bridge's ports, where the kernel shows them here: its guests are at home.
std::string betweenLan(const std::string &bridge)
{
    std::string text;
    for (const Family family : BothFamilies) {
        const std::string lan = nftSet(lanPrefixes(family));
        text += "        iifname \"" + bridge + "\" oifname \"" + bridge + "\" " +
                nftSaddr(family) + lan + " " + nftDaddr(family) + lan + " accept\n";
    }
    return text;
}

/// Where this machine forwards, a neighbour may name it as his router: he is no guest, and what he
/// sends would leave under the user's session. By interface and source, as neither alone says who.
std::string guestsIntoTunnel(const std::string &tunnel, const ClientSurroundings &around)
{
    std::string text;
    for (const LocalNetwork &network : around.locals) {
        for (const IpPrefix &prefix : network.prefixes)
            text += "        iifname \"" + network.interfaceName + "\" oifname " + tunnel + " " +
                    nftSaddr(prefix.address.family()) + prefix.toString() + " goto guests\n";
    }
    text += "        oifname " + tunnel + " drop\n";
    if (!around.locals.empty())
        text += "        iifname " + tunnel + " oifname " + nftNames(around.locals) +
                " ct state { established, related } accept\n";
    return text + "        iifname " + tunnel + " drop\n";
}

} // namespace

std::string forwardedNamesChain(const TunnelRoutes &up, const ClientSurroundings &around)
{
    std::string text = "    chain names {\n"
                       "        type filter hook prerouting priority -90; policy accept;\n";
    if (!around.locals.empty()) {
        text += exceptLocal(around);
        for (const Family family : BothFamilies) {
            for (const InsideService &service : insideServices(up, family))
                text += carries(up, family) ? "        " + nftInside(service) + "return\n" : "";
        }
        text += std::string("        ") + Port53 + RefuseTcp + "        " + Port53 + Refuse;
    }
    return text + "    }\n";
}

std::string forwardedResolveChain(const TunnelRoutes &up, const ClientSurroundings &around)
{
    std::string text = "    chain resolve_forwarded {\n"
                       "        type nat hook prerouting priority -100; policy accept;\n";
    if (!around.locals.empty()) {
        text += exceptLocal(around);
        for (const Family family : BothFamilies)
            text += redirection(up, family);
    }
    return text + "    }\n";
}

std::string toLocalNetworks(const ClientSurroundings &around)
{
    std::string text;
    for (const LocalNetwork &network : around.locals) {
        const std::string there = "        oifname \"" + network.interfaceName + "\" ";
        for (const IpPrefix &prefix : network.prefixes)
            text += there + nftDaddr(prefix.address.family()) + prefix.toString() + " accept\n";
        text += there + "ip daddr { 224.0.0.0/4, 255.255.255.255 } accept\n";
        text += there + "ip6 daddr { fe80::/10, ff00::/8 } accept\n";
    }
    return text;
}

std::string guestsChain(const TunnelRoutes &up)
{
    std::string text = "    chain guests {\n";
    for (const Family family : BothFamilies) {
        for (const InsideService &service : insideServices(up, family))
            text += "        " + nftInside(service) + "accept\n";
    }
    return text + "        jump foreign\n        accept\n    }\n";
}

std::string forwardChain(const std::string &interfaceName, const BlockPolicy &policy,
                         const TunnelRoutes &up, const ClientSurroundings &around)
{
    const std::string tunnel = "\"" + interfaceName + "\"";
    std::string text = "    chain forward {\n"
                       "        type filter hook forward priority 300; policy drop;\n";
    text += clamp(tunnel, up.addresses.empty() ? 0 : around.tunnelMtu);
    text += guestsIntoTunnel(tunnel, around);
    for (const BesideGuests &bridge : around.beside) {
        if (policy.allowLan && bridge.bridged)
            text += betweenLan(bridge.interfaceName);
    }
    if (around.locals.empty())
        return text + "    }\n";
    const std::string guests = nftNames(around.locals);
    // Also frames within one bridge, where the kernel shows them to its firewall. Which of them may
    // meet is for their engine to say.
    text += "        iifname " + guests + " oifname " + guests + " accept\n";
    text += std::string("        iifname ") + guests + " " + Port53 + RefuseTcp +
            "        iifname " + guests + " " + Port53 + Refuse;
    for (const Family family : BothFamilies) {
        if (!policy.allowLan)
            break;
        const std::string lan = nftSet(lanPrefixes(family));
        text += "        iifname " + guests + " " + nftDaddr(family) + lan + " accept\n";
        // Published ports, and answers; from the LAN, never from the Internet behind its router.
        text += "        oifname " + guests + " " + nftSaddr(family) + lan + " accept\n";
    }
    return text + "    }\n";
}

std::string localRouteBatch(const ClientSurroundings &around, std::uint32_t table, Family family)
{
    std::string batch;
    for (const LocalNetwork &network : around.locals) {
        // A metric of its own, so that each bridge can have link-local addresses.
        for (const IpPrefix &prefix : network.prefixes) {
            if (prefix.address.family() == family)
                batch += "route replace " + prefix.toString() + " dev " + network.interfaceName +
                         " metric " + std::to_string(network.index) + " table " +
                         std::to_string(table) + "\n";
        }
    }
    return batch;
}

} // namespace higgs
