// SPDX-License-Identifier: GPL-3.0-or-later
// The question for a route: when it is asked, what it tells of this machine, and what is made of
// the answer. Each makes a session at the server, so none is asked that can only be taken back.
#include "app-vpn/engine/client_engine_p.h"

#include "app-vpn/engine/routing_choice.h"

#include <algorithm>

namespace higgs::vpn {

namespace {

/// The server takes an exit that sleeps for one that is there for so long (WIRE.md, Register), and
/// half a minute more.
constexpr Milliseconds LongestAwaiting{120'000};
/// For the router's type to be found, once in a network: no longer than the question itself takes,
/// whose connection is three round trips, and where the line is not known, so long.
constexpr Milliseconds ShortestFinding{150};
constexpr Milliseconds LongestFinding{400};
/// From the mapping to the filter, where it lets anybody in: one round trip and its processing.
constexpr Milliseconds FilterSlack{20};

} // namespace

void ClientEngine::Private::askFirstRoute()
{
    if (isAwaited(m_node)) {
        askForOther();
        return;
    }
    m_place.look();
    m_findingFor = m_attempt;
    if (m_place.isFinding())
        m_findingTimer.start(std::clamp(3 * serverTrip(), ShortestFinding, LongestFinding));
    else
        routerFound();
}

Milliseconds ClientEngine::Private::serverTrip() const
{
    return std::chrono::ceil<Milliseconds>(
        std::chrono::duration<double, std::milli>(m_api->roundTripMs().value_or(0)));
}

/// Perhaps it is known by now, or in a moment.
void ClientEngine::Private::hurryFinding()
{
    if (!m_findingTimer.isActive())
        return;
    if (!m_place.isFinding())
        m_findingTimer.start(0);
    else if (m_place.place().nat != protocol::NatType::Unknown)
        m_findingTimer.start(
            std::min(m_findingTimer.remainingTimeAsDuration(), serverTrip() + FilterSlack));
}

void ClientEngine::Private::routerFound()
{
    if (m_findingFor != m_attempt)
        return;
    const NodeId back = std::exchange(m_switch.returnTo, {});
    askRoute(back, !back.isNull());
}

/// While an exit is waited for by its session, a route is asked only where another one can be had.
void ClientEngine::Private::askForOther()
{
    const auto silent = [this] {
        attemptFailed({Failure::AttemptFailed, Problem::NodeLost,
                       "the exit is silent, and there is no other"},
                      {});
    };
    if (!m_request.node.isNull()) {
        silent();
        return;
    }
    m_api->nodes(m_request.country,
                 {this, [this, silent,
                         current = m_attempt](const ApiResult<protocol::NodesResponse> &answer) {
                      if (current != m_attempt)
                          return;
                      if (!answer)
                          apiFailed(answer.failure());
                      else if (isAwaited(m_node) && isOnlyExit(m_node, answer->nodes))
                          silent();
                      else
                          askRoute({});
                  }});
}

void ClientEngine::Private::askRoute(const NodeId &target, bool orAnother)
{
    PrivateKey key = PrivateKey::generate(); // fresh for each session
    Result<protocol::RoutingRequest> request =
        routingRequestFor(m_request, m_clientId, key.publicKey(), target);
    if (!request) {
        refuse(Problem::ServerRefused, request.error().detail);
        return;
    }
    request->clientNetworkInfo = networkInfo();
    m_api->requestRoute(
        *request, config.accessKey,
        {this, [this, own = std::move(key), current = m_attempt, targeted = !target.isNull(),
                orAnother](const ApiResult<protocol::RoutingResponse> &answer) mutable {
             if (current != m_attempt) {
                 if (answer)
                     m_api->deleteSession(answer->selectedRoute.relayEndpoint.sessionId,
                                          answer->selectedRoute.sessionToken);
                 return;
             }
             if (!answer && orAnother) {
                 askRoute({});
                 return;
             }
             if (!answer) {
                 apiFailed(answer.failure());
                 return;
             }
             routeAnswered(std::move(*answer), std::move(own), targeted);
         }});
}

void ClientEngine::Private::routeAnswered(protocol::RoutingResponse response, PrivateKey key,
                                          bool targeted)
{
    // An exit that just failed may still be the server's first choice for a minute and a half.
    const NodeId other = m_plan.preferred(monotonicNow(), exitsOf(response.routes));
    if (!targeted && m_request.node.isNull() && !other.isNull()) {
        m_api->deleteSession(response.selectedRoute.relayEndpoint.sessionId,
                             response.selectedRoute.sessionToken);
        askRoute(other);
        return;
    }
    if (isAwaited(response.selectedRoute.nodeEndpoint.nodeId)) {
        m_api->deleteSession(response.selectedRoute.relayEndpoint.sessionId,
                             response.selectedRoute.sessionToken);
        attemptFailed({Failure::AttemptFailed, Problem::NodeLost,
                       "the exit is silent, and there is no other"},
                      {});
        return;
    }
    // An entry node is a promise: without one the exit would see where the person is.
    const bool cascade =
        !response.routes.empty() && response.routes.front().type == protocol::RouteType::Cascade;
    if (cascade == m_request.via.empty()) {
        m_api->deleteSession(response.selectedRoute.relayEndpoint.sessionId,
                             response.selectedRoute.sessionToken);
        refuse(Problem::ServerRefused, cascade
                                           ? "the server gave an entry node that nobody asked for"
                                           : "the server gave no entry node");
        return;
    }
    std::optional<TurnGrant> turn;
    if (response.selectedRoute.turnConfig)
        turn = grantFrom(*response.selectedRoute.turnConfig, monotonicNow());
    if (m_request.path == PathPreference::Turn && !turn) {
        m_api->deleteSession(response.selectedRoute.relayEndpoint.sessionId,
                             response.selectedRoute.sessionToken);
        attemptFailed(
            {Failure::AttemptFailed, Problem::PathNotAvailable, "this server has no TURN server"},
            {});
        refused(); // it may have one in a while
        return;
    }
    openSession(std::move(response.selectedRoute), std::move(key), std::move(turn));
}

/// Its session is waited for, and another one with it would end what is open inside. Not for ever:
/// the server says that it is there.
bool ClientEngine::Private::isAwaited(const NodeId &exit) const
{
    const auto awaited = m_session ? m_session->awaited() : std::nullopt;
    return awaited && exit == m_node && *awaited < LongestAwaiting;
}

} // namespace higgs::vpn
