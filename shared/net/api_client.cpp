// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/api_client.h"

#include "shared/net/api_connection.h"
#include "shared/protocol/error_body.h"

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
    void ask(ApiRequest request, ApiReply<T> reply, Decode decode)
    {
        connection.send(std::move(request),
                        [reply = std::move(reply), decode](Result<HttpResponse> answer) {
                            reply(result<T>(std::move(answer), decode));
                        });
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

void ApiClient::renewConnection()
{
    d->connection.renew();
}

void ApiClient::setAddresses(std::vector<IpAddress> addresses)
{
    d->connection.setAddresses(std::move(addresses));
}

std::optional<double> ApiClient::roundTripMs() const
{
    return d->connection.roundTripMs();
}

void ApiClient::serverInfo(ApiReply<protocol::ServerInfo> reply)
{
    ApiRequest request;
    request.target = "/api/v1/server";
    d->ask<protocol::ServerInfo>(std::move(request), std::move(reply),
                                 [](const auto &json) { return protocol::decodeServerInfo(json); });
}

void ApiClient::locations(ApiReply<protocol::LocationsResponse> reply)
{
    ApiRequest request;
    request.target = "/api/v1/locations";
    d->ask<protocol::LocationsResponse>(std::move(request), std::move(reply), [](const auto &json) {
        return protocol::decodeLocationsResponse(json);
    });
}

void ApiClient::nodes(const std::string &country, ApiReply<protocol::NodesResponse> reply)
{
    ApiRequest request;
    request.target = "/api/v1/nodes";
    if (const auto code = protocol::CountryCode::parse(country); code)
        request.target += "?country=" + code->text();
    d->ask<protocol::NodesResponse>(std::move(request), std::move(reply), [](const auto &json) {
        return protocol::decodeNodesResponse(json);
    });
}

void ApiClient::registerNode(const protocol::RegisterRequest &message, const SecretText &accessKey,
                             const SecretText &token, ApiReply<protocol::RegisterResponse> reply)
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
    d->ask<protocol::RegisterResponse>(std::move(request), std::move(reply), [](const auto &json) {
        return protocol::decodeRegisterResponse(json);
    });
}

void ApiClient::heartbeat(const NodeId &node, const protocol::HeartbeatRequest &message,
                          const SecretText &token, ApiReply<protocol::HeartbeatResponse> reply)
{
    ApiRequest request;
    request.method = "POST";
    request.target = "/api/v1/nodes/" + node.text() + "/heartbeat";
    request.body = protocol::dumpJson(protocol::toJson(message));
    request.bearer = token.copy();
    d->ask<protocol::HeartbeatResponse>(std::move(request), std::move(reply), [](const auto &json) {
        return protocol::decodeHeartbeatResponse(json);
    });
}

void ApiClient::reportMetrics(const protocol::MetricsReport &report, const SecretText &token,
                              ApiReply<std::monostate> reply)
{
    ApiRequest request;
    request.method = "POST";
    request.target = "/api/v1/metrics";
    request.body = protocol::dumpJson(protocol::toJson(report));
    request.bearer = token.copy();
    d->ask<std::monostate>(
        std::move(request), std::move(reply), [](const auto &json) -> Result<std::monostate> {
            if (const Result<void> ok = protocol::decodeStatusResponse(json); !ok)
                return unexpected(ok.error());
            return std::monostate{};
        });
}

void ApiClient::requestRoute(const protocol::RoutingRequest &message, const SecretText &accessKey,
                             ApiReply<protocol::RoutingResponse> reply)
{
    ApiRequest request;
    request.method = "POST";
    request.target = "/api/v1/routing/request";
    request.body = protocol::dumpJson(protocol::toJson(message));
    request.accessKey = accessKey.copy();
    d->ask<protocol::RoutingResponse>(std::move(request), std::move(reply), [](const auto &json) {
        return protocol::decodeRoutingResponse(json);
    });
}

void ApiClient::renewSession(const SessionId &session, const SecretText &token,
                             ApiReply<protocol::RenewResponse> reply)
{
    ApiRequest request;
    request.method = "POST";
    request.target = sessionTarget(session) + "/renew";
    request.bearer = token.copy();
    d->ask<protocol::RenewResponse>(std::move(request), std::move(reply), [](const auto &json) {
        return protocol::decodeRenewResponse(json);
    });
}

void ApiClient::deleteSession(const SessionId &session, const SecretText &token,
                              ApiReply<std::monostate> reply)
{
    ApiRequest request;
    request.method = "DELETE";
    request.target = sessionTarget(session);
    request.bearer = token.copy();
    d->ask<std::monostate>(std::move(request), std::move(reply),
                           [](const auto &) { return Result<std::monostate>(std::monostate{}); });
}

void ApiClient::stunServers(ApiReply<protocol::StunServersResponse> reply)
{
    ApiRequest request;
    request.target = "/api/v1/turn/stun";
    d->ask<protocol::StunServersResponse>(
        std::move(request), std::move(reply),
        [](const auto &json) { return protocol::decodeStunServersResponse(json); });
}

void ApiClient::turnServers(const SecretText &token, ApiReply<protocol::TurnServersResponse> reply)
{
    ApiRequest request;
    request.target = "/api/v1/turn/servers";
    request.bearer = token.copy();
    d->ask<protocol::TurnServersResponse>(
        std::move(request), std::move(reply),
        [](const auto &json) { return protocol::decodeTurnServersResponse(json); });
}

void ApiClient::iceServers(const SecretText &token, ApiReply<protocol::IceServersResponse> reply)
{
    ApiRequest request;
    request.target = "/api/v1/turn/ice";
    request.bearer = token.copy();
    d->ask<protocol::IceServersResponse>(
        std::move(request), std::move(reply),
        [](const auto &json) { return protocol::decodeIceServersResponse(json); });
}

} // namespace higgs
