// SPDX-License-Identifier: GPL-3.0-or-later
// How many STUN answers one source gets: a token bucket an address (IPv6: a /64) and one a network
// (a /24, or a /48), in tables that do not grow with spoofed sources.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/endpoint.h"

#include <atomic>
#include <unordered_map>

namespace higgs {

class StunLimiter
{
public:
    /// Two nodes behind one address may measure their line at full pace, and users ask beside them.
    static constexpr double Burst = 120;
    static constexpr double PerSecond = 60;
    /// A /24 or an IPv6 /48 has as many as so many sources: who has all of it has no more, and
    /// leaves room in the table to others.
    static constexpr double NetworkFactor = 4;
    /// Beyond so many sources or networks at once new ones share one bucket, of OverflowPerSecond.
    static constexpr std::size_t MaxSources = 8192;
    static constexpr double OverflowPerSecond = 1000;

    bool admit(const IpAddress &source, Monotonic now);
    /// Those that were not admitted; any thread may ask.
    [[nodiscard]] std::uint64_t refused() const { return m_refused; }
    /// What counts as one source, and the network that it counts for.
    static IpAddress sourceOf(const IpAddress &address);
    static IpAddress networkOf(const IpAddress &address);
    [[nodiscard]] std::size_t sources() const { return m_sources.size(); }

private:
    struct Bucket
    {
        double tokens = 0;
        Monotonic at;

        bool take(double perSecond, double burst, Monotonic now);
    };
    using Buckets = std::unordered_map<IpAddress, Bucket>;

    bool admitFrom(const IpAddress &source, Monotonic now);
    /// From the bucket of `key`; from the shared one if there is none and no room for it.
    bool take(Buckets &buckets, const IpAddress &key, double factor, Monotonic now);
    void forgetFull(Monotonic now);

    std::atomic<std::uint64_t> m_refused{0};
    Buckets m_sources;
    Buckets m_networks;
    Bucket m_overflow{OverflowPerSecond, {}};
    Monotonic m_swept;
};

} // namespace higgs
