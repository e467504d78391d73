// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/neighbour_control.h"

#include <algorithm>
#include <cmath>

namespace higgs::node {

namespace {

/// A standing queue shows in the lowest of some round trips, a late wake-up does not.
constexpr std::size_t RecentProbes = 2;
/// RFC 6817 section 2.4.1: the line's own delay is the lowest of the last minutes.
constexpr Seconds BaseBucket{60};
constexpr std::size_t BaseBuckets = 10;
/// A queue that falls so much from probe to probe has been dealt with.
constexpr double DrainingMs = 2;
/// A line that stalls moves nothing, and then all at once: the answers come together, each as much
/// less late as it was asked later. Nobody wants the line then, and guests are not held for a delay
/// that will be gone within so many times what it fell by since the probe before, nor while it
/// falls as fast as time passes. What stands does neither.
constexpr double GoneWithin = 2;
constexpr double MsPerSecond = 1e3;
constexpr double BurstPart = 0.25; ///< of what it fell by, that passed between two answers
/// A change must show before the next one.
constexpr Milliseconds CutInterval{90};
/// The first queue of all is long: guests were free, and what they sent is on its way.
constexpr Milliseconds FirstPatience{800};
constexpr Milliseconds Settling{2'500};
/// A cut keeps this much of the guests' rate, less the longer the queue: half at least, but in a
/// cruise a quarter. The first of all is measured less well, and gentler.
constexpr double LightCut = 0.85;
constexpr double DeepCut = 0.5;
constexpr double CruiseCut = 0.25;
constexpr double FirstCut = 0.7;
/// At this many targets over the target guests lose half.
constexpr double DeepExcess = 4;
/// Growing slowly, guests pass what the line carries by this part until its queue shows it.
constexpr double ProbeOvershoot = 0.03;
/// A queue that creeps up in a cruise is the guests' own: the line was thought to be faster.
constexpr double CreepingMs = 2 * NeighbourTargetMs;
/// Until a queue that jumps up is confirmed.
constexpr double Breath = 0.5;
/// A queue that needs more cuts to go was not the guests' own.
constexpr unsigned OwnCuts = 2;
/// Alone on the line, guests use this part of what it carries: a queue would grow without end if
/// they used all, and what carries them to the relay would fill it at the first chance.
constexpr double CruisePart = 0.96;
constexpr Milliseconds FirstCruise{1'500}; // what was learnt first is often wrong
constexpr Milliseconds ShortCruise{6'000};
constexpr Milliseconds LongCruise{20'000};
/// The line carries what it did when it is within this part of it.
constexpr double SameCapacity = 0.08;
/// On a fast line guests keep this part of the most that it carried: the owner hardly misses it,
/// and the way back from less would be long.
constexpr double FloorPart = 0.02;
/// With so little left to guests the owner has the line, and what it carries cannot be seen.
constexpr double LeastSeenMbps = 2 * NeighbourFloorMbps;
/// Nor by guests who were free and had just begun: two late probes happen on any radio. They are
/// not held below this at first.
constexpr double LeastFirstMbps = 1;
/// Growth in GrowthTime.
constexpr Milliseconds GrowthTime{100};
constexpr double MostGrowthTimes = 3;
constexpr double ClimbGrowth = 0.08;
constexpr double ContendedGrowth = 0.05;
constexpr double ProbeGrowth = 0.015;
constexpr double BeyondGrowth = 0.03;
constexpr double AdditiveMbps = 0.02;
/// Where nothing says how fast the line is, growth gains speed: it becomes twice as fast within
/// this time, three times within two of it. What was learnt from a first burst can be a hundredth.
constexpr Milliseconds QuickenTime{500};
constexpr double MostUnknownGrowth = 0.15;
/// Who uses less than this part of what was allowed is not held by it.
constexpr double NearlyAll = 0.85;
/// What guests use is known as a mean over half a second: so long what was allowed lags behind.
constexpr Milliseconds UseMeanTime{250};
/// By so much at most it lags behind what is allowed while that grows.
constexpr double UseLag = 0.07;
/// So long after the owner was last seen to want the line, guests count as yielding.
constexpr Seconds YieldingFor{10};
constexpr unsigned LineGone = 20;
constexpr double LostQueueMs = 100;

using Fractional = std::chrono::duration<double>;

} // namespace

void NeighbourControl::reset()
{
    *this = NeighbourControl();
}

NeighbourState NeighbourControl::state() const
{
    if (!m_queueMs)
        return NeighbourState::Unavailable;
    return m_yielding ? NeighbourState::Yielding : NeighbourState::Idle;
}

bool NeighbourControl::isAlert() const
{
    return m_newestMs > NeighbourTargetMs && m_canYield;
}

std::optional<double> NeighbourControl::allowedMbps() const
{
    const bool suspicious = m_phase == Phase::Cruise && m_newestMs > CreepingMs;
    return suspicious ? std::optional(*m_allowed * Breath) : m_allowed;
}

bool NeighbourControl::isContended(Monotonic now, Milliseconds within) const
{
    return m_contended && now - m_contendedAt < within;
}

double NeighbourControl::baseMs() const
{
    double lowest = m_base.front().rttMs;
    for (const Lowest &each : m_base)
        lowest = std::min(lowest, each.rttMs);
    return lowest;
}

void NeighbourControl::noteBase(Monotonic now, double rttMs)
{
    if (m_base.empty() || now - m_base.back().since >= BaseBucket)
        m_base.push_back({now, rttMs});
    m_base.back().rttMs = std::min(m_base.back().rttMs, rttMs);
    while (m_base.size() > BaseBuckets)
        m_base.pop_front();
}

void NeighbourControl::answered(Monotonic now, double rttMs, double guestMbps)
{
    m_lostInRow = 0;
    noteBase(now, rttMs);
    const Fractional gap = now - m_answeredAt;
    m_growthTimes = std::clamp(gap / GrowthTime, 0.0, MostGrowthTimes);
    m_answeredAt = now;
    m_recent.push_back(rttMs);
    while (m_recent.size() > RecentProbes)
        m_recent.pop_front();
    if (m_allowed) {
        const double weight = m_growthTimes * Fractional(GrowthTime) / UseMeanTime;
        m_allowedOfLate += (*m_allowed - m_allowedOfLate) * std::min(weight, 1.0);
    }
    const double base = baseMs();
    m_newestMs = rttMs - base;
    m_queueMs = *std::min_element(m_recent.begin(), m_recent.end()) - base;
    const double fallMs = m_recent.size() > 1 ? *(m_recent.end() - 2) - rttMs : 0;
    const bool together = fallMs > 0 && gap.count() * MsPerSecond <= BurstPart * fallMs;
    const bool stalled = m_phase != Phase::Drain && (m_newestMs <= GoneWithin * fallMs || together);
    if (*m_queueMs <= NeighbourTargetMs)
        queueIsShort(now, m_newestMs, guestMbps); // by the newest: no growth into a queue
    else if (!stalled)
        queueStands(now, m_newestMs, guestMbps, fallMs > DrainingMs);
    m_yielding = isContended(now, YieldingFor);
}

void NeighbourControl::lost(Monotonic now, double guestMbps)
{
    if (++m_lostInRow >= LineGone) {
        reset();
        m_lostInRow = LineGone;
        return;
    }
    if (m_queueMs)
        queueStands(now, std::max(*m_queueMs, LostQueueMs), guestMbps, false);
}

void NeighbourControl::queueStands(Monotonic now, double queueMs, double guestMbps, bool drains)
{
    // Guests who hardly send are not the queue's cause, and have nothing to yield.
    m_canYield = guestMbps >= NeighbourFloorMbps / 2 && m_allowed.value_or(guestMbps) > floorMbps();
    if (!m_canYield)
        return;
    if (m_phase != Phase::Drain) {
        m_heldIn = m_phase;
        m_heldAtMbps = m_allowed
                           ? std::min(*m_allowed, std::max(guestMbps, *m_allowed * (1 - UseLag)))
                           : guestMbps;
        m_mostMbps = std::max(m_mostMbps, m_heldAtMbps);
        m_cuts = 0;
        m_creeps = m_newestMs < CreepingMs;
        if (m_phase == Phase::Probe || m_phase == Phase::Free)
            m_heldAtMbps *= 1 - ProbeOvershoot;
        hold(now, queueMs, guestMbps);
        enter(now, Phase::Drain);
        return;
    }
    const bool first = m_heldIn == Phase::Free && now - m_phaseSince < FirstPatience;
    if (!drains && !first && now - m_cutAt >= CutInterval)
        hold(now, queueMs, guestMbps);
}

void NeighbourControl::hold(Monotonic now, double queueMs, double guestMbps)
{
    const double excess = (queueMs - NeighbourTargetMs) / (DeepExcess * NeighbourTargetMs);
    // What jumps up in a cruise is the owner, who just began.
    const double deep = m_phase == Phase::Cruise ? CruiseCut : DeepCut;
    const double keep = m_phase == Phase::Free ? FirstCut
                        : m_cuts > 0           ? DeepCut // the one before did not help
                                     : LightCut - (LightCut - deep) * std::clamp(excess, 0.0, 1.0);
    const double from =
        m_allowed ? std::min(*m_allowed, std::max(guestMbps, *m_allowed / 2)) : guestMbps;
    m_allowed = std::max(m_phase == Phase::Free ? LeastFirstMbps : floorMbps(), from * keep);
    m_cutAt = now;
    if (++m_cuts > OwnCuts && now - m_firstHeldAt >= Settling) {
        m_contended = true;
        m_contendedAt = now;
    }
}

/// The queue is gone. If the guests' own cut did it, it is known what the line carries for them.
void NeighbourControl::learn(Monotonic now)
{
    const double least = m_heldIn == Phase::Free ? LeastFirstMbps : LeastSeenMbps;
    if (m_cuts > OwnCuts || m_heldAtMbps < least)
        return;
    // What guests sent while they were free comes in waves.
    if (m_carries && now - m_firstHeldAt < Settling)
        return;
    const double change = m_carries ? m_heldAtMbps / *m_carries - 1 : 0;
    const bool wasContended = isContended(now, m_cruiseFor);
    const bool disturbed = m_heldIn == Phase::Cruise && !m_creeps;
    if (disturbed || change < -SameCapacity) {
        m_contended = true;
        m_contendedAt = now;
    }
    // Somebody wanted something for a moment; only if again soon, then for longer.
    if (disturbed && !wasContended)
        return;
    const bool same = m_carries && std::abs(change) < SameCapacity;
    m_cruiseFor = !m_carries ? FirstCruise
                  : same     ? std::min(2 * m_cruiseFor, LongCruise)
                             : ShortCruise;
    m_carries = m_heldAtMbps;
}

double NeighbourControl::floorMbps() const
{
    return std::max(NeighbourFloorMbps, m_mostMbps * FloorPart);
}

std::optional<double> NeighbourControl::cruiseMbps() const
{
    return m_carries ? std::optional(*m_carries * CruisePart) : std::nullopt;
}

void NeighbourControl::enter(Monotonic now, Phase phase)
{
    m_phase = phase;
    m_phaseSince = now;
    m_unknownFor = {};
}

void NeighbourControl::queueIsShort(Monotonic now, double newestMs, double guestMbps)
{
    const double room = std::clamp(1 - newestMs / NeighbourTargetMs, 0.0, 1.0);
    const auto grow = [this, room](double part) {
        *m_allowed += (*m_allowed * part + AdditiveMbps) * room * m_growthTimes;
    };
    const auto growIntoTheUnknown = [this, &grow](double part) {
        m_unknownFor += m_growthTimes * Fractional(GrowthTime);
        grow(std::min(part * (1 + m_unknownFor / QuickenTime), MostUnknownGrowth));
    };
    // What is allowed stays when guests want less: so they begin with what the line could carry.
    const bool wanted = m_allowed && guestMbps >= std::min(*m_allowed, m_allowedOfLate) * NearlyAll;
    switch (m_phase) {
    case Phase::Free:
        return;
    case Phase::Drain:
        learn(now);
        enter(now, Phase::Climb);
        return;
    case Phase::Climb: {
        const auto cruise = cruiseMbps();
        // Up to what was had once guests need not ask for it: held so low, their own pace is slow.
        if (cruise || *m_allowed < m_mostMbps)
            grow(m_yielding ? ContendedGrowth : ClimbGrowth);
        else if (wanted)
            growIntoTheUnknown(ClimbGrowth);
        if (cruise && *m_allowed >= *cruise) {
            m_allowed = std::max(floorMbps(), *cruise);
            enter(now, Phase::Cruise);
        }
        return;
    }
    case Phase::Cruise:
        if (now - m_phaseSince >= m_cruiseFor && wanted)
            enter(now, Phase::Probe);
        return;
    case Phase::Probe:
        if (wanted && *m_allowed < *m_carries * (1 + SameCapacity))
            grow(ProbeGrowth);
        else if (wanted)
            growIntoTheUnknown(BeyondGrowth);
        return;
    }
}

} // namespace higgs::node
