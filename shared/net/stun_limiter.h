// SPDX-License-Identifier: GPL-3.0-or-later
// How many STUN answers one source gets: a token bucket an address (IPv6: a /64), in a table that
// does not grow with spoofed sources.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/endpoint.h"

#include <unordered_map>

namespace higgs {

class StunLimiter
{
public:
    /// Two nodes behind one address may measure their line at full pace, and users ask beside them.
    static constexpr double Burst = 120;
    static constexpr double PerSecond = 60;
    /// Beyond so many sources at once new ones share one bucket, of OverflowPerSecond.
    static constexpr std::size_t MaxSources = 8192;
    static constexpr double OverflowPerSecond = 1000;

    bool admit(const IpAddress &source, Monotonic now);
    [[nodiscard]] std::size_t sources() const { return m_buckets.size(); }

private:
    struct Bucket
    {
        double tokens = 0;
        Monotonic at;

        bool take(double perSecond, double burst, Monotonic now);
    };

    void forgetFull(Monotonic now);

    std::unordered_map<IpAddress, Bucket> m_buckets;
    Bucket m_overflow{OverflowPerSecond, {}};
    Monotonic m_swept;
};

} // namespace higgs
