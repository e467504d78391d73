// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/wireguard/handshake_gate.h"

#include <algorithm>

namespace higgs::wireguard {

namespace {

/// SplitMix64's last steps: spreads what it is given over all bits.
std::uint64_t mixed(std::uint64_t value)
{
    value = (value ^ value >> 30U) * 0xbf58476d1ce4e5b9U;
    value = (value ^ value >> 27U) * 0x94d049bb133111ebU;
    return value ^ value >> 31U;
}

} // namespace

bool Bucket::take(BootTime now, std::uint32_t perSecond, std::uint32_t burst)
{
    const std::int64_t full = std::int64_t{1000} * burst;
    // A thousandth a millisecond for each token a second.
    m_milli =
        m_used
            ? std::min(full, m_milli + std::min<std::int64_t>((now - m_filled).count(), 1'000'000) *
                                           perSecond)
            : full;
    m_used = true;
    m_filled = now;
    if (m_milli < 1000)
        return false;
    m_milli -= 1000;
    return true;
}

std::size_t HandshakeGate::placeOf(const Endpoint &from, std::uint64_t key)
{
    // One who has IPv6 has a /64 of addresses.
    const ByteSpan address =
        from.address.bytes().first(from.address.isV6() ? 8 : from.address.bytes().size());
    std::uint64_t place = key;
    for (const std::uint8_t byte : address)
        place = mixed(place ^ byte);
    return place % Places;
}

bool HandshakeGate::isUnderLoad(BootTime now, const Endpoint &from, std::uint64_t key)
{
    if (!m_shares[placeOf(from, key)].take(now, PerAddress, CalmBurst))
        return true; // and takes nothing of what is for all
    if (!m_calm.take(now, Calm, Calm))
        m_loadEnds = now + LoadLasts;
    return now < m_loadEnds;
}

bool HandshakeGate::admits(BootTime now, const Endpoint &from, std::uint64_t key)
{
    return m_addresses[placeOf(from, key)].take(now, PerAddress, AddressBurst) &&
           m_most.take(now, Most, Most);
}

} // namespace higgs::wireguard
