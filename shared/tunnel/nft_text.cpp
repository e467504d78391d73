// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/nft_text.h"

namespace higgs {

namespace {

template <typename Range, typename Text>
std::string joined(const Range &elements, Text text)
{
    std::string set = "{ ";
    bool first = true;
    for (const auto &element : elements) {
        if (!first)
            set += ", ";
        set += text(element);
        first = false;
    }
    return set + " }";
}

} // namespace

std::string nftDaddr(IpAddress::Family family)
{
    return family == IpAddress::Family::V4 ? "ip daddr " : "ip6 daddr ";
}

std::string nftSaddr(IpAddress::Family family)
{
    return family == IpAddress::Family::V4 ? "ip saddr " : "ip6 saddr ";
}

std::string nftSet(const std::vector<IpAddress> &addresses)
{
    return joined(addresses, [](const IpAddress &a) { return a.toString(); });
}

std::string nftSet(const std::vector<IpPrefix> &prefixes)
{
    return joined(prefixes, [](const IpPrefix &p) { return p.toString(); });
}

std::string nftSet(std::span<const std::string_view> prefixes)
{
    return joined(prefixes, [](std::string_view p) { return std::string(p); });
}

} // namespace higgs
