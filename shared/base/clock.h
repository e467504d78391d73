// SPDX-License-Identifier: GPL-3.0-or-later
// The kinds of time: monotonic for deadlines, boot time for what lives and expires inside the
// server, wall for the wire and for what is written down. Cores take them as arguments; only
// drivers and main() read a clock.
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

/// Milliseconds since the machine started, its sleep included (CLOCK_BOOTTIME). No step of the wall
/// clock moves it; it means nothing to another machine, or after the next start.
struct BootTime
{
    std::int64_t ms = 0;

    friend auto operator<=>(const BootTime &, const BootTime &) = default;
    friend BootTime operator+(BootTime t, Milliseconds d) { return {t.ms + d.count()}; }
    friend BootTime operator-(BootTime t, Milliseconds d) { return {t.ms - d.count()}; }
    friend Milliseconds operator-(BootTime a, BootTime b) { return Milliseconds(a.ms - b.ms); }
};

/// Both at one moment: how a time inside the process is told, and a told one understood.
struct Clocks
{
    BootTime boot;
    WallTime wall;

    [[nodiscard]] WallTime told(BootTime t) const { return wall + (t - boot); }
    [[nodiscard]] BootTime inside(WallTime t) const { return boot + (t - wall); }
    /// What a step of the wall clock changes, and nothing else does.
    [[nodiscard]] Milliseconds offset() const { return Milliseconds(wall.ms - boot.ms); }
};

Monotonic monotonicNow();
WallTime wallNow();
BootTime bootNow();
Clocks clocksNow();

} // namespace higgs
