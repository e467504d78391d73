// SPDX-License-Identifier: GPL-3.0-or-later
// Rate limits: one token bucket per address, or IPv6 network, and route class.
#pragma once

#include "server/cache/networks.h"
#include "server/limits.h"

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

    /// Takes `cost` tokens if there is one at least, so that what is dear is paid for afterwards;
    /// otherwise how long until there is one again (rounded up, at least 1 s).
    virtual std::optional<Seconds> take(Monotonic now, RateClass rateClass,
                                        const IpAddress &address, double cost = 1) = 0;
    /// Takes `cost` tokens whether they are there or not, for what was known too late.
    virtual void charge(Monotonic now, RateClass rateClass, const IpAddress &address,
                        double cost) = 0;
};

/// In this process. An IPv6 address counts for its /64, its /56 and its /48, and needs a token of
/// each. At most Limits::rateAddresses addresses and networks: those whose buckets are full again
/// are forgotten, and before there are more, the longest unused.
class TokenBuckets : public RateLimiter
{
public:
    explicit TokenBuckets(const Limits &limits) : m_limits(limits) {}

    std::optional<Seconds> take(Monotonic now, RateClass rateClass, const IpAddress &address,
                                double cost = 1) override;
    void charge(Monotonic now, RateClass rateClass, const IpAddress &address, double cost) override;
    [[nodiscard]] std::size_t addresses() const { return m_entries.size(); }

private:
    /// A network, and how many times a subscriber's share it has.
    struct Counted
    {
        IpAddress network;
        unsigned length = 0; ///< of an IPv6 prefix; 0 for an IPv4 address

        friend bool operator==(const Counted &, const Counted &) = default;
    };
    struct CountedHash
    {
        std::size_t operator()(const Counted &counted) const noexcept
        {
            return std::hash<IpAddress>{}(counted.network) * 31 + counted.length;
        }
    };
    struct Bucket
    {
        float used = 0;       ///< tokens that are missing; more than the burst is a debt
        std::uint32_t at = 0; ///< ms since the first call, modulo 2^32
    };
    struct Entry
    {
        Bucket buckets[RateClassCount];
        Monotonic lastUse;
        std::list<Counted>::iterator place;
    };

    [[nodiscard]] double factorOf(const Counted &counted) const;
    [[nodiscard]] Monotonic::duration refillTime() const;
    std::uint32_t stamp(Monotonic now);
    Entry &entryFor(Monotonic now, const Counted &counted);
    void forgetFull(Monotonic now);
    Bucket &refilled(Monotonic now, RateClass rateClass, const Counted &counted);

    const Limits &m_limits; ///< may change by a reload
    std::optional<Monotonic> m_begin;
    std::unordered_map<Counted, Entry, CountedHash> m_entries;
    std::list<Counted> m_byUse; ///< latest first
};

} // namespace higgs::server
