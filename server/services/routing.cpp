// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/routing.h"

#include "server/services/nat_pairs.h"

#include <algorithm>

namespace higgs::server {

namespace {

// A session that the node never joined is its failure; one that both ends held may be the client's.
constexpr double NeverJoined = 1;
constexpr double NeverAnswered = 0.5;

protocol::NatType clientNat(const protocol::RoutingRequest &request)
{
    return request.clientNetworkInfo ? request.clientNetworkInfo->natType
                                     : protocol::NatType::Unknown;
}

ScoreInput inputOf(const RoutingMoment &now, const protocol::RoutingRequest &request)
{
    ScoreInput input;
    input.now = now.seeker.now;
    input.clientNat = clientNat(request);
    input.clientLeg = now.clientLeg;
    return input;
}

protocol::RouteType typeFor(const ScoreInput &input, const NodeFigures &figures)
{
    return directIsExpected(input.clientNat, figures.natType) ? protocol::RouteType::Direct
                                                              : protocol::RouteType::Relay;
}

/// The exits of a cascade by this entry, in their order. What is relayed takes both nodes' legs,
/// and is as fast as the slower.
std::vector<ScoredRoute> behind(const ScoredRoute &entry, const std::vector<ScoredRoute> &exits,
                                Milliseconds clientLeg)
{
    std::vector<ScoredRoute> routes;
    for (ScoredRoute route : exits) {
        if (route.node == entry.node)
            continue;
        route.type = protocol::RouteType::Cascade;
        route.expected.latency += entry.expected.latency - static_cast<double>(clientLeg.count());
        route.expected.bandwidth = std::min(route.expected.bandwidth, entry.expected.bandwidth);
        routes.push_back(route);
    }
    return routes;
}

} // namespace

Routing::Routing(NodeRegistry &nodes, SessionTable &sessions, std::uint64_t salt)
    : m_nodes(nodes), m_sessions(sessions), m_index(salt)
{
    m_nodes.watch([this](const Node &node, NodeRegistry::Change change) {
        if (change == NodeRegistry::Change::Gone)
            m_index.remove(node);
        else
            follow(node);
    });
    m_sessions.watch([this](const NodeId &id) {
        if (const Node *node = m_nodes.find(id))
            follow(*node);
    });
    m_nodes.forEach([this](const Node &node) { follow(node); });
}

void Routing::follow(const Node &node)
{
    const NodeId &id = node.record.id;
    m_index.put(node, m_sessions.countOf(id), m_sessions.mayGiveWayOn(id));
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
    const NodeId &id = node->record.id;
    if (!m_sessions.hasPlace(id, node->record.maxConnections, now.seeker))
        return RoutingFailure::NodeFull;
    const NodeFigures figures = figuresOf(*node, m_sessions.countOf(id));
    const ScoreInput input = inputOf(now, request);
    return std::vector{ScoredRoute{id, typeFor(input, figures), score(figures, input).total(),
                                   estimate(figures, node->record.country, now.clientLeg)}};
}

std::vector<Weighed> Routing::weigh(const RoutingMoment &now,
                                    const protocol::RoutingRequest &request)
{
    const protocol::RouteRequirements &wanted = request.requirements;
    const auto hasPlace = [&](const Node &node) {
        return m_sessions.hasPlace(node.record.id, node.record.maxConnections, now.seeker);
    };
    Dice dice = Dice::seeded(now.random());
    ScoreInput input = inputOf(now, request);
    std::vector<Weighed> weighed;
    for (const auto *member : m_index.draw({wanted, MaxRoutesOffered, hasPlace}, dice)) {
        input.isWantedRegion = wanted.preferredLocation &&
                               wanted.preferredLocation->text == RouteIndex::regionOf(*member);
        input.chance = dice.unit();
        weighed.push_back({member, typeFor(input, member->figures), score(member->figures, input)});
    }
    std::sort(weighed.begin(), weighed.end(), [](const Weighed &a, const Weighed &b) {
        const double first = a.parts.total();
        const double second = b.parts.total();
        return first != second ? first > second
                               : a.member->node->record.id < b.member->node->record.id;
    });
    return weighed;
}

std::variant<std::vector<ScoredRoute>, RoutingFailure>
Routing::choose(const RoutingMoment &now, const protocol::RoutingRequest &request)
{
    if (request.targetNodeId)
        return chooseTarget(now, request);
    const std::vector<Weighed> weighed = weigh(now, request);
    if (weighed.empty())
        return m_index.size() > 0 ? RoutingFailure::NoMatchingNode : RoutingFailure::NoNodeOnline;
    std::vector<ScoredRoute> routes;
    routes.reserve(MaxRoutesOffered);
    const std::size_t count = std::min(weighed.size(), MaxRoutesOffered);
    for (std::size_t i = 0; i < count; ++i)
        __builtin_prefetch(weighed[i].member->node);
    for (std::size_t i = 0; i < count; ++i) {
        const RouteIndex::Member &member = *weighed[i].member;
        routes.push_back({member.node->record.id, weighed[i].type, weighed[i].parts.total(),
                          estimate(member.figures, RouteIndex::countryOf(member), now.clientLeg)});
    }
    return routes;
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
        const auto &among = std::get<0>(entries);
        // An exit's own entry would know who asks, and for what.
        const auto entry = std::find_if(among.begin(), among.end(), [&exit](const ScoredRoute &it) {
            return it.node != exit.node;
        });
        if (entry != among.end())
            return CascadeChoice{entry->node, behind(*entry, std::get<0>(exits), now.clientLeg)};
    }
    return RoutingFailure::NoMatchingNode;
}

Estimate Routing::estimate(const NodeFigures &figures, const protocol::CountryCode &country,
                           Milliseconds clientLeg) const
{
    auto latency = figures.latency;
    auto bandwidth = figures.bandwidth;
    if (!latency || !bandwidth) {
        const RouteIndex::Medians usual = m_index.medians(country);
        latency = latency ? latency : usual.latency;
        bandwidth = bandwidth ? bandwidth : usual.bandwidth;
    }
    const Estimate none;
    return {latency.value_or(none.latency) + static_cast<double>(clientLeg.count()),
            bandwidth.value_or(none.bandwidth)};
}

void Routing::sessionEnded(BootTime now, const Session &session)
{
    const NodeId &node = session.record.node;
    const bool isAnnounced = session.record.clientKey || !session.forward.empty();
    if (!session.clientJoined || session.from.isNull() || !isAnnounced)
        return; // nobody came, or the node was never told of a peer
    if (session.answered)
        return m_nodes.noteGoodSession(now, node);
    const BootTime left = session.clientOpen ? now : session.clientGoneSince;
    if (left - session.joinedAt >= PatienceOfClients)
        m_nodes.noteFailedSession(now, node, session.from,
                                  session.nodeJoined ? NeverAnswered : NeverJoined);
}

} // namespace higgs::server
