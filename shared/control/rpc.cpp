// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/rpc.h"

#include "shared/protocol/control_frame.h"

namespace higgs::control {

namespace {

Result<Json> parseFrame(std::string_view frame)
{
    return protocol::parseJson(frame, {.bytes = protocol::MaxControlFrame});
}

const Json *member(const Json &object, const char *name)
{
    const auto found = object.find(name);
    return found == object.end() ? nullptr : &*found;
}

bool hasVersion(const Json &message)
{
    const Json *version = member(message, "jsonrpc");
    return version != nullptr && version->is_string() && *version == "2.0";
}

/// The code whose toString() is `name`; Internal for a name that a newer daemon made.
ErrorCode errorCodeOf(std::string_view name)
{
    constexpr int Codes = static_cast<int>(ErrorCode::NotValidNow) + 1;
    for (int i = 0; i < Codes; ++i) {
        if (name == toString(static_cast<ErrorCode>(i)))
            return static_cast<ErrorCode>(i);
    }
    return ErrorCode::Internal;
}

RpcCode rpcCodeOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::InvalidArgument:
        return RpcCode::InvalidParams;
    case ErrorCode::Internal:
        return RpcCode::InternalError;
    default:
        return RpcCode::ServerError;
    }
}

Error decodeError(const Json &error)
{
    Error decoded{ErrorCode::Internal, "the daemon answered with an error of unknown form"};
    if (!error.is_object())
        return decoded;
    if (const Json *message = member(error, "message"); message != nullptr && message->is_string())
        decoded.detail = message->get_ref<const std::string &>();
    const Json *extra = member(error, "data");
    const Json *name = extra != nullptr && extra->is_object() ? member(*extra, "code") : nullptr;
    if (name != nullptr && name->is_string())
        decoded.code = errorCodeOf(name->get_ref<const std::string &>());
    return decoded;
}

Json envelope()
{
    return Json{{"jsonrpc", "2.0"}};
}

} // namespace

std::variant<RpcRequest, RpcFault> decodeRequest(std::string_view frame)
{
    const Result<Json> json = parseFrame(frame);
    if (!json)
        return RpcFault{nullptr, RpcCode::ParseError, json.error().detail};
    if (json->is_array())
        return RpcFault{nullptr, RpcCode::InvalidRequest, "batches are not supported"};
    if (!json->is_object())
        return RpcFault{nullptr, RpcCode::InvalidRequest, "a request is an object"};

    RpcRequest request;
    if (const Json *id = member(*json, "id")) {
        if (!id->is_string() && !id->is_number() && !id->is_null())
            return RpcFault{nullptr, RpcCode::InvalidRequest, "id must be a string or a number"};
        request.id = *id;
    }
    const Json id = request.id.value_or(nullptr);
    if (!hasVersion(*json))
        return RpcFault{id, RpcCode::InvalidRequest, "jsonrpc must be \"2.0\""};
    const Json *method = member(*json, "method");
    if (method == nullptr || !method->is_string())
        return RpcFault{id, RpcCode::InvalidRequest, "method must be a string"};
    request.method = method->get<std::string>();
    if (const Json *params = member(*json, "params")) {
        if (!params->is_object())
            return RpcFault{id, RpcCode::InvalidParams, "params must be an object"};
        request.params = *params;
    }
    return request;
}

Result<std::variant<RpcAnswer, RpcNotification>> decodeServerMessage(std::string_view frame)
{
    using Message = std::variant<RpcAnswer, RpcNotification>;
    const Result<Json> json = parseFrame(frame);
    if (!json)
        return unexpected(json.error());
    if (!json->is_object() || !hasVersion(*json))
        return unexpected(ErrorCode::Malformed, "not a JSON-RPC 2.0 message");

    if (const Json *method = member(*json, "method")) {
        const Json *params = member(*json, "params");
        if (!method->is_string() || (params != nullptr && !params->is_object()))
            return unexpected(ErrorCode::Malformed, "not a JSON-RPC 2.0 notification");
        return Message{RpcNotification{method->get<std::string>(),
                                       params != nullptr ? *params : Json::object()}};
    }

    const Json *id = member(*json, "id");
    const Json *error = member(*json, "error");
    const Json *result = member(*json, "result");
    if (id == nullptr || (error == nullptr) == (result == nullptr))
        return unexpected(ErrorCode::Malformed, "not a JSON-RPC 2.0 response");
    if (id->is_null() && error != nullptr)
        return unexpected(decodeError(*error));
    if (!id->is_number_unsigned())
        return unexpected(ErrorCode::Malformed, "a response to a request nobody made");
    const auto number = id->get<std::uint64_t>();
    if (error != nullptr)
        return Message{RpcAnswer{number, unexpected(decodeError(*error))}};
    return Message{RpcAnswer{number, *result}};
}

std::string encodeRequest(std::uint64_t id, std::string_view method, const Json &params)
{
    Json message = envelope();
    message["id"] = id;
    message["method"] = method;
    message["params"] = params;
    return protocol::dumpJson(message);
}

std::string encodeNotification(std::string_view method, const Json &params)
{
    Json message = envelope();
    message["method"] = method;
    message["params"] = params;
    return protocol::dumpJson(message);
}

std::string encodeAnswer(const Json &id, const Result<Json> &outcome)
{
    Json message = envelope();
    message["id"] = id;
    if (outcome) {
        message["result"] = *outcome;
    } else {
        const Error &error = outcome.error();
        message["error"] = {{"code", static_cast<int>(rpcCodeOf(error.code))},
                            {"message", error.detail},
                            {"data", {{"code", toString(error.code)}}}};
    }
    return protocol::dumpJson(message);
}

std::string encodeFault(const RpcFault &fault)
{
    const char *name = fault.code == RpcCode::MethodNotFound  ? toString(ErrorCode::NotFound)
                       : fault.code == RpcCode::InvalidParams ? toString(ErrorCode::InvalidArgument)
                                                              : toString(ErrorCode::Malformed);
    Json message = envelope();
    message["id"] = fault.id;
    message["error"] = {{"code", static_cast<int>(fault.code)},
                        {"message", fault.message},
                        {"data", {{"code", name}}}};
    return protocol::dumpJson(message);
}

} // namespace higgs::control
