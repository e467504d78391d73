// SPDX-License-Identifier: GPL-3.0-or-later
// What every endpoint needs: the exchange, the one error shape, and authentication.
#pragma once

#include "server/api/server_state.h"
#include "server/http/http_server.h"
#include "server/metrics/server_metrics.h"
#include "shared/protocol/error_body.h"

namespace higgs::server {

/// One request on its way to one answer.
struct Exchange
{
    Exchange(HttpRequest r, const Endpoint &p, HttpReply w)
        : request(std::move(r)), peer(p), reply(w)
    {}

    HttpRequest request;
    Endpoint peer;
    HttpReply reply;
    std::vector<std::string> values; ///< of the pattern's ":" segments
    std::string_view route = "none"; ///< the pattern, for logs and metrics
    RateClass rateClass = RateClass::Read;
    std::string id;
    Monotonic started;
    bool answered = false;
};
using ExchangePtr = std::shared_ptr<Exchange>;

/// An answer that is not a success.
struct Refusal
{
    int status = 500;
    std::string_view code;
    std::string message;
    protocol::Faults details = {};
    std::optional<Seconds> retryAfter = {};
};

class ApiCore : public QObject
{
    Q_OBJECT

public:
    ApiCore(ServerState &state, ServerMetrics &metrics, QObject *parent = nullptr);

    [[nodiscard]] ServerState &state() { return m_state; }
    [[nodiscard]] ServerMetrics &metrics() { return m_metrics; }

    void finish(const ExchangePtr &exchange, HttpResponse response);
    void json(const ExchangePtr &exchange, const protocol::Json &body);
    void refuse(const ExchangePtr &exchange, const Refusal &refusal);
    void unauthorized(const ExchangePtr &exchange);
    void unavailable(const ExchangePtr &exchange);
    /// The server is, and takes on nothing new.
    void drained(const ExchangePtr &exchange);
    /// A table has no room; `what` says which, and `limit`, a literal, which limit it was.
    void serverFull(const ExchangePtr &exchange, std::string_view limit, std::string what);
    [[nodiscard]] static HttpResponse responseOf(const Refusal &refusal);
    /// Logs, counts and times an answer that did not go through finish(): an upgrade.
    void record(const ExchangePtr &exchange, int status);

    /// The body as strict JSON; nullopt after a refusal (400, 415).
    std::optional<protocol::Json> body(const ExchangePtr &exchange);
    void validationFailed(const ExchangePtr &exchange, protocol::Faults faults);
    void validationFailed(const ExchangePtr &exchange, std::string path, std::string message);

    /// The token of `Authorization: Bearer`; nullopt when absent or malformed.
    [[nodiscard]] static std::optional<std::string_view> bearer(const HttpRequest &request);
    /// The same, or the one in a relay's path; empty when there is neither.
    [[nodiscard]] static std::string tokenOf(const HttpRequest &request);
    /// The node whose current token this is.
    [[nodiscard]] std::optional<NodeId> nodeOfToken(std::string_view token) const;
    /// Constant-time check of a session's token.
    [[nodiscard]] const Session *sessionOfToken(const SessionId &id, std::string_view token) const;
    [[nodiscard]] bool isAnySessionToken(std::string_view token) const;
    /// Whether a session that is over here, or that there is none, may be otherwise in the
    /// database.
    [[nodiscard]] bool mayStandElsewhere(const SessionId &id) const;
    /// What another server tells of a session that it has just opened takes less than this.
    static constexpr Milliseconds TokenTime{400};
    /// Requests that wait for a token; strangers can make them up.
    static constexpr std::size_t MostAwaitedTokens = 500;

    /// `then` once the rows that the request is about are here as the database has them: another
    /// server may have made them a moment ago. 503 where it does not say, but for a relay's.
    void whenKnown(const ExchangePtr &exchange, std::function<void()> then);
    /// The access key in the request; nullopt without one that is good for this.
    [[nodiscard]] std::optional<AccessKeyRecord> accessKey(const HttpRequest &request,
                                                           KeyPurpose wanted) const;
    /// The node has shown its token at this address.
    void noteNode(const NodeId &node, const IpAddress &address);
    /// Whether `node` may be acted on: 401 or 403 has been sent when false.
    bool requireNode(const ExchangePtr &exchange, const NodeId &node);

    /// Answers 503, as the storage has failed or is late, and has it looked at.
    void storageFailed(const ExchangePtr &exchange, const std::string &why);

Q_SIGNALS:
    /// A node has shown its token from an address that is news.
    void nodeSeen(const higgs::NodeId &node, const higgs::IpAddress &address);
    /// A call has failed or is late: time to probe.
    void storageSuspected();

private:
    [[nodiscard]] std::optional<SessionId> unknownSession(const Exchange &exchange) const;
    [[nodiscard]] std::optional<NodeId> unknownNode(const Exchange &exchange) const;
    template <typename Id>
    void lookUp(const ExchangePtr &exchange, const std::optional<Id> &id,
                std::function<void()> then);

    void whenTokenIsHere(const ExchangePtr &exchange, const std::function<void()> &then);

    ServerState &m_state;
    ServerMetrics &m_metrics;
    std::size_t m_awaitedTokens = 0;
};

} // namespace higgs::server
