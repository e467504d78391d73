// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/nat64_prefix.h"

#include <algorithm>
#include <array>
#include <utility>

namespace higgs {

namespace {

using Bytes16 = std::array<std::uint8_t, 16>;

/// RFC 6052 section 2.2.
constexpr std::array<unsigned, 6> Lengths{32, 40, 48, 56, 64, 96};
constexpr std::size_t Reserved = 8; ///< the octet that is zero, and that no address goes through
/// RFC 7050 section 2.2: 192.0.0.170 and 192.0.0.171.
constexpr std::array<std::array<std::uint8_t, 4>, 2> WellKnown{
    {{192, 0, 0, 170}, {192, 0, 0, 171}}};

/// Where each of the four octets is.
std::array<std::size_t, 4> placesFor(unsigned length)
{
    std::array<std::size_t, 4> places{};
    std::size_t at = length / 8;
    for (std::size_t &each : places) {
        if (at == Reserved)
            ++at;
        each = at++;
    }
    return places;
}

Bytes16 bytesOf(const IpAddress &v6)
{
    Bytes16 bytes{};
    std::copy_n(v6.bytes().begin(), bytes.size(), bytes.begin());
    return bytes;
}

/// All that is neither prefix nor address is zero, so that others' addresses fit no length.
std::optional<IpPrefix> prefixOf(const IpAddress &address, unsigned length)
{
    Bytes16 rest = bytesOf(address);
    std::array<std::uint8_t, 4> embedded{};
    const auto places = placesFor(length);
    for (std::size_t i = 0; i < places.size(); ++i)
        embedded[i] = std::exchange(rest[places[i]], std::uint8_t{0});
    if (std::find(WellKnown.begin(), WellKnown.end(), embedded) == WellKnown.end())
        return std::nullopt;
    const auto end = rest.begin() + length / 8;
    if (std::any_of(end, rest.end(), [](std::uint8_t each) { return each != 0; }) ||
        rest[Reserved] != 0)
        return std::nullopt;
    return IpPrefix{IpAddress::v6(rest), length};
}

} // namespace

std::optional<Nat64Prefix> Nat64Prefix::fromAnswer(std::span<const IpAddress> addresses)
{
    std::optional<IpPrefix> found;
    for (const IpAddress &each : addresses) {
        if (!each.isV6() || each.isV4Mapped())
            continue;
        for (const unsigned length : Lengths) {
            const auto prefix = prefixOf(each, length);
            if (!prefix || found == prefix)
                continue;
            if (found)
                return std::nullopt;
            found = prefix;
        }
    }
    if (!found || found->address.isUnspecified())
        return std::nullopt;
    return Nat64Prefix(*found);
}

std::optional<IpAddress> Nat64Prefix::in(const IpAddress &address) const
{
    if (!address.isV6() || !contains(address))
        return std::nullopt;
    const Bytes16 bytes = bytesOf(address);
    std::array<std::uint8_t, 4> embedded{};
    const auto places = placesFor(m_prefix.length);
    for (std::size_t i = 0; i < places.size(); ++i)
        embedded[i] = bytes[places[i]];
    return IpAddress::v4(embedded);
}

IpAddress Nat64Prefix::of(const IpAddress &v4) const
{
    if (!v4.isV4())
        return {};
    Bytes16 bytes = bytesOf(m_prefix.address);
    const auto places = placesFor(m_prefix.length);
    for (std::size_t i = 0; i < places.size(); ++i)
        bytes[places[i]] = v4.bytes()[i];
    return IpAddress::v6(bytes);
}

} // namespace higgs
