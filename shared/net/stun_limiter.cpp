// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/stun_limiter.h"

#include <algorithm>

namespace higgs {

namespace {

IpAddress sourceGroup(const IpAddress &source)
{
    const IpAddress address = source.unmapped();
    if (!address.isV6())
        return address;
    std::array<std::uint8_t, 16> network{};
    std::copy_n(address.bytes().begin(), 8, network.begin());
    return IpAddress::v6(network);
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

bool StunLimiter::admit(const IpAddress &source, Monotonic now)
{
    const IpAddress group = sourceGroup(source);
    const auto known = m_buckets.find(group);
    if (known != m_buckets.end())
        return known->second.take(PerSecond, Burst, now);
    if (m_buckets.size() >= MaxSources)
        forgetFull(now);
    if (m_buckets.size() >= MaxSources)
        return m_overflow.take(OverflowPerSecond, OverflowPerSecond, now);
    return m_buckets.emplace(group, Bucket{Burst, now}).first->second.take(PerSecond, Burst, now);
}

void StunLimiter::forgetFull(Monotonic now)
{
    // A bucket that had the time to fill up says nothing that a new one would not. The sweep is
    // O(sources), so a flood of sources may cause at most one in that time.
    constexpr Seconds timeToFill{static_cast<int>(Burst / PerSecond)};
    if (now - m_swept < timeToFill)
        return;
    m_swept = now;
    std::erase_if(m_buckets,
                  [&](const auto &entry) { return now - entry.second.at >= timeToFill; });
}

} // namespace higgs
