// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/prefix_list.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace higgs {

namespace {

/// How many bits two addresses of one family begin with together.
unsigned commonBits(const IpAddress &a, const IpAddress &b)
{
    const ByteSpan left = a.bytes();
    const ByteSpan right = b.bytes();
    for (std::size_t i = 0; i < left.size(); ++i) {
        const auto differ = static_cast<std::uint8_t>(left[i] ^ right[i]);
        if (differ != 0)
            return static_cast<unsigned>(8 * i) + static_cast<unsigned>(std::countl_zero(differ));
    }
    return static_cast<unsigned>(8 * left.size());
}

/// The two halves of a network one bit shorter.
bool areHalves(const IpPrefix &a, const IpPrefix &b)
{
    return a.length == b.length && a.length > 0 && a.address.family() == b.address.family() &&
           commonBits(a.address, b.address) == a.length - 1;
}

} // namespace

IpPrefix networkAround(const IpAddress &address, unsigned length)
{
    std::array<std::uint8_t, 16> bytes{};
    std::copy(address.bytes().begin(), address.bytes().end(), bytes.begin());
    for (std::size_t bit = length; bit < bytes.size() * 8; ++bit)
        bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
    const std::span<const std::uint8_t, 16> all(bytes);
    return {address.isV4() ? IpAddress::v4(all.first<4>()) : IpAddress::v6(all), length};
}

bool contains(const IpPrefix &outer, const IpPrefix &inner)
{
    return outer.length <= inner.length && outer.contains(inner.address);
}

std::vector<IpPrefix> mergePrefixes(std::vector<IpPrefix> prefixes)
{
    std::erase_if(prefixes, [](const IpPrefix &each) { return each.address.isNull(); });
    std::sort(prefixes.begin(), prefixes.end(), [](const IpPrefix &a, const IpPrefix &b) {
        return a.address == b.address ? a.length < b.length : a.address < b.address;
    });
    // In this order whatever contains a network, or is its first half, is right before it.
    std::vector<IpPrefix> merged;
    for (const IpPrefix &each : prefixes) {
        if (!merged.empty() && contains(merged.back(), each))
            continue;
        merged.push_back(each);
        while (merged.size() > 1 && areHalves(merged[merged.size() - 2], merged.back())) {
            merged.pop_back();
            --merged.back().length;
        }
    }
    return merged;
}

std::optional<std::vector<IpPrefix>> coverPrefixes(std::vector<IpPrefix> prefixes, std::size_t most,
                                                   unsigned shortest)
{
    std::vector<IpPrefix> merged = mergePrefixes(std::move(prefixes));
    const std::size_t wanted = std::max<std::size_t>(most, 1);
    if (merged.size() <= wanted)
        return merged;
    // Of neighbours in this order, those that have the longest beginning together cost the fewest
    // addresses. Whatever lies between two of them has more in common with them than they have.
    std::vector<unsigned> common;
    for (std::size_t i = 0; i + 1 < merged.size(); ++i)
        common.push_back(commonBits(merged[i].address, merged[i + 1].address));
    std::vector<std::size_t> gaps(common.size());
    std::iota(gaps.begin(), gaps.end(), std::size_t{0});
    std::stable_sort(gaps.begin(), gaps.end(),
                     [&common](std::size_t a, std::size_t b) { return common[a] > common[b]; });
    gaps.resize(merged.size() - wanted);
    if (common[gaps.back()] < shortest)
        return std::nullopt;
    std::vector<bool> closed(common.size(), false);
    for (const std::size_t gap : gaps)
        closed[gap] = true;
    std::vector<IpPrefix> cover{merged.front()};
    for (std::size_t i = 0; i < closed.size(); ++i) {
        if (closed[i])
            cover.back() =
                networkAround(cover.back().address, std::min(cover.back().length, common[i]));
        else
            cover.push_back(merged[i + 1]);
    }
    return mergePrefixes(std::move(cover));
}

} // namespace higgs
