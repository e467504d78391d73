// SPDX-License-Identifier: GPL-3.0-or-later
// How many WebSocket frames a peer may send that carry next to nothing: control frames, empty
// messages and small fragments cost as much work as datagrams do. Pure.
#pragma once

#include "shared/base/clock.h"

#include <algorithm>
#include <cstddef>

namespace higgs {

class FrameBudget
{
public:
    /// Such frames at once, and for each second in the long run. A peer on a bad line sends a ping
    /// every few seconds; the test suites of this trade send some hundreds at once.
    static constexpr double AtOnce = 4096;
    static constexpr double PerSecond = 100;
    /// Payload that pays for a frame beyond one for each message.
    static constexpr double BytesPerFrame = 256;

    /// `frames` in one read that made `messages` (which were not empty) with `bytes` of payload.
    /// False when it was too much.
    bool take(Monotonic now, std::size_t frames, std::size_t messages, std::size_t bytes)
    {
        const double spare = static_cast<double>(frames) - static_cast<double>(messages) -
                             static_cast<double>(bytes) / BytesPerFrame;
        if (spare <= 0)
            return true;
        const double passed = std::chrono::duration<double>(now - m_at).count();
        m_at = now;
        m_left = std::min(AtOnce, m_left + std::max(0.0, passed) * PerSecond) - spare;
        return m_left >= 0;
    }

private:
    double m_left = AtOnce;
    Monotonic m_at{};
};

} // namespace higgs
