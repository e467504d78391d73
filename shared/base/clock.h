// SPDX-License-Identifier: GPL-3.0-or-later
// The two kinds of time: monotonic for deadlines, wall for the wire. Cores take both as arguments;
// only drivers and main() read a clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace higgs {

using Monotonic = std::chrono::steady_clock::time_point;
using Milliseconds = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;

/// Milliseconds since 1970-01-01 UTC, as every time on the wire.
struct WallTime
{
    std::int64_t ms = 0;

    friend auto operator<=>(const WallTime &, const WallTime &) = default;
    friend WallTime operator+(WallTime t, Milliseconds d) { return {t.ms + d.count()}; }
    friend WallTime operator-(WallTime t, Milliseconds d) { return {t.ms - d.count()}; }
    friend Milliseconds operator-(WallTime a, WallTime b) { return Milliseconds(a.ms - b.ms); }
};

Monotonic monotonicNow();
WallTime wallNow();

} // namespace higgs
