// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/sessions_api.h"

#include "server/api/upgrade.h"
#include "server/relay/relay_hub.h"
#include "server/services/candidates.h"
#include "shared/base/log.h"

namespace higgs::server {

namespace {

constexpr Seconds RetryWhenNoNode{30};
constexpr int CostDirect = 1;
constexpr int CostRelay = 2;

Refusal refusalFor(RoutingFailure failure)
{
    switch (failure) {
    case RoutingFailure::UnknownNode:
        return {404, "unknown_node", "there is no such node"};
    case RoutingFailure::NodeOffline:
        return {503, "node_offline", "the node is offline or in maintenance", {}, RetryWhenNoNode};
    case RoutingFailure::NodeFull:
        return {503, "node_full", "the node has no free place", {}, RetryWhenNoNode};
    case RoutingFailure::NoMatchingNode:
        return {404, "no_matching_node", "no node meets the requirements"};
    case RoutingFailure::NoNodeOnline:
        break;
    }
    return {503, "no_node_online", "no node is online", {}, RetryWhenNoNode};
}

/// What a schema cannot say: a place outside the promised country, a key of low order.
std::optional<protocol::Fault> faultOf(const protocol::RoutingRequest &request)
{
    const auto &wanted = request.requirements;
    if (wanted.preferredLocation && wanted.preferredCountry &&
        wanted.preferredLocation->country != *wanted.preferredCountry)
        return protocol::Fault{"/requirements/preferredLocation", "is not in preferredCountry"};
    if (request.clientPublicKey) {
        const auto key = PublicKey::parse(request.clientPublicKey->text());
        if (!key)
            return protocol::Fault{"/clientPublicKey", key.error().detail};
    }
    return std::nullopt;
}

RouteId freshRouteId()
{
    return *RouteId::parse(randomUuid());
}

protocol::Route wireRoute(ServerState &state, const std::string &group, const NodeId &entry,
                          const ScoredRoute &scored, Milliseconds clientLeg)
{
    const Node *node = state.nodes.find(scored.node);
    const std::string key = group + '|' + entry.text() + '|' + scored.node.text() + '|' +
                            std::string(protocol::toString(scored.type));
    protocol::Route route;
    route.id = state.routeCache.routeId(monotonicNow(), key, freshRouteId());
    route.type = scored.type;
    route.path = entry.isNull() ? std::vector{scored.node} : std::vector{entry, scored.node};
    const Estimate expected =
        state.countryFigures.estimate(monotonicNow(), state.nodes, *node, clientLeg);
    route.estimatedLatency = expected.latency;
    route.estimatedBandwidth = expected.bandwidth;
    route.cost = scored.type == protocol::RouteType::Direct ? CostDirect : CostRelay;
    route.priority = priorityOf(scored.score);
    return route;
}

Monotonic relayExpiry(const Session &session)
{
    return monotonicNow() + (session.expiresAt - bootNow());
}

protocol::WireguardConfig wireguardConfig(const ServerState &state, const Node &node,
                                          const Session &session)
{
    protocol::WireguardConfig config;
    config.publicKey = node.record.publicKey;
    config.address = state.life.networks().address4(session.record.addressIndex);
    config.addressV6 = state.life.networks().address6(session.record.addressIndex);
    config.dns = state.settings.dns;
    config.allowedIps = {*IpPrefix::parse("0.0.0.0/0"), *IpPrefix::parse("::/0")};
    config.endpoint = node.record.mapped;
    return config;
}

} // namespace

/// A session between its decision and the storage's answer.
struct SessionsApi::Opening
{
    SessionId session;
    std::string token; ///< moved into the answer; not kept
    std::vector<protocol::Route> routes;
    std::vector<SessionId> giveWay;
};

std::optional<std::string> SessionsApi::clientGroup(const ExchangePtr &exchange,
                                                    const ClientId &client)
{
    const auto key = m_core.accessKey(exchange->request);
    if (key)
        return clientGroupOfKey(key->name);
    if (m_core.state().settings.access == protocol::Access::Key)
        return std::nullopt;
    return digestOf("client|" + client.text() + '|' + exchange->peer.address.toString());
}

void SessionsApi::requestRoute(const ExchangePtr &exchange)
{
    ServerState &state = m_core.state();
    if (state.settings.access == protocol::Access::Key && !m_core.accessKey(exchange->request))
        return m_core.unauthorized(exchange);
    const auto json = m_core.body(exchange);
    if (!json)
        return;
    protocol::Faults faults;
    const auto request = protocol::decodeRoutingRequest(*json, &faults);
    if (!request)
        return m_core.validationFailed(exchange, std::move(faults));
    if (auto fault = faultOf(*request))
        return m_core.validationFailed(exchange, {std::move(*fault)});
    const auto group = clientGroup(exchange, request->clientId);
    if (!group)
        return m_core.unauthorized(exchange);
    const PlaceSeeker seeker{bootNow(), exchange->peer.address, state.settings.limits.waitingIsSafe,
                             state.settings.limits.unansweredIsSafe};
    const auto chosen = choose(*request, seeker);
    if (const auto *failure = std::get_if<RoutingFailure>(&chosen))
        return m_core.refuse(exchange, refusalFor(*failure));
    const auto &choice = std::get<Choice>(chosen);
    if (auto giveWay = makeRoom(exchange, *group, choice, seeker))
        open(exchange, *request, *group, choice, std::move(*giveWay));
}

std::variant<SessionsApi::Choice, RoutingFailure>
SessionsApi::choose(const protocol::RoutingRequest &request, const PlaceSeeker &seeker)
{
    Routing &routing = m_core.state().routing;
    const RoutingMoment now{monotonicNow(), seeker, randomUnit};
    if (!request.requirements.via) {
        auto routes = routing.choose(now, request);
        if (const auto *failure = std::get_if<RoutingFailure>(&routes))
            return *failure;
        return Choice{std::move(std::get<0>(routes)), {}};
    }
    auto cascade = routing.chooseCascade(now, request);
    if (const auto *failure = std::get_if<RoutingFailure>(&cascade))
        return *failure;
    auto &found = std::get<CascadeChoice>(cascade);
    return Choice{std::move(found.exits), found.entry};
}

std::optional<std::vector<SessionId>> SessionsApi::makeRoom(const ExchangePtr &exchange,
                                                            const std::string &group,
                                                            const Choice &choice,
                                                            const PlaceSeeker &seeker)
{
    ServerState &state = m_core.state();
    const Limits &limits = state.settings.limits;
    const auto tooMany = [&](std::string_view text, Seconds retryAfter) {
        m_core.refuse(exchange, {429, "too_many_sessions", std::string(text), {}, retryAfter});
        return std::nullopt;
    };
    const std::size_t count = choice.isCascade() ? 2 : 1;
    SessionAdmission admission = state.sessions.admit(group, limits.sessionsPerClient, count);
    if (!admission.admitted)
        return tooMany("all sessions of this client are in use", RetryWhenNoNode);
    if (state.sessions.size() + count > limits.sessions) {
        m_core.serverFull(exchange, "as many sessions are open as this server takes");
        return std::nullopt;
    }
    // Neighbours who ask without coming, or hold what they do not use, keep nobody of their
    // network out.
    if (const auto full = state.sessions.fullOfWaiting(seeker.from, limits.waitingSessions)) {
        const auto longest =
            state.sessions.longestWaitingIn(*full, seeker.now - limits.waitingIsSafe);
        if (!longest)
            return tooMany("too many sessions of this address wait for their first connection",
                           std::chrono::ceil<Seconds>(limits.waitingIsSafe));
        state.life.end(*longest, relay::CloseNormal, "Session closed");
    }
    if (const auto full = state.sessions.fullOfSessions(seeker.from, limits.sessionCaps())) {
        auto unused = state.sessions.abandonedIn(*full, seeker.now - limits.sessionAbandoned);
        if (!unused)
            unused = state.sessions.unansweredIn(*full, seeker.now - limits.unansweredIsSafe);
        if (!unused)
            return tooMany("too many sessions of this address are open", RetryWhenNoNode);
        state.life.end(*unused, relay::CloseNormal, "Session closed");
    }
    makePlaceOn(choice.routes.front().node, seeker);
    if (choice.isCascade())
        makePlaceOn(choice.entry, seeker);
    return std::move(admission.giveWay);
}

void SessionsApi::makePlaceOn(const NodeId &node, const PlaceSeeker &seeker)
{
    ServerState &state = m_core.state();
    if (state.sessions.countOf(node) < state.nodes.find(node)->record.maxConnections)
        return;
    const auto gives = state.sessions.givesWayOn(node, seeker);
    const Session *session = gives ? state.sessions.find(*gives) : nullptr;
    if (session != nullptr && session->clientJoined)
        state.life.end(*gives, relay::CloseNormal, "Place given to another network");
    else if (session != nullptr)
        state.life.end(*gives, relay::CloseNormal, "Session closed");
}

void SessionsApi::open(const ExchangePtr &exchange, const protocol::RoutingRequest &request,
                       const std::string &group, const Choice &choice,
                       std::vector<SessionId> giveWay)
{
    ServerState &state = m_core.state();
    auto opening = std::make_shared<Opening>();
    const Milliseconds clientLeg = exchange->reply.roundTrip();
    for (const ScoredRoute &route : choice.routes)
        opening->routes.push_back(wireRoute(state, group, choice.entry, route, clientLeg));
    opening->token = randomUuid();
    opening->giveWay = std::move(giveWay);

    const Clocks now = clocksNow();
    SessionRecord record;
    record.id = *SessionId::parse(randomUuid());
    record.client = request.clientId;
    record.clientGroup = group;
    record.route = opening->routes.front().id;
    record.routeType = choice.routes.front().type;
    record.tokenDigest = digestOf(opening->token);
    record.createdAt = now.wall;
    record.expiresAt = now.wall + state.settings.sessionLife;
    opening->session = record.id;
    const auto records = place(exchange, std::move(record), request, choice);
    if (!records)
        return m_core.refuse(exchange, refusalFor(RoutingFailure::NodeFull));
    state.storage.saveSessions(
        *records,
        m_core.whenStored<void>(exchange, [this, exchange, opening](const Result<void> &stored) {
            if (!stored || exchange->answered)
                m_core.state().life.end(opening->session, relay::CloseNormal, "Session closed",
                                        SessionEnd::Error);
            else
                opened(exchange, *opening);
        }));
}

Result<std::vector<SessionRecord>> SessionsApi::place(const ExchangePtr &exchange,
                                                      SessionRecord record,
                                                      const protocol::RoutingRequest &request,
                                                      const Choice &choice)
{
    SessionTable &sessions = m_core.state().sessions;
    const Clocks now = clocksNow();
    const IpAddress &from = exchange->peer.address;
    if (!choice.isCascade()) {
        record.node = choice.routes.front().node;
        record.clientKey = request.clientPublicKey;
        if (request.clientNetworkInfo) {
            record.clientNatType = request.clientNetworkInfo->natType;
            record.clientMapped =
                tellableMapped(request.clientNetworkInfo->stunMappedAddress, from);
        }
        const auto session = sessions.add(now, std::move(record), from);
        if (!session)
            return unexpected(session.error());
        return std::vector{(*session)->record};
    }
    // The entry is told nothing of what is inside, the exit nothing of where it came from.
    std::string token = randomUuid();
    SessionRecord onward = record;
    onward.id = *SessionId::parse(randomUuid());
    onward.node = choice.routes.front().node;
    onward.tokenDigest = digestOf(token);
    onward.clientKey = request.clientPublicKey;
    record.node = choice.entry;
    const SessionId entered = record.id;
    const SessionId exits = onward.id;
    const auto second = sessions.add(now, std::move(onward), from, entered);
    if (!second)
        return unexpected(second.error());
    const auto first =
        sessions.add(now, std::move(record), from, exits, SecretText(std::move(token)));
    if (!first) {
        sessions.remove(exits);
        return unexpected(first.error());
    }
    return std::vector{(*first)->record, sessions.find(exits)->record};
}

void SessionsApi::opened(const ExchangePtr &exchange, const Opening &opening)
{
    ServerState &state = m_core.state();
    for (const SessionId &old : opening.giveWay)
        state.life.end(old, relay::CloseNormal, "Session closed");
    const Session *first = state.sessions.find(opening.session);
    const Session *session = first != nullptr && !first->partner.isNull()
                                 ? state.sessions.find(first->partner) // of the exit
                                 : first;
    const Node *node = session != nullptr ? state.nodes.find(session->record.node) : nullptr;
    if (node == nullptr)
        return m_core.refuse(exchange, refusalFor(RoutingFailure::NodeOffline));
    // The node hears of the peer before the client can send its first packet.
    state.life.announce(*session);
    if (first != session)
        state.life.announce(*first);
    protocol::RoutingResponse response;
    response.routes = opening.routes;
    protocol::SelectedRoute &selected = response.selectedRoute;
    selected.id = session->record.route;
    selected.relayEndpoint = state.life.endpointOf(opening.session);
    selected.nodeEndpoint.nodeId = session->record.node;
    selected.nodeEndpoint.wireguardConfig = wireguardConfig(state, *node, *session);
    if (first != session) // nobody goes there past the entry
        selected.nodeEndpoint.wireguardConfig.endpoint.reset();
    selected.nodeEndpoint.directConnection =
        session->record.routeType == protocol::RouteType::Direct;
    selected.sessionToken = SecretText(opening.token);
    selected.expiresAt = clocksNow().told(session->expiresAt);
    if (state.turn.hasTurn() && first == session)
        selected.turnConfig = state.turn.iceServers(wallNow(), randomUuid());
    log::ofPeer(log::Level::Info, "sessions", "opened", exchange->peer.address,
                {{"session", opening.session.text()},
                 {"node", session->record.node.text()},
                 {"type", protocol::toString(session->record.routeType)}});
    m_core.json(exchange, protocol::toJson(response));
}

const Session *SessionsApi::ownSession(const ExchangePtr &exchange)
{
    const auto id = SessionId::parse(exchange->values.at(0));
    const auto token = ApiCore::bearer(exchange->request);
    const Session *session = id && token ? m_core.sessionOfToken(*id, *token) : nullptr;
    if (session == nullptr)
        m_core.unauthorized(exchange);
    return session;
}

void SessionsApi::renew(const ExchangePtr &exchange)
{
    const Session *session = ownSession(exchange);
    if (session == nullptr)
        return;
    ServerState &state = m_core.state();
    // Not when it is written down: an outage of the storage must not cut tunnels.
    const SessionId id = session->record.id;
    const Clocks now = clocksNow();
    const WallTime expiresAt = now.told(now.boot + state.settings.sessionLife);
    state.life.renew(now, id, expiresAt);
    m_core.json(exchange, protocol::toJson(protocol::RenewResponse{id, expiresAt}));
}

void SessionsApi::remove(const ExchangePtr &exchange)
{
    const Session *session = ownSession(exchange);
    if (session == nullptr)
        return;
    const SessionId id = session->record.id;
    m_core.state().life.end(id, relay::CloseNormal, "Session closed");
    log::ofPeer(log::Level::Info, "sessions", "deleted", exchange->peer.address,
                {{"session", id.text()}});
    HttpResponse response;
    response.status = 204;
    m_core.finish(exchange, std::move(response));
}

void SessionsApi::openRelay(const ExchangePtr &exchange)
{
    const HttpRequest &request = exchange->request;
    const std::string id = request.path.substr(std::string_view("/relay/").size());
    const auto session = SessionId::parse(id);
    std::string token;
    if (const auto header = ApiCore::bearer(request))
        token = std::string(*header);
    else
        token = request.queryValue("token").value_or("");
    std::optional<relay::RelayAdmission> admission;
    auto refusal = relay::RelayRefusal::InvalidSession;
    if (session) {
        const Session *own = m_core.sessionOfToken(*session, token);
        const Session *known = m_core.state().sessions.find(*session);
        const auto node = m_core.nodeOfToken(token);
        if (own != nullptr)
            admission = {*session, relay::Role::Client, relayExpiry(*own), std::nullopt};
        else if (known != nullptr && node && known->record.node == *node)
            admission = {*session, relay::Role::Node, relayExpiry(*known), std::nullopt};
        else if (known == nullptr && !m_core.state().storageUp)
            refusal = relay::RelayRefusal::ServerFault; // it may well stand there
    }
    auto upgraded = upgradeToWebSocket(m_core, exchange, true);
    if (!upgraded)
        return;
    if (!admission) {
        m_core.metrics().error(refusal == relay::RelayRefusal::InvalidSession ? "invalid_session"
                                                                              : "unavailable");
        m_relay.refuse(std::move(upgraded->connection), upgraded->deflate, refusal);
        return;
    }
    if (admission->role == relay::Role::Client)
        m_core.state().sessions.setFrom(admission->session, exchange->peer.address);
    admission->deflate = upgraded->deflate;
    m_relay.adopt(std::move(upgraded->connection), std::move(*admission));
}

} // namespace higgs::server
