// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/neighbour_control.h"

#include <algorithm>

namespace higgs::node {

namespace {

/// A standing queue shows in the lowest of some round trips, a late wake-up does not.
constexpr std::size_t RecentProbes = 2;
/// RFC 6817 section 2.4.1: the line's own delay is the lowest of the last minutes.
constexpr Seconds BaseBucket{60};
constexpr std::size_t BaseBuckets = 10;
/// A queue that falls so much from probe to probe has been dealt with.
constexpr double DrainingMs = 3;
/// A change must show before the next one.
constexpr Milliseconds HoldInterval{90};
/// At this many targets over the target guests lose half.
constexpr double HalvingExcess = 4;
constexpr double MostCut = 0.5;
/// Growth a probe: carefully around the rate at which the queue last stood, quickly far from it.
constexpr double NearGrowth = 0.01;
constexpr double BelowGrowth = 0.05;
constexpr double BeyondGrowth = 0.04;
constexpr double Near = 0.08;
constexpr double AdditiveMbps = 0.02;
/// Who uses less than this part of what is allowed is not held by it.
constexpr double NearlyAll = 0.7;
/// So long after guests were last held they count as free.
constexpr Seconds YieldingFor{10};
constexpr unsigned LineGone = 20;
constexpr double LostQueueMs = 100;

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
    m_recent.push_back(rttMs);
    while (m_recent.size() > RecentProbes)
        m_recent.pop_front();
    const auto lowest =
        std::min_element(m_base.begin(), m_base.end(),
                         [](const Lowest &a, const Lowest &b) { return a.rttMs < b.rttMs; });
    const double standing = *std::min_element(m_recent.begin(), m_recent.end());
    m_queueMs = standing - lowest->rttMs;
    m_yielding = m_allowed && now - m_heldAt < YieldingFor;
    const bool drains = m_recent.size() > 1 && *(m_recent.end() - 2) - rttMs > DrainingMs;
    if (*m_queueMs <= NeighbourTargetMs)
        loosen(rttMs - lowest->rttMs, guestMbps); // by the newest: no growth into a queue
    else if (!drains)
        hold(now, *m_queueMs, guestMbps);
}

void NeighbourControl::lost(Monotonic now, double guestMbps)
{
    if (++m_lostInRow >= LineGone) {
        reset();
        m_lostInRow = LineGone;
        return;
    }
    if (m_queueMs)
        hold(now, std::max(*m_queueMs, LostQueueMs), guestMbps);
}

void NeighbourControl::hold(Monotonic now, double queueMs, double guestMbps)
{
    // Guests who hardly send are not the queue's cause, and have nothing to yield.
    if (now - m_heldAt < HoldInterval || guestMbps < NeighbourFloorMbps / 2)
        return;
    const double excess = (queueMs - NeighbourTargetMs) / (HalvingExcess * NeighbourTargetMs);
    const double keep = 1 - MostCut * std::min(1.0, excess);
    const double from =
        m_allowed ? std::min(*m_allowed, std::max(guestMbps, *m_allowed / 2)) : guestMbps;
    m_allowed = std::max(NeighbourFloorMbps, from * keep);
    m_ceilingMbps = from;
    m_heldAt = now;
    m_yielding = true;
}

void NeighbourControl::loosen(double queueMs, double guestMbps)
{
    // What is allowed stays when guests want less: so they begin with what the line could carry.
    if (!m_allowed || guestMbps < *m_allowed * NearlyAll)
        return;
    const double growth = *m_allowed < m_ceilingMbps * (1 - Near)   ? BelowGrowth
                          : *m_allowed < m_ceilingMbps * (1 + Near) ? NearGrowth
                                                                    : BeyondGrowth;
    const double room = std::clamp(1 - queueMs / NeighbourTargetMs, 0.0, 1.0);
    *m_allowed += *m_allowed * growth * room + AdditiveMbps * room;
}

} // namespace higgs::node
