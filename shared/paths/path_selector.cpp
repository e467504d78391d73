// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/path_selector.h"

#include <algorithm>
#include <array>

namespace higgs {

using protocol::PathReason;
using protocol::PathType;

namespace {

struct Preference
{
    PathType type;
    PathReason reason; ///< of taking it, as far as its kind tells
};

/// Best first: the fewer stand in between, the shorter the way.
constexpr std::array Preferences = {
    Preference{PathType::Direct, PathReason::Direct},
    Preference{PathType::Turn, PathReason::TurnRelay},
    Preference{PathType::Cascade, PathReason::Cascade},
    Preference{PathType::Relay, PathReason::RelayOnly},
};

std::size_t rankOf(PathType type)
{
    const auto found = std::find_if(Preferences.begin(), Preferences.end(),
                                    [type](const Preference &each) { return each.type == type; });
    return static_cast<std::size_t>(found - Preferences.begin());
}

/// When a quiet path is given up; none: never.
std::optional<Monotonic> endOf(const PathFacts &facts, const PathRules &rules)
{
    if (facts.phase != PathPhase::Quiet || !rules.quietGrace)
        return std::nullopt;
    return facts.since + *rules.quietGrace;
}

bool carries(Monotonic now, const PathFacts &facts, const PathRules &rules)
{
    if (rules.only && facts.type != *rules.only)
        return false;
    if (facts.phase == PathPhase::Open)
        return true;
    const std::optional<Monotonic> end = endOf(facts, rules);
    return facts.phase == PathPhase::Quiet && (!end || now < *end);
}

bool isBetter(const PathFacts &a, const PathFacts &b)
{
    if (a.phase != b.phase)
        return a.phase == PathPhase::Open;
    return rankOf(a.type) < rankOf(b.type);
}

/// Of a relay: what is to be said of the shorter ways, which do not carry.
PathReason reasonFor(const PathFacts &chosen, std::span<const PathFacts> paths,
                     const PathRules &rules)
{
    if (rules.only)
        return PathReason::Pinned;
    const std::size_t rank = rankOf(chosen.type);
    PathReason reason = chosen.reason.value_or(Preferences[rank].reason);
    if (chosen.type != PathType::Relay)
        return reason;
    for (const PathFacts &each : paths) {
        if (rankOf(each.type) >= rank)
            continue;
        if (each.phase == PathPhase::Opening)
            return PathReason::Probing;
        if (each.phase == PathPhase::Idle && each.reason)
            reason = *each.reason;
    }
    return reason;
}

} // namespace

PathChoice choosePath(Monotonic now, std::span<const PathFacts> paths, const PathRules &rules)
{
    PathChoice choice;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        if (carries(now, paths[i], rules) &&
            (!choice.path || isBetter(paths[i], paths[*choice.path])))
            choice.path = i;
    }
    if (choice.path) {
        choice.reason = reasonFor(paths[*choice.path], paths, rules);
        choice.until = endOf(paths[*choice.path], rules);
    }
    return choice;
}

} // namespace higgs
