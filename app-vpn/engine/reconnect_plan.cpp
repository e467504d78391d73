// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/engine/reconnect_plan.h"

#include <algorithm>

namespace higgs::vpn {

void ReconnectPlan::begin(Monotonic now)
{
    succeeded();
    m_due = now;
}

void ReconnectPlan::succeeded()
{
    m_failingSince.reset();
    m_backoff.reset();
    m_exitBackoff.reset();
    m_resume = false;
    m_resumes = 0;
    m_failures = 0;
}

void ReconnectPlan::failed(Monotonic now, Failure failure, const NodeId &node, double random,
                           bool elsewhere)
{
    if (!m_failingSince)
        m_failingSince = now;
    std::erase_if(m_failedNodes,
                  [&](const auto &entry) { return now - entry.second >= FailedNodeMemory; });
    const bool ofExit = failure == Failure::ExitSilent || failure == Failure::ExitAway;
    if (ofExit && !node.isNull())
        m_failedNodes[node] = now;

    const bool goesOn = elsewhere && failure == Failure::RelayBroke;
    m_resume = failure == Failure::RelayBroke && m_resumes < MaxResumes;
    if (m_resume && !goesOn)
        ++m_resumes;
    // The first try after a loss is at once: most losses are one node or one TCP connection. After
    // that the waits grow, so that a restarted server is not stormed.
    if (goesOn) {
        m_due = now; // each of them once
        return;
    }
    const bool first = m_failures++ == 0;
    // An exit that was told of shows that the server is there: what was waited for that counts no
    // more.
    if (ofExit)
        m_backoff.reset();
    m_due = first ? now : now + (ofExit ? m_exitBackoff : m_backoff).next(random);
}

bool ReconnectPlan::gaveUp(Monotonic now) const
{
    return m_failingSince && now - *m_failingSince >= GiveUpAfter;
}

bool ReconnectPlan::isAvoided(Monotonic now, const NodeId &node) const
{
    const auto entry = m_failedNodes.find(node);
    return entry != m_failedNodes.end() && now - entry->second < FailedNodeMemory;
}

NodeId ReconnectPlan::preferred(Monotonic now, const std::vector<NodeId> &bestFirst) const
{
    if (bestFirst.empty() || !isAvoided(now, bestFirst.front()))
        return {};
    // A good one if there is any; else the one that failed longest ago: it had time to come back.
    const auto failedAt = [&](const NodeId &node) {
        return isAvoided(now, node) ? m_failedNodes.at(node) : Monotonic::min();
    };
    const auto best =
        std::min_element(bestFirst.begin(), bestFirst.end(), [&](const NodeId &a, const NodeId &b) {
            return failedAt(a) < failedAt(b);
        });
    return best == bestFirst.begin() ? NodeId{} : *best;
}

} // namespace higgs::vpn
