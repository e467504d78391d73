// SPDX-License-Identifier: GPL-3.0-or-later
// Rate limits that hold for several servers together: each judges by its own buckets at once, and
// what it has admitted is taken from the others' a moment later. Pure.
#pragma once

#include "server/cache/token_buckets.h"

#include <unordered_map>
#include <vector>

namespace higgs::server {

/// What an address has taken of a route class on one server.
struct SpentTokens
{
    IpAddress subscriber; ///< an IPv4 address, or the network address of an IPv6 /64
    RateClass rateClass = RateClass::Read;
    double tokens = 0;

    friend bool operator==(const SpentTokens &, const SpentTokens &) = default;
};

/// Whether what one server admits counts on the others. Not what a server's own processor bears,
/// nor what a balancer asks each of them.
[[nodiscard]] bool isShared(RateClass rateClass);

/// What is to be told of what was spent: of each address and class a sum. Small sums are told late,
/// and the smallest not at all, as they are far below every limit.
class SpentSums
{
public:
    /// Of these each server notes so many at a time; what is beyond counts there alone.
    static constexpr std::size_t MostNoted = 20'000;
    /// Told at once; what is left waits for the next time.
    static constexpr std::size_t MostTold = 2'000;
    /// Told the next time when it is so much of the burst.
    static constexpr double ToldSoon = 0.05;
    /// And after this time, when it is so much.
    static constexpr Seconds SweepTime{5};
    static constexpr double ToldLate = 0.01;

    explicit SpentSums(const Limits &limits) : m_limits(limits) {}

    void note(RateClass rateClass, const IpAddress &address, double tokens);
    /// What is to be told now, and is forgotten with it.
    std::vector<SpentTokens> take(Monotonic now);
    [[nodiscard]] std::size_t size() const { return m_noted.size(); }

private:
    struct Key
    {
        IpAddress subscriber;
        RateClass rateClass = RateClass::Read;

        friend bool operator==(const Key &, const Key &) = default;
    };
    struct KeyHash
    {
        std::size_t operator()(const Key &key) const noexcept
        {
            return std::hash<IpAddress>{}(key.subscriber) * 31 +
                   static_cast<std::size_t>(key.rateClass);
        }
    };

    const Limits &m_limits; ///< may change by a reload
    std::unordered_map<Key, double, KeyHash> m_noted;
    std::optional<Monotonic> m_swept;
};

/// Buckets of this process, with note of what is taken from them where there are others.
class SharedBuckets : public RateLimiter
{
public:
    /// `isAlone`: nobody is told, and nothing is noted.
    SharedBuckets(const Limits &limits, bool isAlone)
        : m_own(limits), m_spent(limits), m_isAlone(isAlone)
    {}

    std::optional<Seconds> take(Monotonic now, RateClass rateClass, const IpAddress &address,
                                double cost = 1) override;
    void charge(Monotonic now, RateClass rateClass, const IpAddress &address, double cost) override;
    /// What another server has admitted.
    void spentElsewhere(Monotonic now, const SpentTokens &spent);
    [[nodiscard]] std::vector<SpentTokens> takeSpent(Monotonic now) { return m_spent.take(now); }
    [[nodiscard]] std::size_t addresses() const { return m_own.addresses(); }

private:
    TokenBuckets m_own;
    SpentSums m_spent;
    bool m_isAlone;
};

} // namespace higgs::server
