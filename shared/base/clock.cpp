// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/clock.h"

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
    return {bootNow(), wallNow()};
}

} // namespace higgs
