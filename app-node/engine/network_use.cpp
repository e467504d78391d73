// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/network_use.h"

#include <algorithm>
#include <array>
#include <sstream>

namespace higgs::node {

namespace {

constexpr unsigned CommonLength = 24; ///< of a home's IPv4 network
constexpr std::size_t MostNetworks = 256;

IpAddress plus(const IpAddress &address, std::uint32_t step)
{
    if (address.isV4())
        return IpAddress::v4(address.toV4() + step);
    std::array<std::uint8_t, 16> bytes{};
    std::copy_n(address.bytes().begin(), bytes.size(), bytes.begin());
    bytes[15] = static_cast<std::uint8_t>(bytes[15] + step);
    return IpAddress::v6(bytes);
}

/// RFC 1918 and RFC 4193. A carrier's own range (RFC 6598) is no home's.
bool isHomely(const IpAddress &address)
{
    constexpr std::array<std::string_view, 4> Homely = {"10.0.0.0/8", "172.16.0.0/12",
                                                        "192.168.0.0/16", "fc00::/7"};
    return std::any_of(Homely.begin(), Homely.end(), [&](std::string_view text) {
        return IpPrefix::parse(text)->contains(address);
    });
}

} // namespace

std::vector<IpAddress> sweepTargets(const IpPrefix &network)
{
    std::vector<IpAddress> targets;
    if (network.address.isNull())
        return targets;
    if (network.address.isV6()) {
        for (const std::uint32_t step : {1U, 2U, 3U, 0xfeU})
            targets.push_back(plus(network.address, step));
    } else {
        const unsigned length = std::max(network.length, CommonLength);
        const std::uint32_t size = 1U << (32 - length);
        const std::size_t all = std::size_t{1} << (length - network.length);
        for (std::size_t i = 0; i < std::min(all, MostNetworks); ++i) {
            const IpAddress first = plus(network.address, static_cast<std::uint32_t>(i) * size);
            targets.push_back(plus(first, 1));
            targets.push_back(plus(first, size - 2));
        }
    }
    std::erase_if(targets, [&](const IpAddress &each) { return !network.contains(each); });
    return targets;
}

std::string useOf(const NetworkTraces &traces)
{
    if (!traces.answered.empty())
        return traces.answered.front().toString() + " answers there";
    const auto &[out1, out2] = traces.internet.routers;
    const auto &[there1, there2] = traces.network.routers;
    if (!out1.isNull() && !there1.isNull() && there1 != out1)
        return "the way there begins at " + there1.toString() + ", and not at the router " +
               out1.toString();
    // A provider may lead to addresses that nobody has as it likes.
    if (!there2.isNull() && there2 != out2 && there2 != there1 && isHomely(there2) &&
        !isHomely(out2))
        return "the router's way there is " + there2.toString() + ", and not the Internet's";
    return {};
}

std::string resolverWithin(const IpPrefix &network, std::string_view resolvConf)
{
    if (network.address.isNull())
        return {};
    std::istringstream lines{std::string(resolvConf)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string key;
        std::string value;
        words >> key >> value;
        const auto address = IpAddress::parse(value);
        if (key == "nameserver" && address && network.contains(*address))
            return "this machine's resolver " + value + " is there";
    }
    return {};
}

} // namespace higgs::node
