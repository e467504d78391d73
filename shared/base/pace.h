// SPDX-License-Identifier: GPL-3.0-or-later
// How often something is done that somebody else can cause: some times at once, and then no more
// than once in an interval. Pure: time comes as an argument.
#pragma once

#include "shared/base/clock.h"

#include <algorithm>

namespace higgs {

class Pace
{
public:
    /// `burst`: so many at once, at least one.
    constexpr Pace(unsigned burst, Milliseconds interval) : m_burst(burst), m_interval(interval) {}

    /// Whether it may be done now; then it counts as done.
    bool take(Monotonic now)
    {
        if (next(now) > now)
            return false;
        m_full = std::max(m_full, now) + m_interval;
        return true;
    }
    /// What was done last took so long of a thread that others wait for: no more than a twentieth
    /// of its time goes to this, however often it is asked for.
    void charge(Monotonic now, Milliseconds took)
    {
        constexpr int Share = 20;
        m_full = std::max(m_full, now) + Share * took;
    }
    /// When it may be done next: `now`, or later.
    [[nodiscard]] Monotonic next(Monotonic now) const
    {
        return std::max(now, m_full - (m_burst - 1) * m_interval);
    }
    /// How long until then, in whole milliseconds that are enough.
    [[nodiscard]] Milliseconds wait(Monotonic now) const
    {
        return std::chrono::ceil<Milliseconds>(next(now) - now);
    }

private:
    unsigned m_burst;
    Milliseconds m_interval;
    Monotonic m_full{}; ///< when all of the burst is there again
};

} // namespace higgs
