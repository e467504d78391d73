// SPDX-License-Identifier: GPL-3.0-or-later
// Good neighbour: how fast guests may go so that the owner of the line hardly feels them. A
// controller by delay, as LEDBAT (RFC 6817) is: what the line's queue adds to a round trip says
// whether somebody wants more than is there, and then it is the guests who yield. Alone on the line
// they stay a little below what it last carried, and seldom try for more. A pure core.
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
    Idle, ///< nobody but guests wanted the line of late
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
    [[nodiscard]] std::optional<double> allowedMbps() const;
    /// None before the line has been measured.
    [[nodiscard]] std::optional<double> queueMs() const { return m_queueMs; }
    /// What the line carries for guests when they are alone on it, as far as that was seen.
    [[nodiscard]] std::optional<double> carriesMbps() const { return m_carries; }
    [[nodiscard]] NeighbourState state() const;
    /// The last probe found a queue, and guests may still yield: the next one should not wait.
    [[nodiscard]] bool isAlert() const;

private:
    enum class Phase : std::uint8_t {
        Free,   ///< never held: no limit
        Drain,  ///< held, until the queue is gone
        Climb,  ///< back to what the line is known to carry, or until it says stop
        Cruise, ///< a little below that, for a while
        Probe,  ///< whether it carries more now
    };

    void noteBase(Monotonic now, double rttMs);
    [[nodiscard]] double baseMs() const;
    void queueStands(Monotonic now, double queueMs, double guestMbps, bool drains);
    void queueIsShort(Monotonic now, double newestMs, double guestMbps);
    void hold(Monotonic now, double queueMs, double guestMbps);
    void learn(Monotonic now);
    void enter(Monotonic now, Phase phase);
    [[nodiscard]] bool isContended(Monotonic now, Milliseconds within) const;
    [[nodiscard]] double floorMbps() const;
    [[nodiscard]] std::optional<double> cruiseMbps() const;

    struct Lowest
    {
        Monotonic since;
        double rttMs = 0;
    };
    std::deque<Lowest> m_base;   ///< by minute
    std::deque<double> m_recent; ///< the last round trips
    Monotonic m_answeredAt{};
    double m_growthTimes = 0;                     ///< since the probe before
    std::chrono::duration<double> m_unknownFor{}; ///< grown in this phase beyond what is known
    double m_allowedOfLate = 0; ///< a mean over the time over which guests' use is one
    std::optional<double> m_queueMs;
    double m_newestMs = 0; ///< the queue as the last probe found it
    std::optional<double> m_allowed;
    std::optional<double> m_carries;

    Phase m_phase = Phase::Free;
    Monotonic m_phaseSince{};
    Phase m_heldIn = Phase::Free; ///< where the queue came up that is being drained
    double m_heldAtMbps = 0;      ///< what guests had then
    double m_mostMbps = 0;        ///< the most of that ever
    bool m_creeps = false;        ///< the queue came up slowly
    unsigned m_cuts = 0;          ///< since then
    Monotonic m_cutAt{};
    Monotonic m_firstHeldAt{};
    Milliseconds m_cruiseFor{};
    Monotonic m_contendedAt{};
    bool m_contended = false; ///< ever
    bool m_yielding = false;
    bool m_canYield = true; ///< guests have something, and are above their floor
    unsigned m_lostInRow = 0;
};

} // namespace higgs::node
