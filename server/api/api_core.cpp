// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/api_core.h"

#include "server/services/digests.h"
#include "shared/base/log.h"

#include <QTimer>

namespace higgs::server {

namespace {

constexpr Seconds RetryWhenUnavailable{5};
constexpr Seconds RetryWhenFull{60};
constexpr std::string_view RelayPath = "/relay/";
constexpr std::string_view TurnPath = "/api/v1/turn/";

// "application/json", with parameters or not, in any case (RFC 9110 section 8.3).
bool isJsonType(std::string_view type)
{
    std::string_view name = type.substr(0, type.find(';'));
    while (!name.empty() && (name.back() == ' ' || name.back() == '\t'))
        name.remove_suffix(1);
    return equalsIgnoringCase(name, "application/json");
}

} // namespace

ApiCore::ApiCore(ServerState &state, ServerMetrics &metrics, QObject *parent)
    : QObject(parent), m_state(state), m_metrics(metrics)
{}

void ApiCore::record(const ExchangePtr &exchange, int status)
{
    const auto took =
        std::chrono::duration_cast<std::chrono::microseconds>(monotonicNow() - exchange->started);
    m_metrics.request(exchange->route, exchange->request.method, status,
                      toString(exchange->rateClass), static_cast<double>(took.count()) / 1e6);
    const log::Level level = status >= 500 ? log::Level::Warning : log::Level::Info;
    // Neither refusals, which cost a stranger nothing, nor what he is given may fill a disk.
    constexpr int FirstRefusal = 400;
    const auto told = [&](std::initializer_list<log::Field> fields) {
        if (status >= FirstRefusal)
            log::sampled(level, "api", "request", std::to_string(status), fields);
        else
            log::ofPeer(level, "api", "request", exchange->peer.address, fields);
    };
    told({{"id", exchange->id},
          {"method", exchange->request.method.substr(0, 16)},
          {"route", exchange->route},
          {"status", status},
          {"ms", static_cast<double>(took.count()) / 1e3},
          {"from", log::networkOf(exchange->peer.address)}});
}

void ApiCore::finish(const ExchangePtr &exchange, HttpResponse response)
{
    if (exchange->answered)
        return;
    exchange->answered = true;
    response.headers.push_back({"X-Request-Id", exchange->id});
    record(exchange, response.status);
    exchange->reply.send(std::move(response));
}

void ApiCore::json(const ExchangePtr &exchange, const protocol::Json &body)
{
    HttpResponse response;
    response.body = protocol::dumpJson(body);
    finish(exchange, std::move(response));
}

HttpResponse ApiCore::responseOf(const Refusal &refusal)
{
    HttpResponse response;
    response.status = refusal.status;
    protocol::ErrorBody body;
    body.code = std::string(refusal.code);
    body.message = refusal.message;
    body.details = refusal.details;
    response.body = protocol::dumpJson(protocol::toJson(body));
    if (refusal.retryAfter)
        response.headers.push_back({"Retry-After", std::to_string(refusal.retryAfter->count())});
    if (refusal.status == 401)
        response.headers.push_back({"WWW-Authenticate", "Bearer"});
    return response;
}

void ApiCore::refuse(const ExchangePtr &exchange, const Refusal &refusal)
{
    finish(exchange, responseOf(refusal));
}

void ApiCore::unauthorized(const ExchangePtr &exchange)
{
    refuse(exchange, {401, "unauthorized", "a valid token or access key is needed"});
}

void ApiCore::serverFull(const ExchangePtr &exchange, std::string_view limit, std::string what)
{
    m_metrics.limitReached(limit);
    refuse(exchange, {503, "server_full", std::move(what), {}, RetryWhenFull});
}

void ApiCore::unavailable(const ExchangePtr &exchange)
{
    refuse(exchange, {503, "unavailable", "the storage does not answer", {}, RetryWhenUnavailable});
}

void ApiCore::drained(const ExchangePtr &exchange)
{
    refuse(exchange, {503,
                      "unavailable",
                      "the server takes no new sessions at the moment",
                      {},
                      RetryWhenUnavailable});
}

std::optional<protocol::Json> ApiCore::body(const ExchangePtr &exchange)
{
    const std::string type = exchange->request.joinedHeader("Content-Type");
    if (!type.empty() && !isJsonType(type)) {
        refuse(exchange, {415, "unsupported_media_type", "the body must be application/json"});
        return std::nullopt;
    }
    Result<protocol::Json> json = protocol::parseJson(exchange->request.body);
    if (!json) {
        refuse(exchange, {400, "malformed_json", json.error().detail});
        return std::nullopt;
    }
    return std::move(*json);
}

void ApiCore::validationFailed(const ExchangePtr &exchange, protocol::Faults faults)
{
    refuse(exchange,
           {400, "validation_failed", "the request does not fit its schema", std::move(faults)});
}

void ApiCore::validationFailed(const ExchangePtr &exchange, std::string path, std::string message)
{
    validationFailed(exchange, protocol::Faults{{std::move(path), std::move(message)}});
}

std::optional<std::string_view> ApiCore::bearer(const HttpRequest &request)
{
    constexpr std::string_view scheme = "Bearer ";
    const auto header = request.header("Authorization");
    if (!header || header->size() <= scheme.size() ||
        !equalsIgnoringCase(header->substr(0, scheme.size()), scheme))
        return std::nullopt;
    return header->substr(scheme.size());
}

std::string ApiCore::tokenOf(const HttpRequest &request)
{
    const auto header = bearer(request);
    return header ? std::string(*header) : request.queryValue("token").value_or("");
}

std::optional<NodeId> ApiCore::nodeOfToken(std::string_view token) const
{
    const Result<NodeTokenClaims> claims = m_state.nodeTokens.verifySigned(token);
    if (!claims)
        return std::nullopt;
    const Node *node = m_state.nodes.find(claims->node);
    if (node == nullptr)
        return std::nullopt;
    // The latest token lives as long as it was said to, whatever the wall clock was set to since.
    const bool latest = claims->issuedAt == node->tokenIssuedAt;
    const BootTime now = bootNow();
    if (m_state.bans.findNode(now, claims->node, node->record.publicKey) != nullptr)
        return std::nullopt;
    if (latest ? now >= node->tokenExpiresAt : wallNow() >= claims->expiry())
        return std::nullopt;
    // A token names the generation of the node's key; after a change of key it is dead.
    const std::string &generation = node->record.tokenGeneration;
    if (!m_state.admitsNodeKey(node->record.accessKey, now))
        return std::nullopt;
    if (!claims->tokenId.starts_with(generation + '.'))
        return std::nullopt;
    return claims->node;
}

/// Of the path: a session that is not here, or is over, and may be otherwise in the database.
std::optional<SessionId> ApiCore::unknownSession(const Exchange &exchange) const
{
    std::string_view name;
    if (exchange.route.find(":sessionId") != std::string_view::npos)
        name = exchange.values.front();
    else if (exchange.request.path.starts_with(RelayPath))
        name = std::string_view(exchange.request.path).substr(RelayPath.size());
    const auto id = SessionId::parse(name);
    return id && mayStandElsewhere(*id) ? std::optional(*id) : std::nullopt;
}

bool ApiCore::mayStandElsewhere(const SessionId &id) const
{
    const Session *session = m_state.sessions.find(id);
    const bool isOver = session == nullptr || session->expiresAt <= bootNow();
    return isOver && !m_state.cluster.mayExpire(id);
}

/// Of the token, which is one of ours: no stranger has others looked for.
std::optional<NodeId> ApiCore::unknownNode(const Exchange &exchange) const
{
    const Result<NodeTokenClaims> claims =
        m_state.nodeTokens.verifySigned(tokenOf(exchange.request));
    if (!claims || wallNow() >= claims->expiry())
        return std::nullopt;
    const Node *node = m_state.nodes.find(claims->node);
    const bool isCurrent =
        node != nullptr && claims->tokenId.starts_with(node->record.tokenGeneration + '.');
    return isCurrent ? std::nullopt : std::optional(claims->node);
}

template <typename Id>
void ApiCore::lookUp(const ExchangePtr &exchange, const std::optional<Id> &id,
                     std::function<void()> then)
{
    if (!id)
        return then();
    m_state.cluster.lookUp(*id,
                           [this, exchange, then = std::move(then)](const Result<void> &looked) {
                               // A relay says in its own words that it cannot know.
                               if (looked || exchange->request.path.starts_with(RelayPath))
                                   then();
                               else
                                   storageFailed(exchange, looked.error().detail);
                           });
}

void ApiCore::whenKnown(const ExchangePtr &exchange, std::function<void()> then)
{
    if (m_state.cluster.isAlone())
        return then();
    lookUp(exchange, unknownSession(*exchange), [this, exchange, then = std::move(then)] {
        lookUp(exchange, unknownNode(*exchange),
               [this, exchange, then] { whenTokenIsHere(exchange, then); });
    });
}

/// A session's token alone does not say which row it is of, so that nobody can be asked for it: it
/// comes with what the others tell, or not.
void ApiCore::whenTokenIsHere(const ExchangePtr &exchange, const std::function<void()> &then)
{
    const auto token = bearer(exchange->request);
    const bool mayCome = exchange->request.path.starts_with(TurnPath) && token &&
                         SessionId::parse(*token) && !isAnySessionToken(*token);
    if (!mayCome || m_awaitedTokens == MostAwaitedTokens)
        return then();
    ++m_awaitedTokens;
    QTimer::singleShot(TokenTime, this, [this, then] {
        --m_awaitedTokens;
        then();
    });
}

const Session *ApiCore::sessionOfToken(const SessionId &id, std::string_view token) const
{
    const std::string digest = digestOf(token);
    const Session *session = m_state.sessions.find(id);
    if (session == nullptr || session->expiresAt <= bootNow() ||
        !equalConstantTime(asBytes(digest), asBytes(session->record.tokenDigest)))
        return nullptr;
    return session;
}

bool ApiCore::isAnySessionToken(std::string_view token) const
{
    return m_state.sessions.hasToken(digestOf(token), bootNow());
}

std::optional<AccessKeyRecord> ApiCore::accessKey(const HttpRequest &request,
                                                  KeyPurpose wanted) const
{
    const auto given = request.header("Higgs-Access-Key");
    if (!given)
        return std::nullopt;
    const WallTime now = wallNow();
    const AccessKeyRecord *found = m_state.accessKeys.find(digestOf(*given), now);
    if (found == nullptr || !isGoodFor(found->purpose, wanted) ||
        m_state.bans.hasKey(bootNow(), found->name))
        return std::nullopt;
    m_state.accessKeys.used(found->name, now);
    return *found;
}

bool ApiCore::requireNode(const ExchangePtr &exchange, const NodeId &node)
{
    const auto token = bearer(exchange->request);
    const auto owner = token ? nodeOfToken(*token) : std::nullopt;
    if (!owner) {
        unauthorized(exchange);
        return false;
    }
    if (*owner != node) {
        refuse(exchange, {403, "forbidden", "the token is another node's"});
        return false;
    }
    noteNode(node, exchange->peer.address);
    return true;
}

void ApiCore::noteNode(const NodeId &node, const IpAddress &address)
{
    if (m_state.nodes.noteSeen(node, address))
        Q_EMIT nodeSeen(node, address);
}

void ApiCore::storageFailed(const ExchangePtr &exchange, const std::string &why)
{
    log::sampled(log::Level::Error, "storage", "call failed", "",
                 {{"request", exchange->id}, {"detail", why}});
    m_metrics.error("storage");
    unavailable(exchange);
    Q_EMIT storageSuspected();
}

} // namespace higgs::server
