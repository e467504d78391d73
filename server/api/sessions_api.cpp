// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/sessions_api.h"

#include "server/api/upgrade.h"
#include "server/relay/relay_hub.h"
#include "shared/base/log.h"

namespace higgs::server {

namespace {

constexpr Seconds RetryWhenNoNode{30};

Refusal tooMany(std::string_view text, Seconds retryAfter)
{
    return {429, "too_many_sessions", std::string(text), {}, retryAfter};
}

Refusal refusalFor(OpeningFailure failure, const Limits &limits)
{
    switch (failure) {
    case OpeningFailure::UnknownNode:
        return {404, "unknown_node", "there is no such node"};
    case OpeningFailure::NodeOffline:
        return {503, "node_offline", "the node is offline or in maintenance", {}, RetryWhenNoNode};
    case OpeningFailure::NodeFull:
        return {503, "node_full", "the node has no free place", {}, RetryWhenNoNode};
    case OpeningFailure::NoMatchingNode:
        return {404, "no_matching_node", "no node meets the requirements"};
    case OpeningFailure::AllInUse:
        return tooMany("all sessions of this client are in use", RetryWhenNoNode);
    case OpeningFailure::KeyInUse:
        return tooMany("as many sessions of this access key are in use as it may have; a way by an "
                       "entry node takes two",
                       RetryWhenNoNode);
    case OpeningFailure::WaitingToJoin:
        return tooMany("too many sessions of this address wait for their first connection",
                       std::chrono::ceil<Seconds>(limits.waitingIsSafe));
    case OpeningFailure::TooManyOpen:
        return tooMany("too many sessions of this address are open", RetryWhenNoNode);
    case OpeningFailure::NoNodeOnline:
    case OpeningFailure::ServerFull: // has another shape, as has the next
    case OpeningFailure::StorageAway:
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

/// As HubControl: where others may have renewed it, the relay does not decide.
Monotonic relayExpiry(const ServerSettings &settings, const Session &session)
{
    const Milliseconds slack = settings.severalServers ? settings.sessionLife : Seconds(0);
    return monotonicNow() + (session.expiresAt - bootNow()) + slack;
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

void SessionsApi::requestRoute(const ExchangePtr &exchange)
{
    ServerState &state = m_core.state();
    const auto key = m_core.accessKey(exchange->request, KeyPurpose::Use);
    if (state.settings.access == protocol::Access::Key && !key)
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
    SessionWish wish;
    wish.request = *request;
    wish.from = exchange->peer.address;
    wish.clientLeg = exchange->reply.roundTrip();
    if (key) {
        wish.group = state.clientGroups.ofKey(key->name, request->clientId);
        wish.keyName = key->name;
        wish.keyQuota = key->maxSessions.value_or(state.settings.limits.sessionsPerKey);
    } else {
        wish.group = state.clientGroups.of(request->clientId, exchange->peer.address);
    }
    state.opening.open(wish, [this, exchange](SessionOpening::Outcome outcome) {
        if (const auto *refused = std::get_if<OpeningRefused>(&outcome))
            refuseOpening(exchange, *refused);
        else
            opened(exchange, std::get<OpenedSession>(outcome));
    });
}

void SessionsApi::refuseOpening(const ExchangePtr &exchange, const OpeningRefused &refused)
{
    if (refused.why == OpeningFailure::StorageAway)
        return m_core.storageFailed(exchange, refused.detail);
    if (refused.why == OpeningFailure::ServerFull)
        return m_core.serverFull(exchange, "sessions",
                                 "as many sessions are open as this server takes");
    m_core.refuse(exchange, refusalFor(refused.why, m_core.state().settings.limits));
}

void SessionsApi::opened(const ExchangePtr &exchange, OpenedSession &opened)
{
    ServerState &state = m_core.state();
    const Session &session = *state.sessions.find(opened.exit);
    const Node &node = *state.nodes.find(session.record.node);
    protocol::RoutingResponse response;
    response.routes = std::move(opened.routes);
    protocol::SelectedRoute &selected = response.selectedRoute;
    selected.id = session.record.route;
    selected.relayEndpoint = state.life.endpointOf(opened.told);
    selected.nodeEndpoint.nodeId = session.record.node;
    selected.nodeEndpoint.wireguardConfig = wireguardConfig(state, node, session);
    if (opened.isCascade()) // nobody goes there past the entry
        selected.nodeEndpoint.wireguardConfig.endpoint.reset();
    selected.nodeEndpoint.directConnection =
        session.record.routeType == protocol::RouteType::Direct;
    selected.sessionToken = std::move(opened.token);
    selected.expiresAt = clocksNow().told(session.expiresAt);
    if (state.turn.hasTurn() && !opened.isCascade())
        selected.turnConfig = state.turn.iceServers(wallNow(), selected.sessionToken.reveal());
    log::ofPeer(log::Level::Info, "sessions", "opened", exchange->peer.address,
                {{"request", exchange->id},
                 {"session", opened.told.text()},
                 {"node", session.record.node.text()},
                 {"type", protocol::toString(session.record.routeType)}});
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
    // A client with both families renews by each of them, so that both may be told to the exit.
    if (state.sessions.noteSeen(id, exchange->peer.address))
        m_relay.seenAlso(id, relay::Role::Client, exchange->peer.address);
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
                {{"request", exchange->id}, {"session", id.text()}});
    HttpResponse response;
    response.status = 204;
    m_core.finish(exchange, std::move(response));
}

void SessionsApi::openRelay(const ExchangePtr &exchange)
{
    const HttpRequest &request = exchange->request;
    const auto parsed = SessionId::parse(request.path.substr(std::string_view("/relay/").size()));
    const std::optional<SessionId> session = parsed ? std::optional(*parsed) : std::nullopt;
    const std::string token = ApiCore::tokenOf(request);
    ServerState &state = m_core.state();
    const Session *own = session ? m_core.sessionOfToken(*session, token) : nullptr;
    if (own == nullptr || state.instances.isOwn(own->record.instance))
        return openRelay(exchange, session, token);
    // Its server is gone, or out of this client's reach.
    state.cluster.takeOver(*session, [this, exchange, session, token](const Result<void> &taken) {
        openRelay(exchange,
                  taken || taken.error().code == ErrorCode::NotFound ? session : std::nullopt,
                  token, !taken);
    });
}

void SessionsApi::openRelay(const ExchangePtr &exchange, const std::optional<SessionId> &session,
                            const std::string &token, bool notTaken)
{
    ServerState &state = m_core.state();
    std::optional<relay::RelayAdmission> admission;
    auto refusal =
        notTaken ? relay::RelayRefusal::ServerFault : relay::RelayRefusal::InvalidSession;
    if (session) {
        const Session *own = m_core.sessionOfToken(*session, token);
        const Session *known = state.sessions.find(*session);
        const bool isHere = known != nullptr && state.instances.isOwn(known->record.instance);
        const auto node = m_core.nodeOfToken(token);
        if (own != nullptr && isHere)
            admission = {*session,     relay::Role::Client, relayExpiry(state.settings, *own),
                         std::nullopt, own->seen,           nullptr};
        else if (isHere && node && known->record.node == *node) {
            m_core.noteNode(*node, exchange->peer.address);
            admission = {*session,
                         relay::Role::Node,
                         relayExpiry(state.settings, *known),
                         std::nullopt,
                         state.nodes.find(*node)->seen,
                         nullptr};
        } else if (m_core.mayStandElsewhere(*session) || (known == nullptr && !state.storageUp)) {
            refusal = relay::RelayRefusal::ServerFault;
            state.cluster.lookAgain(*session);
        } else if (known != nullptr && !isHere && node && known->record.node == *node)
            refusal = relay::RelayRefusal::ServerFault; // the node is told where it is by now
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
        state.sessions.setFrom(admission->session, exchange->peer.address);
    const Session *carried = state.sessions.find(admission->session);
    admission->quota = state.accessKeys.quotaOf(carried->record.clientGroup);
    admission->meets = !carried->isOfCascade();
    admission->deflate = upgraded->deflate;
    m_relay.adopt(std::move(upgraded->connection), std::move(*admission));
}

} // namespace higgs::server
