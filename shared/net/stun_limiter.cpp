// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/stun_limiter.h"

#include <algorithm>
#include <array>
#include <span>

namespace higgs {

namespace {

constexpr std::size_t SourceBytes6 = 8;
constexpr std::size_t NetworkBytes6 = 6;
constexpr std::size_t NetworkBytes4 = 3;

/// The first bytes of the address: the network that they name.
IpAddress firstBytes(const IpAddress &address, std::size_t count)
{
    std::array<std::uint8_t, 16> bytes{};
    std::copy_n(address.bytes().begin(), count, bytes.begin());
    return address.isV4() ? IpAddress::v4(std::span(bytes).first<4>()) : IpAddress::v6(bytes);
}

} // namespace

bool StunLimiter::Bucket::take(double perSecond, double burst, Monotonic now)
{
    const std::chrono::duration<double> passed = now - at;
    tokens = std::min(burst, tokens + std::max(0.0, passed.count()) * perSecond);
    at = now;
    if (tokens < 1)
        return false;
    tokens -= 1;
    return true;
}

IpAddress StunLimiter::sourceOf(const IpAddress &address)
{
    const IpAddress plain = address.unmapped();
    return plain.isV4() ? plain : firstBytes(plain, SourceBytes6);
}

IpAddress StunLimiter::networkOf(const IpAddress &address)
{
    const IpAddress plain = address.unmapped();
    return firstBytes(plain, plain.isV4() ? NetworkBytes4 : NetworkBytes6);
}

bool StunLimiter::admit(const IpAddress &source, Monotonic now)
{
    const bool admitted = admitFrom(source, now);
    m_refused += admitted ? 0 : 1;
    return admitted;
}

bool StunLimiter::admitFrom(const IpAddress &source, Monotonic now)
{
    const IpAddress network = networkOf(source);
    const IpAddress own = sourceOf(source);
    // What a source has too much of is not its neighbours' loss.
    const auto known = m_sources.find(own);
    if (known != m_sources.end())
        return known->second.take(PerSecond, Burst, now) &&
               take(m_networks, network, NetworkFactor, now);
    // The wider first: beyond its rate new sources make no entries either.
    return take(m_networks, network, NetworkFactor, now) && take(m_sources, own, 1, now);
}

bool StunLimiter::take(Buckets &buckets, const IpAddress &key, double factor, Monotonic now)
{
    auto known = buckets.find(key);
    if (known == buckets.end()) {
        if (buckets.size() >= MaxSources)
            forgetFull(now);
        if (buckets.size() >= MaxSources)
            return m_overflow.take(OverflowPerSecond, OverflowPerSecond, now);
        known = buckets.emplace(key, Bucket{factor * Burst, now}).first;
    }
    return known->second.take(factor * PerSecond, factor * Burst, now);
}

void StunLimiter::forgetFull(Monotonic now)
{
    // A bucket that had the time to fill up says nothing that a new one would not. The sweep is
    // O(sources), so a flood of sources may cause at most one in that time.
    constexpr Seconds timeToFill{static_cast<int>(Burst / PerSecond)};
    if (now - m_swept < timeToFill)
        return;
    m_swept = now;
    const auto isFull = [&](const auto &entry) { return now - entry.second.at >= timeToFill; };
    std::erase_if(m_sources, isFull);
    std::erase_if(m_networks, isFull);
}

} // namespace higgs
