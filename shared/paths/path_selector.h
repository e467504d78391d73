// SPDX-License-Identifier: GPL-3.0-or-later
// Decides which of a session's paths carries its traffic, and why that one. Pure.
#pragma once

#include "shared/base/clock.h"
#include "shared/paths/path_change.h"
#include "shared/protocol/path_reason.h"

#include <optional>
#include <span>

namespace higgs {

/// What is known of a path.
struct PathFacts
{
    protocol::PathType type = protocol::PathType::Relay;
    PathPhase phase = PathPhase::Opening;
    Monotonic since;                              ///< of this phase
    std::optional<protocol::PathReason> reason{}; ///< its own
};

inline bool isRelay(const PathFacts &facts)
{
    return facts.type == protocol::PathType::Relay;
}

struct PathRules
{
    /// How long a quiet path is waited for; none: as long as it stands.
    std::optional<Milliseconds> quietGrace;
    /// No other kind carries, whatever stands.
    std::optional<protocol::PathType> only{};
};

struct PathChoice
{
    std::optional<std::size_t> path; ///< its place among the facts; none: nothing carries
    protocol::PathReason reason = protocol::PathReason::RelayOnly; ///< where one carries
    std::optional<Monotonic> until; ///< without any change the choice is another one then
};

/// An open path before a quiet one; among them the shorter way, and at last the one named first.
PathChoice choosePath(Monotonic now, std::span<const PathFacts> paths, const PathRules &rules);

} // namespace higgs
