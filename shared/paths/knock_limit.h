// SPDX-License-Identifier: GPL-3.0-or-later
// How many addresses of its own home a daemon writes to because others say that they are there: of
// all of them together, whoever they are. Pure.
#pragma once

#include "shared/base/clock.h"

#include <algorithm>
#include <optional>

namespace higgs {

class KnockLimit
{
public:
    /// A household that comes home at once.
    static constexpr unsigned Burst = 8;
    static constexpr Seconds OneMoreEach{15};

    /// Whether one more may be written to at `now`, which does not go back.
    bool take(Monotonic now)
    {
        const auto more = m_at ? (now - *m_at) / OneMoreEach : 0;
        m_at = m_at ? *m_at + more * OneMoreEach : now;
        m_left = static_cast<unsigned>(std::min<decltype(more + 0)>(Burst, m_left + more));
        if (m_left == 0)
            return false;
        --m_left;
        return true;
    }

private:
    unsigned m_left = Burst;
    std::optional<Monotonic> m_at;
};

} // namespace higgs
