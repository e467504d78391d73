// SPDX-License-Identifier: GPL-3.0-or-later
// The engine's way to a tunnel, step by step: addresses, block, server, route, session; and what
// follows when a session is verified or lost.
#include "app-vpn/engine/client_engine_p.h"

#include "app-vpn/engine/routing_choice.h"
#include "shared/base/log.h"

#include <QPointer>
#include <algorithm>

namespace higgs::vpn {

namespace {

/// How slowly a blocked client asks again when the server said a plain no.
constexpr Milliseconds RefusedRetry{15'000};
} // namespace

void ClientEngine::Private::attempt()
{
    ++m_attempt;
    // Before anything is asked of anybody: names, too, are asked for by sockets that it lets out.
    if (!raiseBlock())
        return;
    // What a name was only ever said to be at may be a captive portal's, of an hour ago.
    if (!m_addresses.isProven(config.serverHost)) {
        m_waitingForAddresses = true;
        m_addresses.refresh(config.serverHost, false);
        return;
    }
    // Who does not answer may have moved; the next attempt knows.
    if (m_status.problem != Problem::None)
        m_addresses.refresh(config.serverHost, false);
    askServer();
}

void ClientEngine::Private::addressesRefreshed(const std::string &error)
{
    const std::vector<IpAddress> known = m_addresses.known(config.serverHost);
    m_api->setAddresses(known);
    if (m_session)
        m_session->setRelayAddresses(relayAddresses(m_session->route().relayEndpoint.host));
    if (!m_waitingForAddresses)
        return;
    m_waitingForAddresses = false;
    if (known.empty() && m_fleet.others().empty()) {
        attemptFailed({Failure::AttemptFailed, Problem::ServerUnreachable,
                       "the server's name does not resolve: " + error},
                      {});
        return;
    }
    askServer();
}

std::vector<IpAddress> ClientEngine::Private::relayAddresses(const std::string &host) const
{
    std::vector<IpAddress> known = m_addresses.known(host);
    // A blocked client cannot ask a resolver; one server is known under the address it was asked
    // at, and TLS tells whether it is the right one.
    return known.empty() ? m_addresses.known(config.serverHost) : known;
}

/// Their sockets pass the block. Where the server was met is its own affair, be it in this home;
/// and a relay may be wherever the person's own entry leads.
Result<std::vector<CheckedEndpoint>>
ClientEngine::Private::checkRelay(const std::vector<IpAddress> &addresses, std::uint16_t port)
{
    const std::string &host = config.serverHost;
    const auto reached =
        port == config.serverPort ? m_addresses.known(host) : m_addresses.reached(host);
    return m_named.check(NamedUse::Relay, addresses, port, reached);
}

KnownFleetOptions ClientEngine::Private::fleetOptions()
{
    return {
        .file = config.dataDir + "/server-fleet",
        .addresses = [this](const std::string &host) { return m_addresses.known(host); },
        .lookUp =
            [this](const std::string &host) { m_addresses.refresh(host, !m_network.isBlocked()); },
        .check = [this](const std::vector<IpAddress> &addresses,
                        std::uint16_t port) { return checkRelay(addresses, port); }};
}

Result<std::vector<CheckedEndpoint>>
ClientEngine::Private::checkExit(const std::vector<IpAddress> &addresses, std::uint16_t port)
{
    return m_named.otherEnd(addresses, port, m_addresses.known(config.serverHost));
}

bool ClientEngine::Private::raiseBlock()
{
    const bool stood = m_network.isBlocked();
    const Result<void> blocked = m_network.block(blockPolicy());
    if (blocked)
        return true;
    if (stood || m_state != ClientState::Connecting) {
        // The rules of before stand: an exchange that fails changes nothing.
        attemptFailed({Failure::AttemptFailed, Problem::TunnelFailed, blocked.error().detail}, {});
        return false;
    }
    // Nothing stands, and nothing else may be told.
    const bool denied = blocked.error().code == ErrorCode::Permission;
    unblocked(denied ? Problem::NoPermission : Problem::TunnelFailed, blocked.error().detail);
    return false;
}

void ClientEngine::Private::askServer()
{
    m_api->setAddresses(m_addresses.known(config.serverHost));
    askServerInfo();
}

void ClientEngine::Private::askServerInfo()
{
    if (m_serverInfo) {
        askFirstRoute();
        return;
    }
    m_api->serverInfo(
        {this, [this, current = m_attempt](const ApiResult<protocol::ServerInfo> &answer) {
             if (current != m_attempt)
                 return;
             if (!answer) {
                 apiFailed(answer.failure());
                 return;
             }
             serverTold(*answer);
             askFirstRoute();
         }});
}

void ClientEngine::Private::learnServer()
{
    // While the line is open it is asked again: the network may be another one, and what sites see
    // of it.
    if (m_serverInfo && m_state != ClientState::Disconnected)
        return;
    m_api->serverInfo({this, [this, api = QPointer<ApiClient>(m_api.get())](
                                 const ApiResult<protocol::ServerInfo> &answer) {
                           if (!answer || api == nullptr) // of another server, meanwhile
                               return;
                           serverTold(*answer);
                           Q_EMIT m_owner.statusChanged();
                       }});
}

void ClientEngine::Private::serverTold(const protocol::ServerInfo &info)
{
    m_serverInfo = info;
    m_serverClock.told(info.time, bootNow());
    m_place.look(); // the first request for a route tells of the router
    m_fleet.told(info);
}

void ClientEngine::Private::askServerTime()
{
    m_api->serverInfo({this, [this, api = QPointer<ApiClient>(m_api.get())](
                                 const ApiResult<protocol::ServerInfo> &answer) {
                           if (!answer || api == nullptr) // of another server, meanwhile
                               return;
                           serverTold(*answer);
                           if (m_session)
                               scheduleRenewal();
                       }});
}

std::optional<bool> ClientEngine::Private::needsAccessKey() const
{
    if (!m_serverInfo)
        return std::nullopt;
    return m_serverInfo->access == protocol::Access::Key;
}

void ClientEngine::Private::apiFailed(const ApiFailure &failure)
{
    const Verdict verdict = judge(failure);
    const std::string detail =
        failure.code.empty() ? failure.error.detail : failure.code + ": " + failure.error.detail;
    attemptFailed({Failure::AttemptFailed, verdict.problem, detail}, {});
    if (verdict.permanent) {
        refused();
    } else if (failure.retryAfter) {
        m_retryTimer.start(std::clamp<Milliseconds>(
            *failure.retryAfter, m_retryTimer.intervalAsDuration(), RefusedRetry));
    }
}

/// A person hears of it at once.
void ClientEngine::Private::refused()
{
    if (goBackSoon())
        return;
    apply(ClientEvent::GaveUp);
    m_retryTimer.start(std::max(m_retryTimer.intervalAsDuration(), RefusedRetry));
}

void ClientEngine::Private::attemptFailed(const SessionFailure &failure, const NodeId &node)
{
    log::warning("client", "attempt failed",
                 {{"problem", toString(failure.problem)}, {"detail", failure.detail}});
    setProblem(failure.problem, failure.detail);
    const Monotonic now = monotonicNow();
    m_plan.failed(now, failure.failure, node, randomUnit(), m_fleet.hasAnother({}));
    const auto wait = std::chrono::duration_cast<Milliseconds>(m_plan.due() - now);
    m_retryTimer.start(std::max(wait, Milliseconds(0)));
    if (!m_giveUpTimer.isActive())
        m_giveUpTimer.start(GiveUpAfter);
    giveUpIfLate();
}

void ClientEngine::Private::sessionVerified()
{
    m_plan.succeeded();
    m_switch.from.reset();
    m_giveUpTimer.stop();
    setProblem(Problem::None, {});
    if (!m_status.since)
        m_status.since = wallNow();
    if (apply(ClientEvent::TunnelVerified))
        log::info("client", "tunnel verified",
                  {{"node", m_node.text()}, {"path", toString(m_session->path())}});
    askServerTime(); // what is known of it may be days old
}

void ClientEngine::Private::sessionLost(const SessionFailure &failure)
{
    if (!m_session)
        return; // ended by the person while the message was on its way
    m_status.switchFault.reset();
    m_beyond.reset();
    m_beyondTimer.stop();
    if (m_state == ClientState::Connected) // what never stood is not connected anew
        ++m_status.reconnects;
    apply(ClientEvent::TunnelLost);
    attemptFailed(failure, m_node);
    // A session is taken up where the server is now, which may not be where it was lost.
    m_addresses.refresh(config.serverHost, false);
    if (failure.failure == Failure::ExitAway) { // while another one is looked for
        m_awaited = true;
        m_session->await();
    } else if (!m_plan.resumesSession()) {
        const auto wait = m_retryTimer.intervalAsDuration();
        endSession();
        m_retryTimer.start(wait);
    }
}

void ClientEngine::Private::retry()
{
    if (!m_wanted)
        return;
    if (m_state == ClientState::Disconnected) // the block could not be put up
        begin(ConnectRequest(m_request));
    else if (m_session && m_plan.resumesSession())
        m_session->resume();
    else
        attempt();
}

void ClientEngine::Private::uplinkChanged()
{
    lookAround();
    if (m_switch.standing)
        m_switch.standing->session->checkPath();
    if (m_session && (!m_retryTimer.isActive() || m_session->awaited())) {
        m_session->checkPath();
        return;
    }
    // Whatever was in the way may be gone: no reason to wait any longer. Not while an attempt runs.
    if (m_retryTimer.isActive() && m_status.problem == Problem::ServerUnreachable) {
        log::info("client", "the network changed: trying again at once", {});
        m_retryTimer.start(Milliseconds(0));
    }
}

void ClientEngine::Private::lookAround()
{
    m_named.networksChanged();
    m_translationAsked.reset();
    m_place.askAgain();
}

void ClientEngine::Private::woke(Milliseconds slept)
{
    log::info("client", "woke from sleep", {{"ms", slept.count()}});
    pauseOver();
    m_api->renewConnection();
    if (m_session)
        scheduleRenewal(); // timers stood still, the session's life did not
    lookAround();
    endStanding(); // nobody would see whether it still carries
    if (m_session)
        m_session->woke();
    // Whatever was in the way may be gone: no reason to wait any longer.
    if (m_retryTimer.isActive())
        m_retryTimer.start(Milliseconds(0));
}

void ClientEngine::Private::giveUpIfLate()
{
    // The attempts go on; the person hears how it stands.
    const bool trying = m_state == ClientState::Connecting || m_state == ClientState::Reconnecting;
    if (trying && (m_plan.gaveUp(monotonicNow()) || !m_giveUpTimer.isActive())) {
        // With a session it was not the server that did not answer.
        const bool pathOnly = m_session && (m_request.path == PathPreference::Turn ||
                                            m_request.path == PathPreference::Direct);
        if (m_status.problem == Problem::None)
            setProblem(pathOnly ? Problem::PathNotAvailable : Problem::ServerUnreachable,
                       "no answer yet");
        if (goBackSoon())
            return;
        apply(ClientEvent::GaveUp);
    }
}

void ClientEngine::Private::locations(Reply<Result<protocol::LocationsResponse>> reply)
{
    if (config.serverHost.empty()) {
        reply.later(unexpected(ErrorCode::NotFound, "no server is configured"));
        return;
    }
    const std::vector<IpAddress> known = m_addresses.known(config.serverHost);
    if (!known.empty() || !m_fleet.others().empty()) {
        askLocations(known, std::move(reply));
        return;
    }
    // The first question after a server was named waits until its name is known.
    m_addresses.refresh(config.serverHost, !m_network.isBlocked(),
                        {this, [this, reply](const Result<std::vector<IpAddress>> &found) {
                             if (found)
                                 askLocations(*found, reply);
                             else
                                 reply(unexpected(ErrorCode::Unavailable, found.error().detail));
                         }});
}

void ClientEngine::Private::askLocations(const std::vector<IpAddress> &addresses,
                                         Reply<Result<protocol::LocationsResponse>> reply)
{
    m_api->setAddresses(addresses);
    learnServer(); // first in the line: who has the places knows whether a key is needed
    m_api->locations({this, [reply](const ApiResult<protocol::LocationsResponse> &answer) {
                          if (answer)
                              reply(*answer);
                          else
                              reply(unexpected(answer.failure().error));
                      }});
}

} // namespace higgs::vpn
