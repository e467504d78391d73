// SPDX-License-Identifier: GPL-3.0-or-later
// From a routing request to an ordered list of nodes: who is promised, who matches, who is best.
#pragma once

#include "server/cache/route_cache.h"
#include "server/services/route_choice.h"
#include "server/services/session_table.h"

#include <functional>

namespace higgs::server {

/// Alternatives in one answer; a client that needs more asks again.
constexpr std::size_t MaxRoutesOffered = 8;

enum class RoutingFailure { UnknownNode, NodeOffline, NodeFull, NoMatchingNode, NoNodeOnline };

struct RoutingMoment
{
    Monotonic monotonic;
    PlaceSeeker seeker;
    std::function<double()> random; ///< uniform in [0, 1)
};

/// A cascade: its first node, and its exits, best first, of which the first is no entry.
struct CascadeChoice
{
    NodeId entry;
    std::vector<ScoredRoute> exits;
};

class Routing
{
public:
    /// The references must outlive it.
    Routing(const NodeRegistry &nodes, const SessionTable &sessions, RouteCache &cache)
        : m_nodes(nodes), m_sessions(sessions), m_cache(cache)
    {}

    /// Best first, never empty.
    std::variant<std::vector<ScoredRoute>, RoutingFailure>
    choose(const RoutingMoment &now, const protocol::RoutingRequest &request);

    /// With requirements.via: an exit as choose() has it, and another node in that country.
    std::variant<CascadeChoice, RoutingFailure>
    chooseCascade(const RoutingMoment &now, const protocol::RoutingRequest &request);

private:
    std::variant<std::vector<ScoredRoute>, RoutingFailure>
    chooseTarget(const RoutingMoment &now, const protocol::RoutingRequest &request);
    std::vector<NodeId> candidates(Monotonic now, const protocol::RouteRequirements &wanted);
    [[nodiscard]] ScoredRoute scored(const RoutingMoment &now, const Node &node,
                                     const protocol::RoutingRequest &request) const;

    const NodeRegistry &m_nodes;
    const SessionTable &m_sessions;
    RouteCache &m_cache;
};

} // namespace higgs::server
