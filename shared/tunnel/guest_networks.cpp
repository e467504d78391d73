// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/guest_networks.h"

#include "shared/tunnel/exit_attack.h"
#include "shared/tunnel/exit_network.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace higgs {

namespace {

/// RFC 1918, RFC 6598 and RFC 4193: nothing on the Internet is there.
constexpr std::array<std::string_view, 5> PrivateNetworks = {
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"};

bool isWithin(const IpPrefix &inner, const IpPrefix &outer)
{
    return inner.length >= outer.length && outer.contains(inner.address);
}

unsigned hostLength(const IpPrefix &prefix)
{
    return prefix.address.isV4() ? 32 : 128;
}

Result<void> checkGuestNetwork(const IpPrefix &network, std::span<const IpPrefix> nearby)
{
    if (network.address.isNull())
        return {};
    const auto holds = [&](std::string_view text) {
        const Result<IpPrefix> outer = IpPrefix::parse(text);
        return outer && isWithin(network, *outer);
    };
    if (std::none_of(PrivateNetworks.begin(), PrivateNetworks.end(), holds))
        return unexpected(ErrorCode::InvalidArgument,
                          "the server's network for guests is not private: " + network.toString());
    // The node's address, a guest's, and the network's first and last.
    if (network.length + 2 > hostLength(network))
        return unexpected(ErrorCode::InvalidArgument,
                          "the server's network for guests holds nobody: " + network.toString());
    const auto meets = [&](const IpPrefix &other) {
        return isWithin(network, other) || isWithin(other, network);
    };
    const auto met = std::find_if(nearby.begin(), nearby.end(), meets);
    if (met != nearby.end())
        return unexpected(ErrorCode::InvalidArgument,
                          "the server's network for guests, " + network.toString() +
                              ", is one of this machine's: " + met->toString());
    return {};
}

} // namespace

Result<void> checkGuestNetworks(const IpPrefix &network4, const IpPrefix &network6,
                                std::span<const IpPrefix> nearby)
{
    if (Result<void> first = checkGuestNetwork(network4, nearby); !first)
        return first;
    return checkGuestNetwork(network6, nearby);
}

bool isGuestAddress(const IpPrefix &address, const IpPrefix &network)
{
    return !network.address.isNull() && address.length == hostLength(address) &&
           network.contains(address.address) && address.address != network.address &&
           address.address != gatewayOf(network) && address.address != trialAddress(network);
}

} // namespace higgs
