// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/stun_mapping.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace higgs {

namespace {

constexpr std::array<std::string_view, 6> Nobody{"0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4",
                                                 "ff00::/8",  "::/128",      "::ffff:0:0/96"};
/// RFC 1918, RFC 3927, RFC 4193 and RFC 4291.
constexpr std::array<std::string_view, 8> Inside{
    "127.0.0.0/8",    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
    "169.254.0.0/16", "::1/128",    "fe80::/10",     "fc00::/7"};
/// A server there may be seen from inside without a translation.
constexpr std::string_view Provider = "100.64.0.0/10";

bool isOneOf(const IpAddress &address, std::span<const std::string_view> prefixes)
{
    return std::any_of(prefixes.begin(), prefixes.end(), [&address](std::string_view each) {
        return IpPrefix::parse(each)->contains(address);
    });
}

} // namespace

bool canBeMapping(const Endpoint &mapped, const Endpoint &server)
{
    const Endpoint seen{mapped.address.unmapped(), mapped.port};
    const Endpoint from{server.address.unmapped(), server.port};
    if (seen.address.isNull() || seen.port == 0 || seen == from || isOneOf(seen.address, Nobody))
        return false;
    const bool near = isOneOf(from.address, Inside) || isOneOf(from.address, {&Provider, 1});
    return near || !isOneOf(seen.address, Inside);
}

} // namespace higgs
