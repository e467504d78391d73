// SPDX-License-Identifier: GPL-3.0-or-later
// Notices that the machine slept: CLOCK_BOOTTIME goes on then, CLOCK_MONOTONIC does not
// (clock_gettime(2)). Pure.
#pragma once

#include "shared/base/clock.h"

#include <optional>
#include <utility>

namespace higgs {

class SleepDetector
{
public:
    /// Both clocks, read together. How long the machine slept since the last call, if it did.
    std::optional<Milliseconds> observe(Milliseconds monotonic, Milliseconds boottime)
    {
        const Milliseconds apart = boottime - monotonic;
        const std::optional<Milliseconds> before = std::exchange(m_apart, apart);
        if (!before || apart - *before < Least)
            return std::nullopt;
        return apart - *before;
    }

private:
    /// Two readings are never taken at the same instant; a sleep is longer than a busy scheduler's
    /// pause between them.
    static constexpr Milliseconds Least{1'000};

    std::optional<Milliseconds> m_apart;
};

} // namespace higgs
