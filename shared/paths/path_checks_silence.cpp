// SPDX-License-Identifier: GPL-3.0-or-later
// What datagrams, and their silence, say of the chosen way; and how much may be asked of addresses
// that have never answered.
#include "shared/paths/path_checks.h"

#include <algorithm>

namespace higgs {

using namespace checks;

void PathChecks::trafficSent(Monotonic now)
{
    if (m_chosen && !m_waitsSince)
        m_waitsSince = now;
}

void PathChecks::trafficCame(Monotonic now)
{
    m_usedAt = now;
    m_cameAt = now;
    m_waitsSince.reset();
}

void PathChecks::trafficElsewhere(Monotonic now)
{
    if (m_decides || !m_chosen || now - m_usedAt < LeftAfter)
        return;
    m_nominated.reset();
    take(now, std::nullopt);
    hurry(now);
}

bool PathChecks::isSuspect(Monotonic now) const
{
    return m_waitsSince && now - *m_waitsSince >= SuspectAfter;
}

/// When a way under suspicion is probed: at once, if it was not just now. A probe that could not
/// leave was one.
Monotonic PathChecks::urgent(Monotonic now, const Target &target) const
{
    return std::max(now, target.triedAt + UrgentInterval);
}

bool PathChecks::isNarrow() const
{
    return std::any_of(m_targets.begin(), m_targets.end(), [](const Target &each) {
        return each.proven && !each.wide && each.missed > 0;
    });
}

bool PathChecks::isDoubtful() const
{
    return std::any_of(m_targets.begin(), m_targets.end(),
                       [this](const Target &each) { return isChosen(each) && each.missed > 0; });
}

bool PathChecks::takeUnproven(Monotonic now)
{
    const auto more = (now - m_unprovenAt) / UnprovenInterval;
    m_unprovenAt += more * UnprovenInterval;
    m_unproven =
        static_cast<unsigned>(std::min<decltype(more + 0)>(UnprovenBurst, m_unproven + more));
    if (m_unproven == 0)
        return false;
    --m_unproven;
    return true;
}

} // namespace higgs
