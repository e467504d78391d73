// SPDX-License-Identifier: GPL-3.0-or-later
// Two minutes of rates, one a second, from counters that arrive about once a second. No clock
// inside.
#pragma once

#include "shared/base/clock.h"

#include <array>
#include <cstdint>

namespace higgs::widgets {

class TrafficHistory
{
public:
    static constexpr std::size_t Length = 120;

    struct Sample
    {
        float down = 0; ///< bytes a second
        float up = 0;
    };

    /// Counters of the connection. Smaller ones than before are another connection: it starts anew.
    /// True if there is a new sample. A gap of seconds was a time without traffic.
    bool take(Monotonic now, std::uint64_t down, std::uint64_t up);
    /// Nothing was heard for longer than counters take to come: a second of silence.
    bool idle(Monotonic now);
    void clear();

    /// 0 is the newest.
    [[nodiscard]] const Sample &at(std::size_t secondsAgo) const;
    [[nodiscard]] const Sample &newest() const { return at(0); }
    /// The largest rate within the two minutes, in either direction.
    [[nodiscard]] float peak() const;

private:
    void push(Sample sample);

    std::array<Sample, Length> m_samples{};
    std::size_t m_next = 0;
    bool m_begun = false;
    Monotonic m_last{};
    std::uint64_t m_down = 0;
    std::uint64_t m_up = 0;
};

} // namespace higgs::widgets
