// SPDX-License-Identifier: GPL-3.0-or-later
// JSON-RPC 2.0 messages of the control socket, as values. Pure. Batches are not offered: the socket
// is local, and a controller that wants two things asks twice.
#pragma once

#include "shared/protocol/json.h"

#include <cstdint>
#include <variant>

namespace higgs::control {

using Json = protocol::Json;

/// JSON-RPC 2.0 section 5.1; everything of our own is ServerError with data.code as its name.
enum class RpcCode : int {
    ParseError = -32700,
    InvalidRequest = -32600,
    MethodNotFound = -32601,
    InvalidParams = -32602,
    InternalError = -32603,
    ServerError = -32000,
};

struct RpcRequest
{
    std::optional<Json> id; ///< none: a notification, which gets no answer
    std::string method;
    Json params = Json::object(); ///< always an object

    friend bool operator==(const RpcRequest &, const RpcRequest &) = default;
};

/// A frame that is no request of ours; `id` is null when it could not be read.
struct RpcFault
{
    Json id;
    RpcCode code = RpcCode::InvalidRequest;
    std::string message;

    friend bool operator==(const RpcFault &, const RpcFault &) = default;
};

struct RpcAnswer
{
    std::uint64_t id = 0;
    Result<Json> outcome;
};

struct RpcNotification
{
    std::string method;
    Json params = Json::object();

    friend bool operator==(const RpcNotification &, const RpcNotification &) = default;
};

std::variant<RpcRequest, RpcFault> decodeRequest(std::string_view frame);

/// What a server sends. An error without an id (the server refuses the whole connection) is the
/// error of the Result, with the server's own words.
Result<std::variant<RpcAnswer, RpcNotification>> decodeServerMessage(std::string_view frame);

std::string encodeRequest(std::uint64_t id, std::string_view method, const Json &params);
std::string encodeNotification(std::string_view method, const Json &params);
std::string encodeAnswer(const Json &id, const Result<Json> &outcome);
std::string encodeFault(const RpcFault &fault);

} // namespace higgs::control
