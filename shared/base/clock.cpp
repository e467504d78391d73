// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/clock.h"

#include <atomic>
#include <cstdlib>
#include <ctime>

namespace higgs {

Monotonic monotonicNow()
{
    return std::chrono::steady_clock::now();
}

WallTime wallNow()
{
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<Milliseconds>(since).count()};
}

BootTime bootNow()
{
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return {std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000};
}

Clocks clocksNow()
{
    // The two are not read at one moment, and their milliseconds do not turn together: without this
    // one time would be told in two ways. Less than that is no step.
    constexpr std::int64_t NoStep = 20;
    static std::atomic<std::int64_t> lastOffset{0};
    const BootTime boot = bootNow();
    const std::int64_t offset = wallNow().ms - boot.ms;
    const std::int64_t last = lastOffset.load(std::memory_order_relaxed);
    if (std::abs(offset - last) <= NoStep)
        return {boot, {boot.ms + last}};
    lastOffset.store(offset, std::memory_order_relaxed);
    return {boot, {boot.ms + offset}};
}

} // namespace higgs
