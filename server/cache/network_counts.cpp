// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/cache/network_counts.h"

#include <array>

namespace higgs::server {

namespace {

/// The prefixes that an address counts by, the narrowest first; 0: none.
using Lengths = std::array<unsigned, 3>;

Lengths lengthsOf(const IpAddress &address)
{
    return address.isV4() ? Lengths{32, 0, 24} : Lengths{64, 56, 48};
}

std::size_t capOf(const NetworkCaps &caps, std::size_t level)
{
    return level == 0 ? caps.address : level == 1 ? caps.site : caps.network;
}

} // namespace

NetworkCounts::Network NetworkCounts::network(const IpAddress &address, unsigned length)
{
    std::array<std::uint8_t, 16> bytes{};
    const ByteSpan from = address.bytes();
    std::copy_n(from.begin(), std::min<std::size_t>(from.size(), length / 8), bytes.begin());
    if (address.isV4())
        return {IpAddress::v4(std::span<const std::uint8_t>(bytes).first<4>()), length};
    return {IpAddress::v6(bytes), length};
}

std::size_t NetworkCounts::at(const Network &network) const
{
    const auto found = m_counts.find(network);
    return found == m_counts.end() ? 0 : found->second;
}

bool NetworkCounts::admits(const IpAddress &address, const NetworkCaps &caps) const
{
    const IpAddress plain = address.unmapped();
    const Lengths lengths = lengthsOf(plain);
    for (std::size_t level = 0; level < lengths.size(); ++level) {
        if (lengths[level] != 0 && at(network(plain, lengths[level])) >= capOf(caps, level))
            return false;
    }
    return true;
}

std::size_t NetworkCounts::of(const IpAddress &address) const
{
    const IpAddress plain = address.unmapped();
    return at(network(plain, lengthsOf(plain)[0]));
}

void NetworkCounts::change(const IpAddress &address, bool more)
{
    const IpAddress plain = address.unmapped();
    if (plain.isNull())
        return;
    for (const unsigned length : lengthsOf(plain)) {
        if (length == 0)
            continue;
        const Network counted = network(plain, length);
        if (more) {
            ++m_counts[counted];
        } else if (const auto found = m_counts.find(counted);
                   found != m_counts.end() && --found->second == 0) {
            m_counts.erase(found);
        }
    }
}

} // namespace higgs::server
