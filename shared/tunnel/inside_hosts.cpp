// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/inside_hosts.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace higgs {

namespace {

/// "This" network, loopback, link-local, multicast, broadcast; the same of IPv6.
constexpr std::array<std::string_view, 9> NobodysHosts = {
    "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "::/8",
    "fe80::/10", "ff00::/8",    "2002::/16",      "64:ff9b::/96"};

// Whose numbers every home's tunnel has, also where the local network has the same: who lives in
// such a one wants to get out as well, and no more than names and the exit's STUN go inside.
constexpr std::array<std::string_view, 2> TunnelNetworks = {"10.86.0.0/16",
                                                            "fd86:4869:6767:73::/64"};

// Shorter ones of IPv4 are no home's.
constexpr unsigned ShortestOwn = 12;

bool isIn(std::span<const std::string_view> prefixes, const IpAddress &host)
{
    return std::any_of(prefixes.begin(), prefixes.end(), [&host](std::string_view text) {
        const auto prefix = IpPrefix::parse(text);
        return prefix && prefix->contains(host);
    });
}

Result<void> check(const IpAddress &host, std::span<const IpPrefix> nearby)
{
    if (isIn(NobodysHosts, host))
        return unexpected(ErrorCode::Forbidden,
                          "the server names " + host.toString() + " as a host inside the tunnel");
    // The Internet's are never a home's, whatever a rogue local network says that it is.
    if (isGlobalUnicast(host) || isIn(TunnelNetworks, host))
        return {};
    const auto own = std::find_if(nearby.begin(), nearby.end(), [&host](const IpPrefix &network) {
        return (host.isV6() || network.length >= ShortestOwn) && network.contains(host);
    });
    if (own == nearby.end())
        return {};
    return unexpected(ErrorCode::Forbidden, "the server names " + host.toString() +
                                                " as a host inside the tunnel, and this machine "
                                                "has the network " +
                                                own->toString() + " of its own");
}

} // namespace

Result<void> checkInsideHosts(const TunnelRoutes &routes, std::span<const IpPrefix> nearby)
{
    std::vector<IpAddress> hosts = routes.gateways;
    hosts.insert(hosts.end(), routes.dnsServers.begin(), routes.dnsServers.end());
    for (const InterfaceAddress &each : routes.addresses)
        hosts.push_back(each.address);
    for (const IpAddress &host : hosts) {
        if (Result<void> checked = check(host, nearby); !checked)
            return checked;
    }
    return {};
}

} // namespace higgs
