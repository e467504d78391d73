// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/api_client.h"

#include "shared/net/api_connection.h"
#include "shared/protocol/error_body.h"

#include <QPromise>

namespace higgs {

namespace {

constexpr int FirstErrorStatus = 400;
constexpr int NoContent = 204;

ErrorCode codeOf(int status)
{
    switch (status) {
    case 401:
        return ErrorCode::Unauthorized;
    case 403:
        return ErrorCode::Forbidden;
    case 404:
        return ErrorCode::NotFound;
    case 409:
        return ErrorCode::AlreadyExists;
    case 413:
        return ErrorCode::TooLarge;
    case 429:
        return ErrorCode::RateLimited;
    default:
        return status >= 500 ? ErrorCode::Unavailable : ErrorCode::InvalidArgument;
    }
}

ApiFailure refused(const HttpResponse &response)
{
    ApiFailure failure;
    failure.httpStatus = response.status;
    failure.retryAfter = response.retryAfter;
    failure.error = {codeOf(response.status), "HTTP " + std::to_string(response.status)};
    const auto json = protocol::parseJson(response.body);
    if (!json)
        return failure;
    if (const auto body = protocol::decodeErrorBody(*json); body) {
        failure.code = body->code;
        failure.error.detail = body->message;
    }
    return failure;
}

ApiFailure unusable(const HttpResponse &response, const Error &error)
{
    return {{ErrorCode::Malformed, "the server's answer does not decode: " + error.detail},
            response.status,
            {},
            {}};
}

std::string sessionTarget(const SessionId &session)
{
    return "/api/v1/sessions/" + session.text();
}

} // namespace

class ApiClient::Private
{
public:
    Private(EpollSet &epoll, ApiClientOptions options) : connection(epoll, std::move(options)) {}

    /// Sends and decodes; `decode` is Result<T>(const Json &, Faults *).
    template <typename T, typename Decode>
    ApiFuture<T> ask(ApiRequest request, Decode decode)
    {
        const auto promise = std::make_shared<QPromise<ApiResult<T>>>();
        promise->start();
        ApiFuture<T> future = promise->future();
        connection.send(std::move(request), [promise, decode](Result<HttpResponse> answer) {
            promise->addResult(result<T>(std::move(answer), decode));
            promise->finish();
        });
        return future;
    }

