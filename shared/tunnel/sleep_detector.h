// SPDX-License-Identifier: GPL-3.0-or-later
// Notices that the machine slept: CLOCK_BOOTTIME goes on then, CLOCK_MONOTONIC does not
// (clock_gettime(2)); or that this process alone stood still, as in a debugger, a frozen cgroup or
// a machine that swaps: then both go on, and it missed all of it. Pure.
#pragma once

#include "shared/base/clock.h"

#include <optional>
#include <utility>

namespace higgs {

class SleepDetector
{
public:
    /// Between two calls there are to be no more than this.
    static constexpr Milliseconds Interval{2'000};

    /// Both clocks, read together, and how long this thread has waited for programs of its own:
    /// what a wakening asks for starts some, so that a machine on which they are slow would never
    /// be awake. How long the world went on without us since the last call, if it did.
    std::optional<Milliseconds> observe(Milliseconds monotonic, Milliseconds boottime,
                                        Milliseconds waited = {})
    {
        const Milliseconds apart = boottime - monotonic;
        const std::optional<Milliseconds> before = std::exchange(m_apart, apart);
        const Milliseconds since = boottime - std::exchange(m_last, boottime);
        const Milliseconds waiting = waited - std::exchange(m_waited, waited);
        if (!before || (apart - *before < Least && since - waiting < Missed))
            return std::nullopt;
        return since;
    }

private:
    /// Two readings are never taken at the same instant; a sleep is longer than a busy scheduler's
    /// pause between them.
    static constexpr Milliseconds Least{1'000};

    /// Longer than any of our turns but for the programs in it, and than a straight way is trusted
    /// without an answer.
    static constexpr Milliseconds Missed{7'000};

    std::optional<Milliseconds> m_apart;
    Milliseconds m_last{};
    Milliseconds m_waited{};
};

} // namespace higgs
