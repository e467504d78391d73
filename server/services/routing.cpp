// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/routing.h"

namespace higgs::server {

namespace {

std::string cacheKey(const protocol::RouteRequirements &wanted)
{
    std::string key;
    const auto country = promisedCountry(wanted);
    key += country ? country->text() : "*";
    key += '|' + (wanted.minBandwidth ? std::to_string(*wanted.minBandwidth) : "");
    key += '|' + (wanted.maxLatency ? std::to_string(*wanted.maxLatency) : "");
    return key;
}

protocol::NatType clientNat(const protocol::RoutingRequest &request)
{
    return request.clientNetworkInfo ? request.clientNetworkInfo->natType
                                     : protocol::NatType::Unknown;
}

} // namespace

ScoredRoute Routing::scored(const RoutingMoment &now, const Node &node,
                            const protocol::RoutingRequest &request) const
{
    const ScoreInput input{&node, m_sessions.countOf(node.record.id), now.random()};
    return score(now.seeker.now, input, request.requirements, clientNat(request));
}

std::vector<NodeId> Routing::candidates(Monotonic now, const protocol::RouteRequirements &wanted)
{
    const std::string key = cacheKey(wanted);
    if (auto cached = m_cache.candidates(now, key))
        return std::move(*cached);
    std::vector<NodeId> matching;
    m_nodes.forEach([&](const Node &node) {
        if (node.isOffered() && meetsRequirements(node, wanted))
            matching.push_back(node.record.id);
    });
    m_cache.putCandidates(now, key, matching);
    return matching;
}

std::variant<std::vector<ScoredRoute>, RoutingFailure>
Routing::chooseTarget(const RoutingMoment &now, const protocol::RoutingRequest &request)
{
    const Node *node = m_nodes.find(*request.targetNodeId);
    if (node == nullptr || !node->record.approved)
        return RoutingFailure::UnknownNode;
    const auto country = promisedCountry(request.requirements);
    if (country && node->record.country != *country)
        return RoutingFailure::NoMatchingNode;
    if (!node->isOffered())
        return RoutingFailure::NodeOffline;
    if (!m_sessions.hasPlace(node->record.id, node->record.maxConnections, now.seeker))
        return RoutingFailure::NodeFull;
    return std::vector<ScoredRoute>{scored(now, *node, request)};
}

std::variant<std::vector<ScoredRoute>, RoutingFailure>
Routing::choose(const RoutingMoment &now, const protocol::RoutingRequest &request)
{
    if (request.targetNodeId)
        return chooseTarget(now, request);
    std::vector<ScoredRoute> routes;
    for (const NodeId &id : candidates(now.monotonic, request.requirements)) {
        const Node *node = m_nodes.find(id);
        if (node == nullptr || !node->isOffered() ||
            !m_sessions.hasPlace(id, node->record.maxConnections, now.seeker))
            continue;
        routes.push_back(scored(now, *node, request));
    }
    if (!routes.empty())
        return bestRoutes(std::move(routes), MaxRoutesOffered);
    bool anyOnline = false;
    m_nodes.forEach([&](const Node &node) { anyOnline = anyOnline || node.isOffered(); });
    return anyOnline ? RoutingFailure::NoMatchingNode : RoutingFailure::NoNodeOnline;
}

std::variant<CascadeChoice, RoutingFailure>
Routing::chooseCascade(const RoutingMoment &now, const protocol::RoutingRequest &request)
{
    const auto exits = choose(now, request);
    if (const auto *failure = std::get_if<RoutingFailure>(&exits))
        return *failure;
    protocol::RoutingRequest first;
    first.clientNetworkInfo = request.clientNetworkInfo;
    first.requirements.preferredCountry = request.requirements.via;
    const auto entries = choose(now, first);
    if (const auto *failure = std::get_if<RoutingFailure>(&entries))
        return *failure;
    for (const ScoredRoute &exit : std::get<0>(exits)) {
        for (const ScoredRoute &entry : std::get<0>(entries)) {
            if (entry.node == exit.node)
                continue; // it would know who asks, and for what
            ScoredRoute route = exit;
            route.type = protocol::RouteType::Cascade;
            return CascadeChoice{entry.node, {route}};
        }
    }
    return RoutingFailure::NoMatchingNode;
}

} // namespace higgs::server
