// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/address_pool.h"

#include <algorithm>

namespace higgs::server {

TunnelNetworks TunnelNetworks::standard()
{
    return {*IpPrefix::parse("10.86.0.0/16"), *IpPrefix::parse("fd86:4869:6767:73::/64")};
}

IpPrefix TunnelNetworks::address4(std::uint32_t index) const
{
    return {IpAddress::v4(network4.address.toV4() + index), 32};
}

IpPrefix TunnelNetworks::address6(std::uint32_t index) const
{
    std::array<std::uint8_t, 16> bytes{};
    std::copy_n(network6.address.bytes().begin(), bytes.size(), bytes.begin());
    bytes[14] = static_cast<std::uint8_t>(index >> 8);
    bytes[15] = static_cast<std::uint8_t>(index);
    return {IpAddress::v6(bytes), 128};
}

std::optional<std::uint32_t> AddressPool::take()
{
    constexpr std::size_t capacity = Last - First + 1;
    if (m_used.size() >= capacity)
        return std::nullopt;
    while (m_used.contains(m_next))
        m_next = m_next == Last ? First : m_next + 1;
    const std::uint32_t index = m_next;
    m_used.insert(index);
    m_next = index == Last ? First : index + 1;
    return index;
}

bool AddressPool::claim(std::uint32_t index)
{
    return index >= First && index <= Last && m_used.insert(index).second;
}

} // namespace higgs::server
