// SPDX-License-Identifier: GPL-3.0-or-later
// When a relay session has to be looked at again.
#include "server/relay/relay_session.h"

#include <algorithm>

namespace higgs::relay {

Monotonic RelaySession::deadline(Seconds linger) const
{
    Monotonic at = m_expiresAt;
    Monotonic forsaken{};
    bool anyoneHere = false;
    for (const End &each : m_ends) {
        if (!each.candidates.empty() && each.candidatesTaken == CandidatesAtOnce)
            at = std::min(at, each.candidatesAt);
        if (each.attached)
            at = std::min({at, each.heardAt + SilenceLimit, each.nextHeartbeat});
        if (!each.held.empty())
            at = std::min(at, each.held.front().since + HoldTime);
        if (!each.heldTexts.empty())
            at = std::min(at, each.heldTexts.front().since + HoldTime);
        anyoneHere |= each.attached || !each.held.empty() || !each.heldTexts.empty();
        forsaken = std::max(forsaken, each.goneAt + linger);
    }
    return anyoneHere ? at : std::min(at, forsaken);
}

bool RelaySession::isForsaken(Monotonic now, Seconds linger) const
{
    return std::all_of(m_ends.begin(), m_ends.end(), [&](const End &each) {
        return !each.attached && now - each.goneAt >= linger && each.held.empty() &&
               each.heldTexts.empty();
    });
}

} // namespace higgs::relay
