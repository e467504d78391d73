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

IpPrefix network(const IpAddress &address, unsigned length)
{
    std::array<std::uint8_t, 16> bytes{};
    const ByteSpan from = address.bytes();
    std::copy_n(from.begin(), std::min<std::size_t>(from.size(), length / 8), bytes.begin());
    if (address.isV4())
        return {IpAddress::v4(std::span<const std::uint8_t>(bytes).first<4>()), length};
    return {IpAddress::v6(bytes), length};
}

} // namespace

std::size_t NetworkCounts::at(const IpPrefix &network) const
{
    const auto found = m_counts.find(network);
    return found == m_counts.end() ? 0 : found->second;
}

std::optional<IpPrefix> NetworkCounts::full(const IpAddress &address, const NetworkCaps &caps) const
{
    const IpAddress plain = address.unmapped();
    const Lengths lengths = lengthsOf(plain);
    for (std::size_t level = 0; level < lengths.size(); ++level) {
        if (lengths[level] == 0)
            continue;
        const IpPrefix counted = network(plain, lengths[level]);
        if (at(counted) >= capOf(caps, level))
            return counted;
    }
    return std::nullopt;
}

std::size_t NetworkCounts::moreThan(const IpAddress &seeker, const IpAddress &holder) const
{
    const IpAddress own = seeker.unmapped();
    const IpAddress other = holder.unmapped();
    const Lengths ownLengths = lengthsOf(own);
    const Lengths otherLengths = lengthsOf(other);
    for (std::size_t level = ownLengths.size(); level-- > 0;) {
        if (ownLengths[level] == 0 || otherLengths[level] == 0)
            continue;
        const IpPrefix mine = network(own, ownLengths[level]);
        const IpPrefix theirs = network(other, otherLengths[level]);
        if (mine == theirs)
            continue;
        const std::size_t held = at(theirs);
        return held > at(mine) ? held : 0;
    }
    return 0;
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
        const IpPrefix counted = network(plain, length);
        if (more) {
            ++m_counts[counted];
        } else if (const auto found = m_counts.find(counted);
                   found != m_counts.end() && --found->second == 0) {
            m_counts.erase(found);
        }
    }
}

} // namespace higgs::server
