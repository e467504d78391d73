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

// Shorter ones of IPv4 are no home's.
constexpr unsigned ShortestOwn = 12;

Result<void> check(const IpAddress &host, std::span<const IpPrefix> nearby)
{
    const bool nobodys =
        std::any_of(NobodysHosts.begin(), NobodysHosts.end(), [&host](std::string_view text) {
            const auto prefix = IpPrefix::parse(text);
            return prefix && prefix->contains(host);
        });
    if (nobodys)
        return unexpected(ErrorCode::Forbidden,
                          "the server names " + host.toString() + " as a host inside the tunnel");
    // The Internet's are never a home's, whatever a rogue local network says that it is.
    if (isGlobalUnicast(host))
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
