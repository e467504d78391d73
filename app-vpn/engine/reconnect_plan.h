// SPDX-License-Identifier: GPL-3.0-or-later
// Decides, without clock or socket, how a lost or failed connection is tried again: the same
// session first, then a new one, away from exits that just failed, ever more slowly.
#pragma once

#include "app-vpn/engine/client_status.h"
#include "shared/base/backoff.h"

#include <map>
#include <vector>

namespace higgs::vpn {

/// How long after the first failure a client still says "connecting"; then it says "blocked", and
/// keeps trying. A person should not watch a spinner for longer.
inline constexpr Milliseconds GiveUpAfter{12'000};
/// How long an exit that failed is passed over while others can be had.
inline constexpr Milliseconds FailedNodeMemory{60'000};

/// What went wrong, in the terms that matter for the next attempt.
enum class Failure : std::uint8_t {
    RelayBroke,    ///< the connection to the relay broke; the session may live on
    SessionEnded,  ///< the server does not know the session any more
    ExitAway,      ///< an exit that did answer through the tunnel is silent, or left the relay
    ExitSilent,    ///< the exit never answered, or is good for nothing
    AttemptFailed, ///< anything else on the way to a tunnel
};

class ReconnectPlan
{
public:
    /// A person asked: everything of before is forgotten, but for the exits that failed.
    void begin(Monotonic now);
    /// The tunnel is verified: the next failure starts from the beginning.
    void succeeded();
    /// `node` is the exit of the failed attempt, null if none was chosen yet. `random` in [0, 1).
    /// `elsewhere`: what failed is one server of several, and another has not been tried.
    void failed(Monotonic now, Failure failure, const NodeId &node, double random,
                bool elsewhere = false);

    /// When the next attempt is due; meaningful after failed().
    [[nodiscard]] Monotonic due() const { return m_due; }
    /// True if the next attempt should open the relay of the same session again.
    [[nodiscard]] bool resumesSession() const { return m_resume; }
    /// True once trying has taken so long that the person should hear "blocked".
    [[nodiscard]] bool gaveUp(Monotonic now) const;

    [[nodiscard]] bool isAvoided(Monotonic now, const NodeId &node) const;
    /// The best candidate (given best first) that did not just fail, or the one that failed longest
    /// ago; null if that is the first, so that the caller keeps what the server selected.
    [[nodiscard]] NodeId preferred(Monotonic now, const std::vector<NodeId> &bestFirst) const;

private:
    static constexpr Milliseconds BackoffBase{500};
    static constexpr Milliseconds BackoffCap{15'000};
    static constexpr unsigned MaxResumes = 4;

    std::map<NodeId, Monotonic> m_failedNodes;
    std::optional<Monotonic> m_failingSince;
    Backoff m_backoff{BackoffBase, BackoffCap};     ///< of servers that are away
    Backoff m_exitBackoff{BackoffBase, BackoffCap}; ///< of exits, by servers that are there
    Monotonic m_due{};
    bool m_resume = false;
    unsigned m_resumes = 0;
    unsigned m_failures = 0;
};

} // namespace higgs::vpn
