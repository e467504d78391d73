// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/cache/token_buckets.h"

#include <algorithm>
#include <cmath>

namespace higgs::server {

IpAddress subscriberOf(const IpAddress &address)
{
    const IpAddress plain = address.unmapped();
    if (!plain.isV6())
        return plain;
    std::array<std::uint8_t, 16> network{};
    std::copy_n(plain.bytes().begin(), 8, network.begin());
    return IpAddress::v6(network);
}

TokenBuckets::Entry &TokenBuckets::entryFor(const IpAddress &address)
{
    const auto found = m_entries.find(address);
    if (found != m_entries.end()) {
        m_byUse.splice(m_byUse.begin(), m_byUse, found->second.place);
        return found->second;
    }
    while (m_entries.size() >= m_limits.rateAddresses && !m_byUse.empty()) {
        m_entries.erase(m_byUse.back());
        m_byUse.pop_back();
    }
    m_byUse.push_front(address);
    Entry &entry = m_entries[address];
    entry.place = m_byUse.begin();
    return entry;
}

std::optional<Seconds> TokenBuckets::take(Monotonic now, RateClass rateClass,
                                          const IpAddress &address)
{
    const RateLimit &limit = m_limits.of(rateClass);
    Bucket &bucket = entryFor(subscriberOf(address)).buckets[static_cast<std::size_t>(rateClass)];
    const double perSecond = limit.perMinute / 60;
    if (!bucket.used) {
        bucket = {limit.burst, now, true};
    } else {
        const double passed = std::chrono::duration<double>(now - bucket.at).count();
        bucket.tokens = std::min(limit.burst, bucket.tokens + std::max(0.0, passed) * perSecond);
        bucket.at = now;
    }
    if (bucket.tokens >= 1) {
        bucket.tokens -= 1;
        return std::nullopt;
    }
    const double wait = std::ceil((1 - bucket.tokens) / perSecond);
    return Seconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(wait)));
}

} // namespace higgs::server
