// SPDX-License-Identifier: GPL-3.0-or-later
// The BosonServer's REST API as typed questions: one kept connection, time-outs, and retries where
// a repetition is harmless. On TlsStream, because a client's socket needs its mark before connect.
#pragma once

#include "shared/base/endpoint.h"
#include "shared/net/server_trust.h"
#include "shared/protocol/rest_locations.h"
#include "shared/protocol/rest_metrics.h"
#include "shared/protocol/rest_routing.h"
#include "shared/protocol/rest_turn.h"
#include "shared/protocol/server_info.h"
#include "shared/reactor/reply.h"

#include <QObject>
#include <cassert>
#include <functional>
#include <memory>
#include <optional>
#include <variant>

namespace higgs {

class EpollSet;
class KnownFleet;

/// Why a request has no answer. Without an answer of the server's httpStatus is 0 and `code` empty.
struct ApiFailure
{
    Error error;
    int httpStatus = 0;
    std::string code; ///< error.code of the answer ("unauthorized", ...), see WIRE.md
    std::optional<Seconds> retryAfter;
};

/// A value, or why there is none. Copies share it, and the one receiver may move it out: many
/// answers hold a token.
template <typename T>
class [[nodiscard]] ApiResult
{
public:
    ApiResult(T value) : m_state(std::make_shared<State>(std::in_place_index<0>, std::move(value)))
    {}
    ApiResult(ApiFailure failure)
        : m_state(std::make_shared<State>(std::in_place_index<1>, std::move(failure)))
    {}

    explicit operator bool() const { return m_state->index() == 0; }
    T &operator*() const
    {
        assert(*this);
        return *std::get_if<0>(m_state.get());
    }
    T *operator->() const { return &**this; }
    const ApiFailure &failure() const
    {
        assert(!*this);
        return *std::get_if<1>(m_state.get());
    }

private:
    using State = std::variant<T, ApiFailure>;
    std::shared_ptr<State> m_state;
};

/// For answers without content.
using ApiDone = ApiResult<std::monostate>;

/// Where an answer goes.
template <typename T>
using ApiReply = Reply<ApiResult<T>>;

struct ApiClientOptions
{
    std::string host; ///< a name or an address: for Host, SNI and the certificate's check
    std::uint16_t port = 3000;
    std::vector<IpAddress> addresses; ///< of the host, resolved by the caller
    ServerTrust trust;
    std::optional<std::uint32_t> mark; ///< SO_MARK
    /// For one question, its repetitions included; longer on a line that has shown to be slow.
    Milliseconds deadline{10'000};
    /// TLS has shown that the server of this name is at this address.
    std::function<void(const std::string &host, const IpAddress &)> proven;
    /// Where else the server is; null: nowhere. It must outlive the client.
    KnownFleet *fleet = nullptr;
};

/// Lives on the thread of its EpollSet, asked and answering there. Questions wait in a line and
/// go over one connection, which is kept for the next ones and opened again when the server closed
/// it. What is under way when the client is destroyed is not answered.
class ApiClient : public QObject
{
    Q_OBJECT

public:
    ApiClient(EpollSet &epoll, ApiClientOptions options, QObject *parent = nullptr);
    ~ApiClient() override;

    /// For connections to come.
    void setAddresses(std::vector<IpAddress> addresses);

    /// The kept connection may be dead without a word, as after a sleep: the next question, and one
    /// that waits for its answer, gets another.
    void renewConnection();

    /// Of a round trip to the server, as the kernel measured it on the connection of the last
    /// answer; nullopt before the first one.
    [[nodiscard]] std::optional<double> roundTripMs() const;

    void serverInfo(ApiReply<protocol::ServerInfo> reply);
    void locations(ApiReply<protocol::LocationsResponse> reply);
    /// `country` empty: all.
    void nodes(const std::string &country, ApiReply<protocol::NodesResponse> reply);

    /// An empty key or token is not sent.
    void registerNode(const protocol::RegisterRequest &request, const SecretText &accessKey,
                      const SecretText &token, ApiReply<protocol::RegisterResponse> reply);
    void heartbeat(const NodeId &node, const protocol::HeartbeatRequest &request,
                   const SecretText &token, ApiReply<protocol::HeartbeatResponse> reply);
    void reportMetrics(const protocol::MetricsReport &report, const SecretText &token,
                       ApiReply<std::monostate> reply = {});

    void requestRoute(const protocol::RoutingRequest &request, const SecretText &accessKey,
                      ApiReply<protocol::RoutingResponse> reply);
    void renewSession(const SessionId &session, const SecretText &token,
                      ApiReply<protocol::RenewResponse> reply);
    void deleteSession(const SessionId &session, const SecretText &token,
                       ApiReply<std::monostate> reply = {});

    void stunServers(ApiReply<protocol::StunServersResponse> reply);
    void turnServers(const SecretText &token, ApiReply<protocol::TurnServersResponse> reply);
    void iceServers(const SecretText &token, ApiReply<protocol::IceServersResponse> reply);

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace higgs
