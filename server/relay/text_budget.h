// SPDX-License-Identifier: GPL-3.0-or-later
// What texts may cost. Text is for control and for clients that cannot send binary; a byte of it
// is fifty times the work of a datagram's. Pure.
#pragma once

#include "shared/base/clock.h"

#include <algorithm>
#include <cstddef>

namespace higgs::relay {

/// Of one connection: bytes after inflation. Who is out of it waits, and loses nothing.
class TextBudget
{
public:
    /// What each text costs besides its bytes: parsing its envelope, an answer, memory for zlib.
    static constexpr std::size_t EachText = 1024;
    /// JSON datagrams of a tunnel at 12 Mbit/s.
    static constexpr double AtOnce = 1024.0 * 1024;
    static constexpr double PerSecond = 4 * 1024.0 * 1024;

    [[nodiscard]] static std::size_t costOf(std::size_t bytes) { return EachText + bytes; }

    /// True while something is left. A text that began with something left is paid for later.
    [[nodiscard]] bool hasLeft(Monotonic now)
    {
        const double passed = std::chrono::duration<double>(now - m_at).count();
        m_left = std::min(AtOnce, m_left + std::max(0.0, passed) * PerSecond);
        m_at = std::max(m_at, now);
        return m_left > 0;
    }
    /// How long until then.
    [[nodiscard]] Milliseconds wait() const
    {
        const double missing = std::max(0.0, -m_left) / PerSecond * 1000;
        return Milliseconds(static_cast<std::int64_t>(missing) + 1);
    }
    void take(std::size_t bytes) { m_left -= static_cast<double>(costOf(bytes)); }

private:
    double m_left = AtOnce;
    Monotonic m_at{};
};

} // namespace higgs::relay