    ApiConnection connection;

private:
    template <typename T, typename Decode>
    static ApiResult<T> result(Result<HttpResponse> answer, const Decode &decode)
    {
        if (!answer)
            return ApiFailure{answer.error(), 0, {}, {}};
        if (answer->status >= FirstErrorStatus)
            return refused(*answer);
        const auto json = protocol::parseJson(answer->status == NoContent ? "{}" : answer->body,
                                              {.bytes = protocol::MaxResponseBody});
        if (!json)
            return unusable(*answer, json.error());
        Result<T> value = decode(*json);
        if (!value)
            return unusable(*answer, value.error());
        return std::move(*value);
    }
};

ApiClient::ApiClient(EpollSet &epoll, ApiClientOptions options, QObject *parent)
    : QObject(parent), d(std::make_unique<Private>(epoll, std::move(options)))
{}

ApiClient::~ApiClient() = default;

void ApiClient::setAddresses(std::vector<IpAddress> addresses)
{
    d->connection.setAddresses(std::move(addresses));
}

ApiFuture<protocol::ServerInfo> ApiClient::serverInfo()
{
    ApiRequest request;
    request.target = "/api/v1/server";
    return d->ask<protocol::ServerInfo>(
        std::move(request), [](const auto &json) { return protocol::decodeServerInfo(json); });
}

ApiFuture<protocol::LocationsResponse> ApiClient::locations()
{
    ApiRequest request;
    request.target = "/api/v1/locations";
    return d->ask<protocol::LocationsResponse>(std::move(request), [](const auto &json) {
        return protocol::decodeLocationsResponse(json);
    });
}

ApiFuture<protocol::NodesResponse> ApiClient::nodes(const std::string &country)
{
    ApiRequest request;
    request.target = "/api/v1/nodes";
    if (const auto code = protocol::CountryCode::parse(country); code)
        request.target += "?country=" + code->text();
    return d->ask<protocol::NodesResponse>(
        std::move(request), [](const auto &json) { return protocol::decodeNodesResponse(json); });
}

ApiFuture<protocol::RegisterResponse>
ApiClient::registerNode(const protocol::RegisterRequest &message, const SecretText &accessKey,
                        const SecretText &token)
{
    ApiRequest request;
    request.method = "POST";
    request.target = "/api/v1/nodes/register";
    request.body = protocol::dumpJson(protocol::toJson(message));
    request.accessKey = accessKey.copy();
    request.bearer = token.copy();
    // The proof's time must be later than the last one that was accepted, so the very same request
    // is no good if the first one arrived.
    request.repeatable = false;
    return d->ask<protocol::RegisterResponse>(std::move(request), [](const auto &json) {
        return protocol::decodeRegisterResponse(json);
    });
}

ApiFuture<protocol::HeartbeatResponse>
ApiClient::heartbeat(const NodeId &node, const protocol::HeartbeatRequest &message,
                     const SecretText &token)
{
    ApiRequest request;
    request.method = "POST";
    request.target = "/api/v1/nodes/" + node.text() + "/heartbeat";
    request.body = protocol::dumpJson(protocol::toJson(message));
    request.bearer = token.copy();
    return d->ask<protocol::HeartbeatResponse>(std::move(request), [](const auto &json) {
        return protocol::decodeHeartbeatResponse(json);
    });
}

ApiFuture<std::monostate> ApiClient::reportMetrics(const protocol::MetricsReport &report,
                                                   const SecretText &token)
{
    ApiRequest request;
    request.method = "POST";
    request.target = "/api/v1/metrics";
    request.body = protocol::dumpJson(protocol::toJson(report));
    request.bearer = token.copy();
    return d->ask<std::monostate>(
        std::move(request), [](const auto &json) -> Result<std::monostate> {
            if (const Result<void> ok = protocol::decodeStatusResponse(json); !ok)
                return unexpected(ok.error());
            return std::monostate{};
        });
}

ApiFuture<protocol::RoutingResponse>
ApiClient::requestRoute(const protocol::RoutingRequest &message, const SecretText &accessKey)
{
    ApiRequest request;
    request.method = "POST";
    request.target = "/api/v1/routing/request";
    request.body = protocol::dumpJson(protocol::toJson(message));
    request.accessKey = accessKey.copy();
    return d->ask<protocol::RoutingResponse>(
        std::move(request), [](const auto &json) { return protocol::decodeRoutingResponse(json); });
}

ApiFuture<protocol::RenewResponse> ApiClient::renewSession(const SessionId &session,
                                                           const SecretText &token)
{
    ApiRequest request;
    request.method = "POST";
    request.target = sessionTarget(session) + "/renew";
    request.bearer = token.copy();
    return d->ask<protocol::RenewResponse>(
        std::move(request), [](const auto &json) { return protocol::decodeRenewResponse(json); });
}

ApiFuture<std::monostate> ApiClient::deleteSession(const SessionId &session,
                                                   const SecretText &token)
{
    ApiRequest request;
    request.method = "DELETE";
    request.target = sessionTarget(session);
    request.bearer = token.copy();
    return d->ask<std::monostate>(
        std::move(request), [](const auto &) { return Result<std::monostate>(std::monostate{}); });
}

ApiFuture<protocol::StunServersResponse> ApiClient::stunServers()
{
    ApiRequest request;
    request.target = "/api/v1/turn/stun";
    return d->ask<protocol::StunServersResponse>(std::move(request), [](const auto &json) {
        return protocol::decodeStunServersResponse(json);
    });
}

ApiFuture<protocol::TurnServersResponse> ApiClient::turnServers(const SecretText &token)
{
    ApiRequest request;
    request.target = "/api/v1/turn/servers";
    request.bearer = token.copy();
    return d->ask<protocol::TurnServersResponse>(std::move(request), [](const auto &json) {
        return protocol::decodeTurnServersResponse(json);
    });
}

ApiFuture<protocol::IceServersResponse> ApiClient::iceServers(const SecretText &token)
{
    ApiRequest request;
    request.target = "/api/v1/turn/ice";
    request.bearer = token.copy();
    return d->ask<protocol::IceServersResponse>(std::move(request), [](const auto &json) {
        return protocol::decodeIceServersResponse(json);
    });
}

} // namespace higgs
