// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/route_explanation.h"

#include <unordered_set>

namespace higgs::server {

namespace {

constexpr std::array<std::string_view, LeftOutCount> Names = {
    "pending",   "maintenance", "offline", "no_places", "other_country",
    "bandwidth", "latency",     "full",    "not_drawn",
};

LeftOut reasonOf(const Node &node, const protocol::RouteRequirements &wanted,
                 const std::function<bool(const Node &)> &hasPlace)
{
    const NodeRecord &record = node.record;
    if (!record.approved)
        return LeftOut::Pending;
    if (record.maintenance)
        return LeftOut::Maintenance;
    if (!node.online)
        return LeftOut::Offline;
    if (record.maxConnections == 0)
        return LeftOut::NoPlaces;
    const auto country = promisedCountry(wanted);
    if (country && record.country != *country)
        return LeftOut::OtherCountry;
    protocol::RouteRequirements width;
    width.minBandwidth = wanted.minBandwidth;
    if (!meetsRequirements(node, width))
        return LeftOut::TooNarrow;
    if (!meetsRequirements(node, wanted))
        return LeftOut::TooSlow;
    return hasPlace(node) ? LeftOut::NotDrawn : LeftOut::Full;
}

RouteExplanation::Candidate candidateOf(const Weighed &weighed, const Routing &routing,
                                        const RoutingMoment &now)
{
    const Node &node = *weighed.member->node;
    RouteExplanation::Candidate candidate;
    candidate.node = node.record.id;
    candidate.region = RouteIndex::regionOf(*weighed.member);
    candidate.type = weighed.type;
    candidate.figures = weighed.member->figures;
    candidate.failures = node.failuresAt(now.seeker.now);
    candidate.failedSessions = node.failedSessionsAt(now.seeker.now);
    candidate.parts = weighed.parts;
    candidate.estimate = routing.estimate(candidate.figures, node.record.country, now.clientLeg);
    return candidate;
}

} // namespace

std::string_view toString(LeftOut reason)
{
    return Names[static_cast<std::size_t>(reason)];
}

RouteExplanation explainRoutes(Routing &routing, const NodeRegistry &nodes,
                               const SessionTable &sessions, const RoutingMoment &now,
                               const protocol::RoutingRequest &request)
{
    RouteExplanation explanation;
    explanation.nodes = nodes.size();
    std::unordered_set<const Node *> drawn;
    for (const Weighed &each : routing.weigh(now, request)) {
        drawn.insert(each.member->node);
        ++explanation.considered;
        if (explanation.candidates.size() < RouteExplanation::ShownCandidates)
            explanation.candidates.push_back(candidateOf(each, routing, now));
    }
    const auto hasPlace = [&](const Node &node) {
        return sessions.hasPlace(node.record.id, node.record.maxConnections, now.seeker);
    };
    nodes.forEach([&](const Node &node) {
        if (drawn.contains(&node))
            return;
        const LeftOut reason = reasonOf(node, request.requirements, hasPlace);
        auto &group = explanation.leftOut[static_cast<std::size_t>(reason)];
        ++group.count;
        if (group.named.size() < RouteExplanation::NamedOfEach)
            group.named.push_back(node.record.id);
        if (request.targetNodeId == node.record.id)
            explanation.targetLeftOut = reason;
    });
    return explanation;
}

} // namespace higgs::server
