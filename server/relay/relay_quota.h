// SPDX-License-Identifier: GPL-3.0-or-later
// What sessions may relay together, as those of one access key: so many bytes a second, and a short
// burst. A policer as of a router: what is beyond is dropped, and who sends finds his pace.
#pragma once

#include "shared/base/clock.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace higgs::relay {

/// Shared by relay threads without a lock: its whole state is the time until which what has passed
/// would take at its rate (the "theoretical arrival time" of a leaky bucket).
class RelayQuota
{
public:
    /// What may pass at once, in time at the rate.
    static constexpr std::chrono::nanoseconds Burst = Milliseconds(250);

    /// 0: without bound.
    explicit RelayQuota(std::uint64_t bytesPerSecond) : m_rate(bytesPerSecond) {}
    void setRate(std::uint64_t bytesPerSecond)
    {
        m_rate.store(bytesPerSecond, std::memory_order_relaxed);
    }

    /// Whether these may pass now; if so they count. Any thread.
    bool take(Monotonic now, std::size_t bytes);

private:
    std::atomic<std::uint64_t> m_rate;
    std::atomic<std::int64_t> m_passedUntil{0}; ///< nanoseconds of the monotonic clock
};

} // namespace higgs::relay
