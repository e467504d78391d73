// SPDX-License-Identifier: GPL-3.0-or-later
// A session with the exit of a route: what it is given to find its way, and what is shown of it.
#include "app-vpn/engine/client_engine_p.h"

#include "shared/tunnel/exit_network.h"

#include <algorithm>

namespace higgs::vpn {

/// Only what is needed, and never where another kind of path is wanted.
bool ClientEngine::Private::mayTurn() const
{
    return m_request.via.empty() &&
           (m_request.path == PathPreference::Auto || m_request.path == PathPreference::Turn);
}

/// `token` of the session that it is for, which may be another one's while exits are switched.
void ClientEngine::Private::prepareTurn(std::optional<TurnGrant> grant, const SecretText &token)
{
    m_turn.reset();
    if (!grant || !mayTurn())
        return;
    TurnAccessOptions options;
    options.grant = std::move(grant);
    options.renew = [this, own = std::make_shared<SecretText>(token.copy())](
                        ApiReply<protocol::IceServersResponse> reply) {
        m_api->iceServers(*own, std::move(reply));
    };
    options.check = [this](NamedUse use, const std::string &host,
                           const std::vector<IpAddress> &addresses, std::uint16_t port) {
        // Beside the server itself, be it in this home, if the person chose it there.
        const auto reached = host == config.serverHost ? m_addresses.reached(config.serverHost)
                                                       : std::vector<IpAddress>();
        return m_named.check(use, m_place.place().called(addresses), port, reached);
    };
    options.serverHost = config.serverHost;
    options.trust = config.trust;
    options.streams = m_request.path == PathPreference::Turn;
    m_turn = std::make_unique<TurnAccess>(m_addresses, std::move(options));
}

void ClientEngine::Private::openSession(protocol::SelectedRoute route, PrivateKey key,
                                        std::optional<TurnGrant> turn)
{
    m_node = route.nodeEndpoint.nodeId;
    nodeSeen(m_node);
    TunnelSessionOptions options{
        .interfaceName = config.interfaceName,
        .tunnel = config.tunnel,
        .mark = config.socketMark,
        .trust = config.trust,
        .relayAddresses = relayAddresses(route.relayEndpoint.host),
        .checkRelay = [this](const std::vector<IpAddress> &addresses,
                             std::uint16_t port) { return checkRelay(addresses, port); },
        .fleet = &m_fleet,
        .gateway = gatewayOf(m_serverInfo->tunnelNetwork4),
        .gatewayV6 = gatewayOf(m_serverInfo->tunnelNetwork6),
        .dns = config.policy.dns,
        .key = std::move(key),
        .mux = m_place.mux(),
        .place = m_place.place(),
        .checkExit = [this](const std::vector<IpAddress> &addresses,
                            std::uint16_t port) { return checkExit(addresses, port); },
        .checkNeighbour = [this](const Endpoint &endpoint) { return m_named.neighbour(endpoint); },
        .mayKnock = [this] { return m_knocks.take(monotonicNow()); },
        .startedAt = m_serverClock.now(clocksNow()),
        .countPorts = [this] { m_place.countPorts(); },
        .only = wantedPath(),
        .straight = wantsStraightWay(),
        .cascade = !m_request.via.empty(),
        .makeRoom = [this] { endStanding(); }};
    // The interface's name is free again before the next device takes it.
    if (m_session)
        leaveSession();
    // Two sessions with one exit would be in each other's way.
    if (m_switch.standing && m_switch.from && m_switch.from->node == m_node)
        endStanding();
    prepareTurn(std::move(turn), route.sessionToken);
    if (m_turn)
        options.askTurn = [access = m_turn.get()](bool fresh, Reply<Result<TurnOffer>> reply) {
            access->ask(fresh, std::move(reply));
        };
    m_session =
        std::make_unique<TunnelSession>(m_epoll, m_network, std::move(options), std::move(route));
    watchSession();
    scheduleRenewal();
    m_place.start(wantsStraightWay());
    m_session->start();
    findTranslation();
    m_witness.forget();
    showFamilies();
}

void ClientEngine::Private::watchSession()
{
    connect(m_session.get(), &TunnelSession::verified, this, &Private::proveExit);
    connect(m_session.get(), &TunnelSession::wayDoubtful, &m_place, &ClientPlace::lookNow,
            Qt::QueuedConnection);
    // Queued: the session is deleted in answer, and must not stand on the stack then.
    connect(
        m_session.get(), &TunnelSession::lost, this,
        [this, lost = m_session.get()](const SessionFailure &failure) {
            if (m_session.get() == lost)
                sessionLost(failure);
        },
        Qt::QueuedConnection);
    connect(m_session.get(), &TunnelSession::relayMoved, this, &Private::askServerTime);
    connect(m_session.get(), &TunnelSession::pathChanged, &m_owner, &ClientEngine::statusChanged);
}

void ClientEngine::Private::leaveSession()
{
    // Best effort: a session that is not deleted ends by itself, with its relay connection.
    const protocol::SelectedRoute &route = m_session->route();
    m_api->deleteSession(route.relayEndpoint.sessionId, route.sessionToken);
    m_awaited = false;
    m_session->close();
    m_session->disconnect(this);
    m_session.reset();
}

std::optional<protocol::PathType> ClientEngine::Private::wantedPath() const
{
    switch (m_request.path) {
    case PathPreference::Auto:
        break;
    case PathPreference::Relay:
        return protocol::PathType::Relay;
    case PathPreference::Direct:
        return protocol::PathType::Direct;
    case PathPreference::Turn:
        return protocol::PathType::Turn;
    }
    return std::nullopt;
}

bool ClientEngine::Private::wantsStraightWay() const
{
    const std::optional<protocol::PathType> only = wantedPath();
    return m_request.via.empty() && (!only || *only == protocol::PathType::Direct);
}

void ClientEngine::Private::nodeSeen(const NodeId &node)
{
    m_status.country = m_request.country;
    m_status.region.clear();
    m_api->nodes(
        m_request.country,
        {this, [this, node, current = m_attempt](const ApiResult<protocol::NodesResponse> &answer) {
             if (!answer || current != m_attempt)
                 return;
             const auto &nodes = answer->nodes;
             const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const auto &summary) {
                 return summary.nodeId == node;
             });
             if (found == nodes.end())
                 return;
             m_status.country = found->country.text();
             m_status.region = found->region.value_or("");
             m_status.exitNat = found->natType;
             if (m_session)
                 m_session->setExitNat(found->natType);
             Q_EMIT m_owner.statusChanged();
         }});
}

void ClientEngine::Private::watchPlace()
{
    connect(&m_place, &ClientPlace::changed, this, [this] {
        if (m_session)
            m_session->setOwnPlace(m_place.place());
        showFamilies();
        hurryFinding();
        findTranslation();
        Q_EMIT m_owner.statusChanged();
    });
    connect(&m_place, &ClientPlace::translationLost, this, [this] { m_translationAsked.reset(); });
    connect(&m_witness, &FamilyWitness::shown, this, [this] {
        if (m_session)
            m_session->tellAnew();
    });
    connect(&m_place, &ClientPlace::counted, this, [this] {
        if (m_session)
            m_session->portsCounted(m_place.place());
    });
    m_place.allowMapping(config.policy.portMapping);
}

} // namespace higgs::vpn
