// SPDX-License-Identifier: GPL-3.0-or-later
// What is kept of one node beside its record: its failures, and the proofs that it has used.
#include "server/services/node_registry.h"
#include "server/services/registration.h"

#include <algorithm>

namespace higgs::server {

double Node::failuresAt(BootTime now) const
{
    return recentFailures.valueAt(now, NodeRegistry::FailureHalfLife);
}

double Node::failedSessionsAt(BootTime now) const
{
    return failedSessions.valueAt(now, NodeRegistry::FailedSessionHalfLife);
}

void SpentProofs::restore(const Clocks &now, std::int64_t latest)
{
    m_spent = {latest};
    m_offset = now.offset();
    // It was within the window when it was accepted: if it is beyond now, the clock was put back.
    const WallTime farthest = now.wall + ProofWindow;
    m_latest = latest > farthest.ms ? (now.wall - ProofWindow).ms : latest;
}

void SpentProofs::accept(const Clocks &now, std::int64_t timestamp)
{
    if (m_spent.size() == Kept)
        m_spent.erase(m_spent.begin());
    m_spent.push_back(timestamp);
    m_latest = timestamp;
    m_offset = now.offset();
}

bool SpentProofs::admits(const Clocks &now, std::int64_t timestamp) const
{
    const std::int64_t putBack = std::min<std::int64_t>(0, (now.offset() - m_offset).count());
    return timestamp > m_latest + putBack &&
           std::find(m_spent.begin(), m_spent.end(), timestamp) == m_spent.end();
}

} // namespace higgs::server
