// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/api.h"

#include "server/api/route_questions.h"
#include "shared/base/log.h"

#include <cmath>
#include <ctime>

namespace higgs::server {

namespace {

using Microseconds = std::chrono::microseconds;

enum Route : int {
    Healthz,
    Readyz,
    MetricsText,
    Server,
    Register,
    Nodes,
    Heartbeat,
    Signal,
    AskRoute,
    ExplainRoutes,
    MetricsReport,
    Locations,
    SessionRenew,
    SessionDelete,
    TurnStun,
    TurnServers,
    TurnIce,
    Relay,
    PageStart,
    PagePlace,
    PageSignIn,
    PageAction,
};

const std::vector<RouteRow> Table = {
    {Healthz, "GET", "/healthz"},
    {Readyz, "GET", "/readyz"},
    {MetricsText, "GET", "/metrics"},
    {Server, "GET", "/api/v1/server"},
    {Register, "POST", "/api/v1/nodes/register"},
    {Nodes, "GET", "/api/v1/nodes"},
    {Heartbeat, "POST", "/api/v1/nodes/:nodeId/heartbeat"},
    {Signal, "GET", "/api/v1/nodes/:nodeId/signal", true},
    {AskRoute, "POST", "/api/v1/routing/request"},
    {ExplainRoutes, "GET", "/api/v1/routes/explain"},
    {MetricsReport, "POST", "/api/v1/metrics"},
    {Locations, "GET", "/api/v1/locations"},
    {SessionRenew, "POST", "/api/v1/sessions/:sessionId/renew"},
    {SessionDelete, "DELETE", "/api/v1/sessions/:sessionId"},
    {TurnStun, "GET", "/api/v1/turn/stun"},
    {TurnServers, "GET", "/api/v1/turn/servers"},
    {TurnIce, "GET", "/api/v1/turn/ice"},
    {Relay, "GET", "/relay/*", true},
    {PageStart, "GET", "/admin"},
    {PagePlace, "GET", "/admin/:place"},
    {PageSignIn, "POST", "/admin/sign-in"},
    {PageAction, "POST", "/admin/:action"},
};

RateClass rateClassOf(int route)
{
    switch (route) {
    case Register:
        return RateClass::Register;
    case Heartbeat:
        return RateClass::Heartbeat;
    case MetricsReport:
        return RateClass::Metrics;
    case AskRoute:
        return RateClass::Routing;
    case SessionRenew:
    case SessionDelete:
        return RateClass::Session;
    case TurnStun:
    case TurnServers:
    case TurnIce:
        return RateClass::Turn;
    case Signal:
        return RateClass::Signal;
    case Relay:
        return RateClass::RelayOpen;
    case Healthz:
    case Readyz:
        return RateClass::Probe;
    case PageSignIn:
        return RateClass::Login;
    default:
        return RateClass::Read;
    }
}

bool expectsBody(int route)
{
    switch (route) {
    case Register:
    case Heartbeat:
    case AskRoute:
    case MetricsReport:
    case PageSignIn:
    case PageAction:
        return true;
    default:
        return false;
    }
}

// Answered 503 while the storage is down; all else is served from memory.
bool needsStorage(int route)
{
    return route == Register || route == AskRoute;
}

// Served before the state was taken up from a storage that was not there at the start. The relay
// says by itself that it cannot know (1011).
bool needsNoState(int route)
{
    switch (route) {
    case Healthz:
    case Readyz:
    case MetricsText:
    case Server:
    case TurnStun:
    case Relay:
    case PageStart:
    case PagePlace:
    case PageSignIn:
    case PageAction:
        return true;
    default:
        return false;
    }
}

// What any request may cost before its address pays for the rest in the bucket for work.
constexpr Microseconds FreeWork{500};

/// Of this thread alone: what others do meanwhile is not the request's fault.
Microseconds threadTime()
{
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return std::chrono::duration_cast<Microseconds>(std::chrono::seconds(used.tv_sec) +
                                                    std::chrono::nanoseconds(used.tv_nsec));
}

/// What is no request, or comes to no answer.
HttpResponse refusalOf(int status)
{
    switch (status) {
    case 408:
        return ApiCore::responseOf({408, "request_timeout", "the request took too long"});
    case 413:
        return ApiCore::responseOf({413, "payload_too_large", "the body is too long"});
    case 417:
        return ApiCore::responseOf({417, "expectation_failed", "only 100-continue"});
    case 429:
        return ApiCore::responseOf(
            {429, "rate_limited", "too much is under way for this address", {}, Seconds(1)});
    case 431:
        return ApiCore::responseOf({431, "headers_too_large", "the header is too long"});
    case 501:
        return ApiCore::responseOf({501, "not_implemented", "unknown transfer coding"});
    case 503:
        return ApiCore::responseOf(
            {503, "unavailable", "the answer took too long", {}, Seconds(5)});
    case 505:
        return ApiCore::responseOf({505, "version_not_supported", "HTTP/1.1 or HTTP/1.0 only"});
    default:
        return ApiCore::responseOf({400, "bad_request", "this is not an HTTP/1.1 request"});
    }
}

} // namespace

Api::Api(ApiCore &core, SignalLinks &links, relay::RelayHub &relay, Gather gather)
    : m_core(core),
      m_lists(core),
      m_nodes(core, links),
      m_sessions(core, relay),
      m_gather(std::move(gather)),
      m_router(Table),
      m_idPrefix(randomUuid().substr(0, 8) + '-')
{}

std::string Api::nextId()
{
    return m_idPrefix + std::to_string(m_nextId++);
}

void Api::handle(const Endpoint &peer, HttpRequest request, HttpReply reply)
{
    const Microseconds before = threadTime();
    auto exchange = std::make_shared<Exchange>(std::move(request), peer, reply);
    exchange->id = nextId();
    exchange->started = monotonicNow();
    route(exchange);
    const Microseconds beyond = threadTime() - before - FreeWork;
    if (beyond.count() > 0)
        m_core.state().limiter.charge(monotonicNow(), RateClass::Work, peer.address,
                                      static_cast<double>(beyond.count()) / 1000);
}

// While it is off there is nothing at the page's paths, by whatever method.
bool Api::isThere(const std::string &path) const
{
    const bool ofPage = path == "/admin" || path.starts_with("/admin/");
    return !ofPage || (m_page.isOn && m_page.isOn());
}

void Api::route(const ExchangePtr &exchange)
{
    RouteMatch match = m_router.match(exchange->request);
    if (!isThere(exchange->request.path))
        match = {};
    if (match.row != nullptr) {
        exchange->route = match.row->pattern;
        exchange->rateClass = rateClassOf(match.row->id);
        for (const std::string_view value : match.values)
            exchange->values.emplace_back(value);
    }
    // What leads nowhere is read, too.
    if (!admitRate(exchange, exchange->rateClass))
        return;
    // Probes are answered to all: a balancer in a banned network must not think the server dead.
    const bool isProbe =
        match.row != nullptr && (match.row->id == Healthz || match.row->id == Readyz);
    if (!isProbe && m_core.state().bans.hasAddress(bootNow(), exchange->peer.address)) {
        m_core.metrics().error("banned");
        return m_core.refuse(exchange, {403, "forbidden", "this address is banned here"});
    }
    if (match.outcome != RouteMatch::Outcome::Found)
        return refuseMatch(exchange, match);
    const ServerState &state = m_core.state();
    if ((needsStorage(match.row->id) && !state.storageUp) ||
        (!needsNoState(match.row->id) && !state.takenUp))
        return m_core.unavailable(exchange);
    if (match.row->id == AskRoute && state.standing != Standing::Serving)
        return m_core.drained(exchange);
    // A body that nobody asked for is empty or JSON.
    if (!expectsBody(match.row->id) && !exchange->request.body.empty() && !m_core.body(exchange))
        return;
    m_core.whenKnown(exchange, [this, exchange, id = match.row->id] { dispatch(exchange, id); });
}

bool Api::admitRate(const ExchangePtr &exchange, RateClass rateClass)
{
    ServerState &state = m_core.state();
    const std::size_t bodyBytes = exchange->request.body.size();
    const double cost =
        1 + std::floor(static_cast<double>(bodyBytes) /
                       static_cast<double>(state.settings.limits.bodyBytesPerToken));
    const IpAddress &address = exchange->peer.address;
    RateClass spent = rateClass;
    auto wait = state.limiter.take(exchange->started, rateClass, address, cost);
    // A monitor's question is not a matter of work.
    if (!wait && rateClass != RateClass::Probe) {
        spent = RateClass::Work;
        wait = state.limiter.take(exchange->started, RateClass::Work, address, 0);
    }
    if (!wait)
        return true;
    m_core.metrics().rateLimited(toString(spent));
    m_core.refuse(exchange, {429, "rate_limited", "too many requests", {}, *wait});
    return false;
}

void Api::refuseMatch(const ExchangePtr &exchange, const RouteMatch &match)
{
    if (match.outcome == RouteMatch::Outcome::NotFound)
        return m_core.refuse(exchange, {404, "not_found", "there is nothing here"});
    HttpResponse response;
    if (match.outcome == RouteMatch::Outcome::MethodNotAllowed) {
        response = ApiCore::responseOf({405, "method_not_allowed", "allowed here: " + match.allow});
        response.headers.push_back({"Allow", match.allow});
    } else {
        response = ApiCore::responseOf({426, "upgrade_required", "this is a WebSocket"});
        response.headers.push_back({"Upgrade", "websocket"});
    }
    m_core.finish(exchange, std::move(response));
}

void Api::dispatch(const ExchangePtr &exchange, int route)
{
    switch (route) {
    case Healthz:
        return m_core.json(exchange, protocol::statusOk());
    case Readyz:
        return ready(exchange);
    case MetricsText:
        return metrics(exchange);
    case Server:
        return serverInfo(exchange);
    case Register:
        return m_nodes.registerNode(exchange);
    case Nodes:
        return m_lists.nodes(exchange);
    case Heartbeat:
        return m_nodes.heartbeat(exchange);
    case Signal:
        return m_nodes.openSignal(exchange);
    case AskRoute:
        return m_sessions.requestRoute(exchange);
    case ExplainRoutes:
        return explainRoutes(exchange);
    case MetricsReport:
        return m_nodes.metrics(exchange);
    case Locations:
        return m_lists.locations(exchange);
    case SessionRenew:
        return m_sessions.renew(exchange);
    case SessionDelete:
        return m_sessions.remove(exchange);
    case TurnStun:
        return stunServers(exchange);
    case TurnServers:
        return turnServers(exchange, false);
    case TurnIce:
        return turnServers(exchange, true);
    case Relay:
        return m_sessions.openRelay(exchange);
    case PageStart:
    case PagePlace:
    case PageSignIn:
    case PageAction:
        return m_page.serve(exchange);
    default:
        return m_core.refuse(exchange, {500, "internal", "unknown route"});
    }
}

HttpResponse Api::refusal(const Endpoint &peer, int status)
{
    // Refusing is work, too; whoever is over it is refused at the next request.
    m_core.state().limiter.charge(monotonicNow(), RateClass::Read, peer.address, 1);
    m_core.metrics().error("http_parser");
    const std::string id = nextId();
    log::sampled(log::Level::Info, "api", "request refused", std::to_string(status),
                 {{"id", id}, {"status", status}, {"from", log::networkOf(peer.address)}});
    HttpResponse response = refusalOf(status);
    response.headers.push_back({"X-Request-Id", id});
    return response;
}

void Api::serverInfo(const ExchangePtr &exchange)
{
    const ServerState &state = m_core.state();
    protocol::ServerInfo info;
    info.name = state.settings.name;
    info.version = HIGGS_VERSION;
    info.time = wallNow();
    info.publicKey = *protocol::KeyText::parse(state.serverKey.publicKey().toBase64());
    info.access = state.settings.access;
    info.nodeAccess = state.settings.nodeAccess;
    info.relayServers = state.instances.relayServers();
    info.stunServers = state.turn.stunServers();
    info.tunnelNetwork4 = state.life.networks().network4;
    info.tunnelNetwork6 = state.life.networks().network6;
    if (isGlobalUnicast(exchange->peer.address.unmapped()))
        info.clientAddress = exchange->peer.address.unmapped();
    m_core.json(exchange, protocol::toJson(info));
}

void Api::stunServers(const ExchangePtr &exchange)
{
    m_core.json(exchange,
                protocol::toJson(protocol::StunServersResponse{m_core.state().turn.stunServers()}));
}

void Api::turnServers(const ExchangePtr &exchange, bool ice)
{
    const auto token = ApiCore::bearer(exchange->request);
    const auto node = token ? m_core.nodeOfToken(*token) : std::nullopt;
    if (!token || (!node && !m_core.isAnySessionToken(*token)))
        return m_core.unauthorized(exchange);
    if (node)
        m_core.noteNode(*node, exchange->peer.address);
    const TurnService &turn = m_core.state().turn;
    const std::string owner = node ? node->text() : std::string(*token);
    m_core.json(exchange, ice ? protocol::toJson(turn.iceServers(wallNow(), owner))
                              : protocol::toJson(turn.turnServers(wallNow(), owner)));
}

void Api::ready(const ExchangePtr &exchange)
{
    ServerState &state = m_core.state();
    state.readinessAsked = exchange->started;
    if (state.isReady())
        return m_core.json(exchange, protocol::statusOk());
    if (!state.storageUp)
        return m_core.unavailable(exchange);
    m_core.drained(exchange);
}

HttpResponse Api::metricsText()
{
    m_gather();
    HttpResponse response;
    response.contentType = "text/plain; version=0.0.4; charset=utf-8";
    response.body = m_core.metrics().text();
    return response;
}

// The operator's, and so never given for an address alone: anybody's request comes from loopback
// when a proxy runs on this machine. With a token set, the token; without one, a request that was
// made on this machine to this machine, as far as it can be told.
bool Api::isOperators(const ExchangePtr &exchange)
{
    const SecretText &expected = m_core.state().settings.metricsToken;
    const HttpRequest &request = exchange->request;
    const auto token = ApiCore::bearer(request);
    const std::vector<IpPrefix> &fronts = m_core.state().settings.fronts;
    const IpAddress &from = exchange->peer.address;
    // A front's own address is who it speaks for when it named nobody.
    const bool isFront = std::any_of(fronts.begin(), fronts.end(),
                                     [&from](const IpPrefix &each) { return each.contains(from); });
    if (expected.empty())
        return from.isLoopback() && !isFront && !request.wasForwarded() && request.isForLocalHost();
    return token && equalConstantTime(asBytes(*token), asBytes(expected.reveal()));
}

void Api::metrics(const ExchangePtr &exchange)
{
    if (!isOperators(exchange))
        return m_core.unauthorized(exchange);
    m_core.finish(exchange, metricsText());
}

void Api::explainRoutes(const ExchangePtr &exchange)
{
    if (!isOperators(exchange))
        return m_core.unauthorized(exchange);
    protocol::Json params = protocol::Json::object();
    for (const std::string_view name : routeQuestionNames()) {
        if (const auto value = exchange->request.queryValue(name))
            params[std::string(name)] = routeQuestionValue(name, *value);
    }
    auto answer = server::explainRoutes(m_core.state(), exchange->peer.address, params);
    if (auto *faults = std::get_if<protocol::Faults>(&answer))
        return m_core.validationFailed(exchange, std::move(*faults));
    m_core.json(exchange, std::get<protocol::Json>(answer));
}

} // namespace higgs::server
