// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/cache/token_buckets.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace higgs::server {

namespace {

// What was charged afterwards may cost a full bucket more, and no more: a debt ends.
constexpr double MostUsed = 2;
// Entries looked at in each call, so that forgetting keeps up with new ones and costs nothing.
constexpr int ForgottenPerCall = 4;
constexpr unsigned NotIpv6 = 0;
// Widest first: a site that has had its share leaves no traces of its many networks.
constexpr std::array<unsigned, 3> Lengths = {SitePrefix, DelegatedPrefix, SubscriberPrefix};

} // namespace

double TokenBuckets::factorOf(const Counted &counted) const
{
    switch (counted.length) {
    case SitePrefix:
        return m_limits.network48Factor;
    case DelegatedPrefix:
        return m_limits.network56Factor;
    default:
        return 1;
    }
}

std::uint32_t TokenBuckets::stamp(Monotonic now)
{
    if (!m_begin)
        m_begin = now;
    const auto passed = std::chrono::duration_cast<Milliseconds>(now - *m_begin).count();
    return static_cast<std::uint32_t>(passed);
}

/// After this without use every bucket is full.
Monotonic::duration TokenBuckets::refillTime() const
{
    double minutes = 0;
    for (const RateLimit &limit : m_limits.rate)
        minutes = std::max(minutes, MostUsed * limit.burst / limit.perMinute);
    return std::chrono::duration_cast<Monotonic::duration>(
        std::chrono::duration<double, std::ratio<60>>(std::min(minutes, 1e6)));
}

void TokenBuckets::forgetFull(Monotonic now)
{
    const Monotonic::duration refill = refillTime();
    for (int i = 0; i < ForgottenPerCall && !m_byUse.empty(); ++i) {
        const auto oldest = m_entries.find(m_byUse.back());
        if (now - oldest->second.lastUse < refill)
            return;
        m_entries.erase(oldest);
        m_byUse.pop_back();
    }
}

TokenBuckets::Entry &TokenBuckets::entryFor(Monotonic now, const Counted &counted)
{
    const auto found = m_entries.find(counted);
    if (found != m_entries.end()) {
        m_byUse.splice(m_byUse.begin(), m_byUse, found->second.place);
        found->second.lastUse = now;
        return found->second;
    }
    while (m_entries.size() >= m_limits.rateAddresses && !m_byUse.empty()) {
        m_entries.erase(m_byUse.back());
        m_byUse.pop_back();
    }
    m_byUse.push_front(counted);
    Entry &entry = m_entries[counted];
    entry.place = m_byUse.begin();
    entry.lastUse = now;
    return entry;
}

TokenBuckets::Bucket &TokenBuckets::refilled(Monotonic now, RateClass rateClass,
                                             const Counted &counted)
{
    Bucket &bucket = entryFor(now, counted).buckets[static_cast<std::size_t>(rateClass)];
    const std::uint32_t at = stamp(now);
    const auto passed = static_cast<std::int32_t>(at - bucket.at);
    const double perMs = m_limits.of(rateClass).perMinute * factorOf(counted) / 60'000;
    if (passed > 0 || bucket.used <= 0) {
        bucket.used = static_cast<float>(std::max(0.0, bucket.used - std::max(0, passed) * perMs));
        bucket.at = at;
    }
    return bucket;
}

std::optional<Seconds> TokenBuckets::take(Monotonic now, RateClass rateClass,
                                          const IpAddress &address, double cost)
{
    forgetFull(now);
    const RateLimit &limit = m_limits.of(rateClass);
    const IpAddress plain = address.unmapped();
    for (const unsigned length : Lengths) {
        const Counted counted{networkOf(plain, length), plain.isV6() ? length : NotIpv6};
        const double factor = factorOf(counted);
        const double left = limit.burst * factor - refilled(now, rateClass, counted).used;
        if (left < 1) {
            const double wait = std::ceil((1 - left) * 60 / (limit.perMinute * factor));
            return Seconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(wait)));
        }
        if (!plain.isV6())
            break;
    }
    charge(now, rateClass, address, cost);
    return std::nullopt;
}

void TokenBuckets::charge(Monotonic now, RateClass rateClass, const IpAddress &address, double cost)
{
    const IpAddress plain = address.unmapped();
    for (const unsigned length : Lengths) {
        const Counted counted{networkOf(plain, length), plain.isV6() ? length : NotIpv6};
        Bucket &bucket = refilled(now, rateClass, counted);
        const double most = MostUsed * m_limits.of(rateClass).burst * factorOf(counted);
        bucket.used = static_cast<float>(std::min(most, bucket.used + cost));
        if (!plain.isV6())
            break;
    }
}

} // namespace higgs::server
