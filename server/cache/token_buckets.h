// SPDX-License-Identifier: GPL-3.0-or-later
// Rate limits: one token bucket per address and route class.
#pragma once

#include "server/limits.h"
#include "shared/base/endpoint.h"

#include <list>
#include <optional>
#include <unordered_map>

namespace higgs::server {

/// The seam behind which several servers could share their buckets.
class RateLimiter
{
public:
    RateLimiter() = default;
    RateLimiter(const RateLimiter &) = delete;
    RateLimiter &operator=(const RateLimiter &) = delete;
    virtual ~RateLimiter() = default;

    /// Takes one token; otherwise how long until there is one again (rounded up, at least 1 s).
    virtual std::optional<Seconds> take(Monotonic now, RateClass rateClass,
                                        const IpAddress &address) = 0;
};

/// An IPv4 address, or the /64 of an IPv6 address: what one subscriber usually has.
IpAddress subscriberOf(const IpAddress &address);

/// In this process. At most Limits::rateAddresses addresses; the longest unused are forgotten.
class TokenBuckets : public RateLimiter
{
public:
    explicit TokenBuckets(const Limits &limits) : m_limits(limits) {}

    std::optional<Seconds> take(Monotonic now, RateClass rateClass,
                                const IpAddress &address) override;
    [[nodiscard]] std::size_t addresses() const { return m_entries.size(); }

private:
    struct Bucket
    {
        double tokens = 0;
        Monotonic at;
        bool used = false;
    };
    struct Entry
    {
        Bucket buckets[RateClassCount];
        std::list<IpAddress>::iterator place;
    };

    Entry &entryFor(const IpAddress &address);

    const Limits &m_limits; ///< may change by a reload
    std::unordered_map<IpAddress, Entry> m_entries;
    std::list<IpAddress> m_byUse; ///< latest first
};

} // namespace higgs::server
