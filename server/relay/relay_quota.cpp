// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/relay/relay_quota.h"

#include <algorithm>

namespace higgs::relay {

bool RelayQuota::take(Monotonic now, std::size_t bytes)
{
    const std::uint64_t rate = m_rate.load(std::memory_order_relaxed);
    if (rate == 0)
        return true;
    const std::int64_t at = std::chrono::nanoseconds(now.time_since_epoch()).count();
    const auto cost =
        static_cast<std::int64_t>(static_cast<double>(bytes) * 1e9 / static_cast<double>(rate));
    std::int64_t until = m_passedUntil.load(std::memory_order_relaxed);
    while (true) {
        const std::int64_t from = std::max(until, at);
        if (from - at > Burst.count())
            return false;
        if (m_passedUntil.compare_exchange_weak(until, from + cost, std::memory_order_relaxed))
            return true;
    }
}

} // namespace higgs::relay
