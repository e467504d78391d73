// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/traffic_history.h"

#include <algorithm>

namespace higgs::widgets {

namespace {

using FloatSeconds = std::chrono::duration<double>;

constexpr Milliseconds Shortest{500}; // closer counters wait for the next ones
constexpr Milliseconds LongestPause{2500};
constexpr Milliseconds Step{1000};

} // namespace

bool TrafficHistory::take(Monotonic now, std::uint64_t down, std::uint64_t up)
{
    if (!m_begun || down < m_down || up < m_up) {
        clear();
        m_begun = true;
        m_last = now;
        m_down = down;
        m_up = up;
        return true;
    }
    const auto passed = now - m_last;
    if (passed < Shortest)
        return false;
    FloatSeconds measured = passed;
    if (passed > LongestPause) {
        // Counters come each second while they move: what moved, moved just now.
        const auto silent = std::min<std::int64_t>(passed / Step - 1, Length);
        for (std::int64_t i = 0; i < silent; ++i)
            push({});
        measured = Step;
    }
    push({static_cast<float>(static_cast<double>(down - m_down) / measured.count()),
          static_cast<float>(static_cast<double>(up - m_up) / measured.count())});
    m_last = now;
    m_down = down;
    m_up = up;
    return true;
}

bool TrafficHistory::idle(Monotonic now)
{
    if (!m_begun || now - m_last < LongestPause)
        return false;
    push({});
    m_last += Step;
    return true;
}

void TrafficHistory::clear()
{
    m_samples.fill({});
    m_begun = false;
}

void TrafficHistory::push(Sample sample)
{
    m_samples[m_next] = sample;
    m_next = (m_next + 1) % Length;
}

const TrafficHistory::Sample &TrafficHistory::at(std::size_t secondsAgo) const
{
    return m_samples[(m_next + 2 * Length - 1 - std::min(secondsAgo, Length - 1)) % Length];
}

float TrafficHistory::peak() const
{
    float most = 0;
    for (const Sample &sample : m_samples)
        most = std::max({most, sample.down, sample.up});
    return most;
}

} // namespace higgs::widgets
