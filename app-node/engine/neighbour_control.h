// SPDX-License-Identifier: GPL-3.0-or-later
// Good neighbour: how fast guests may go so that the owner of the line hardly feels them. A
// controller by delay, as LEDBAT (RFC 6817) is: what the line's queue adds to a round trip says
// whether somebody wants more than is there, and then it is the guests who yield. A pure core.
#pragma once

#include "shared/base/clock.h"

#include <cstdint>
#include <deque>
#include <optional>

namespace higgs::node {

/// What guests may add to the owner's round trips for long.
constexpr double NeighbourTargetMs = 7;
/// Guests are never held below this: their tunnels shall stay alive.
constexpr double NeighbourFloorMbps = 0.1;

enum class NeighbourState : std::uint8_t {
    Off,
    Idle, ///< guests were not held back of late
    Yielding,
    Unavailable, ///< nothing measures the line
};

class NeighbourControl
{
public:
    /// A probe came back. `guestMbps` is what guests moved of late, the busier way: a mean over
    /// some probes, since what they send comes in bursts.
    void answered(Monotonic now, double rttMs, double guestMbps);
    /// A probe did not come back in time: a queue that overflows, or a line that is gone.
    void lost(Monotonic now, double guestMbps);
    void reset();

    /// For each way; none: no limit.
    [[nodiscard]] std::optional<double> allowedMbps() const { return m_allowed; }
    /// None before the line has been measured.
    [[nodiscard]] std::optional<double> queueMs() const { return m_queueMs; }
    [[nodiscard]] NeighbourState state() const;

private:
    void noteBase(Monotonic now, double rttMs);
    void hold(Monotonic now, double queueMs, double guestMbps);
    void loosen(double queueMs, double guestMbps);

    struct Lowest
    {
        Monotonic since;
        double rttMs = 0;
    };
    std::deque<Lowest> m_base;   ///< by minute
    std::deque<double> m_recent; ///< the last round trips
    std::optional<double> m_queueMs;
    std::optional<double> m_allowed;
    double m_ceilingMbps = 0; ///< what guests had when they were last held
    Monotonic m_heldAt{};
    bool m_yielding = false;
    unsigned m_lostInRow = 0;
};

} // namespace higgs::node
