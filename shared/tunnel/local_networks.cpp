// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/local_networks.h"

#include "shared/tunnel/ip_json.h"

#include <algorithm>
#include <array>
#include <set>

namespace higgs {

namespace {

using nlohmann::json;

// Shorter ones are parts of a default route.
constexpr unsigned MinLocalLength = 8;

// What an engine plugs into its bridge: a container's cable, a virtual machine's tap.
constexpr std::array<std::string_view, 3> GuestKinds{"veth", "tun", "dummy"};

std::string kindOf(const json &link)
{
    const auto info = link.find("linkinfo");
    return info != link.end() && info->is_object() ? textOf(*info, "info_kind") : std::string();
}

bool isUp(const json &link)
{
    const auto flags = link.find("flags");
    return flags != link.end() && flags->is_array() &&
           std::find(flags->begin(), flags->end(), "UP") != flags->end();
}

bool leadsOn(const json &hop)
{
    return hop.contains("gateway") || hop.contains("via");
}

/// Interfaces by which the machine reaches more than its neighbours.
Result<std::set<std::string>> waysOut(const std::vector<std::string> &routes)
{
    std::set<std::string> ways;
    for (const std::string &text : routes) {
        const auto list = parseIpArray(text);
        if (!list)
            return unexpected(list.error());
        for (const json &route : *list) {
            if (leadsOn(route) || textOf(route, "dst") == "default")
                ways.insert(textOf(route, "dev"));
            const auto hops = route.find("nexthops");
            if (hops == route.end() || !hops->is_array())
                continue;
            for (const json &hop : *hops) {
                if (hop.is_object())
                    ways.insert(textOf(hop, "dev"));
            }
        }
    }
    return ways;
}

IpPrefix networkOf(const IpAddress &address, unsigned length)
{
    std::array<std::uint8_t, 16> bytes{};
    std::copy(address.bytes().begin(), address.bytes().end(), bytes.begin());
    for (std::size_t bit = length; bit < bytes.size() * 8; ++bit)
        bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
    const std::span<const std::uint8_t, 16> all(bytes);
    return {address.isV4() ? IpAddress::v4(all.first<4>()) : IpAddress::v6(all), length};
}

std::vector<IpPrefix> prefixesAt(const json &link)
{
    std::vector<IpPrefix> prefixes;
    const auto list = link.find("addr_info");
    if (list == link.end() || !list->is_array())
        return prefixes;
    for (const json &entry : *list) {
        if (!entry.is_object())
            continue;
        const auto address = IpAddress::parse(textOf(entry, "local"));
        const unsigned length = numberOf(entry, "prefixlen");
        if (!address || length < MinLocalLength || length > address->bytes().size() * 8)
            continue;
        const IpPrefix prefix = networkOf(*address, length);
        if (std::find(prefixes.begin(), prefixes.end(), prefix) == prefixes.end())
            prefixes.push_back(prefix);
    }
    std::sort(prefixes.begin(), prefixes.end(), [](const IpPrefix &a, const IpPrefix &b) {
        return a.address == b.address ? a.length < b.length : a.address < b.address;
    });
    return prefixes;
}

} // namespace

Result<ClientSurroundings> parseSurroundings(std::string_view text,
                                             const std::vector<std::string> &routes,
                                             std::string_view tunnel)
{
    const auto links = parseIpArray(text);
    if (!links)
        return unexpected(links.error());
    auto leadOut = waysOut(routes);
    if (!leadOut)
        return unexpected(leadOut.error());
    for (const json &link : *links) {
        const std::string kind = kindOf(link);
        if (std::find(GuestKinds.begin(), GuestKinds.end(), kind) == GuestKinds.end())
            leadOut->insert(textOf(link, "master"));
    }
    ClientSurroundings found;
    for (const json &link : *links) {
        LocalNetwork network{textOf(link, "ifname"), {}, numberOf(link, "ifindex")};
        if (network.interfaceName == tunnel) {
            found.tunnelMtu = numberOf(link, "mtu");
            continue;
        }
        if (kindOf(link) != "bridge" || !isUp(link) || link.contains("master") ||
            leadOut->contains(network.interfaceName) || !checkInterfaceName(network.interfaceName))
            continue;
        network.prefixes = prefixesAt(link);
        found.locals.push_back(std::move(network));
    }
    std::sort(found.locals.begin(), found.locals.end(),
              [](const auto &a, const auto &b) { return a.interfaceName < b.interfaceName; });
    return found;
}

std::string nftNames(const std::vector<LocalNetwork> &networks)
{
    std::string set;
    for (const LocalNetwork &network : networks)
        set += (set.empty() ? "{ \"" : ", \"") + network.interfaceName + "\"";
    return set + " }";
}

std::vector<IpPrefix> prefixesOf(const std::vector<LocalNetwork> &networks,
                                 IpAddress::Family family)
{
    std::vector<IpPrefix> result;
    for (const LocalNetwork &network : networks) {
        for (const IpPrefix &prefix : network.prefixes) {
            if (prefix.address.family() == family &&
                std::find(result.begin(), result.end(), prefix) == result.end())
                result.push_back(prefix);
        }
    }
    return result;
}

} // namespace higgs
