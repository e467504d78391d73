// SPDX-License-Identifier: GPL-3.0-or-later
// Exponential backoff with full jitter: the n-th wait is uniform in [0, min(cap, base * 2^n)], so
// that a thousand clients of a restarted server do not come back in step.
#pragma once

#include "shared/base/clock.h"

namespace higgs {

class Backoff
{
public:
    Backoff(Milliseconds base, Milliseconds cap) : m_base(base), m_cap(cap) {}

    /// The next wait. `random` is a uniform number in [0, 1): the caller brings the randomness.
    Milliseconds next(double random);
    void reset() { m_attempt = 0; }
    [[nodiscard]] unsigned attempt() const { return m_attempt; }

private:
    Milliseconds m_base;
    Milliseconds m_cap;
    unsigned m_attempt = 0;
};

} // namespace higgs
