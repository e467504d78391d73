// SPDX-License-Identifier: GPL-3.0-or-later
// The server's clock, by which all its times are meant: that of this machine may be hours, or after
// a start without a battery decades, away from it, and may be set at any moment. Pure.
#pragma once

#include "shared/base/clock.h"

#include <algorithm>
#include <optional>

namespace higgs {

/// What was told last, carried on by the clock that nobody sets.
class ServerClock
{
public:
    /// The server's wall clock, as it came at `now`.
    void told(WallTime server, BootTime now) { m_atBoot = bounded(server).ms - now.ms; }

    /// This machine's own wall clock where the server's was never told.
    [[nodiscard]] WallTime now(const Clocks &local) const
    {
        return m_atBoot ? WallTime{*m_atBoot + local.boot.ms} : bounded(local.wall);
    }

    /// What is left until a time of the server's: from 0 to a month, as no timer takes decades.
    [[nodiscard]] Milliseconds left(WallTime until, const Clocks &local) const
    {
        return std::clamp(bounded(until) - now(local), Milliseconds(0), Longest);
    }

private:
    static constexpr Milliseconds Longest{30LL * 86'400'000};

    /// From 1970 to the end of 9999, so that sums stay within their type.
    static constexpr WallTime bounded(WallTime time)
    {
        return {std::clamp<std::int64_t>(time.ms, 0, 253'402'300'799'999)};
    }

    std::optional<std::int64_t> m_atBoot; ///< its clock when this machine started
};

/// When to renew what has `left` to live: in time for several tries, but never in a storm. What
/// seems to be over already says only that a clock is wrong.
constexpr Milliseconds renewalWait(Milliseconds left)
{
    constexpr double RenewAt = 0.8; // PROTOCOL.md, session life
    constexpr Milliseconds Shortest{1'000};
    constexpr Milliseconds Longest{86'400'000};
    constexpr Milliseconds WrongClock{60'000};
    if (left <= Milliseconds(0))
        return WrongClock;
    const auto wait = static_cast<std::int64_t>(static_cast<double>(left.count()) * RenewAt);
    return std::clamp(Milliseconds(wait), Shortest, Longest);
}

} // namespace higgs
