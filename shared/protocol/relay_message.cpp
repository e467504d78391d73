// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/relay_message.h"

#include "shared/base/datagram.h"
#include "shared/protocol/field_writer.h"
#include "shared/protocol/session_codec.h"

namespace higgs::protocol {

namespace {

constexpr JsonLimits TextLimits{MaxRelayText, MaxJsonDepth};

template <typename... Cases>
struct Overloaded : Cases...
{
    using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

void readData(const Json &json, const Place &place, RelayMessage &out)
{
    FieldReader envelope(json, place);
    const Json *payload = envelope.find("payload");
    const auto *text = payload ? payload->get_ptr<const Json::string_t *>() : nullptr;
    Result<Bytes> datagram = text ? fromBase64(*text) : unexpected(ErrorCode::Malformed);
    if (datagram)
        out.payload = RelayData{std::move(*datagram)};
    else
        envelope.at("payload").fault("must be a datagram in canonical base64");
}

void readControl(const Json &payload, const Place &place, RelayControl &out)
{
    FieldReader reader(payload, place);
    std::string action;
    reader.required("action", action);
    out.action = parseEnum<ControlAction>(action).value_or(ControlAction::Other);
    reader.optional("errorCode", out.errorCode);
    reader.optional("errorMessage", out.errorMessage);
    if (out.action == ControlAction::Candidates)
        readCandidates(reader, out.candidates);
}

void readRelayMessage(const Json &json, const Place &place, RelayMessage &out)
{
    FieldReader reader(json, place);
    std::string type;
    reader.required("type", type);
    reader.required("sessionId", out.sessionId);
    reader.required("direction", out.direction);
    const Json *payload = reader.find("payload");
    const Place payloadPlace = reader.at("payload");
    if (!payload) {
        payloadPlace.fault("is required");
    } else if (type == "data") {
        readData(json, place, out);
    } else if (type == "control") {
        RelayControl control;
        readControl(*payload, payloadPlace, control);
        out.payload = std::move(control);
    } else {
        RelayHeartbeat heartbeat;
        FieldReader(*payload, payloadPlace).required("timestamp", heartbeat.timestamp);
        out.payload = heartbeat;
    }
}

Json envelope(const char *type, const SessionId &session, Direction direction, Json payload)
{
    return {{"type", type},
            {"sessionId", asJson(session)},
            {"direction", asJson(direction)},
            {"payload", std::move(payload)}};
}

Json controlPayload(const RelayControl &control)
{
    Json payload = {{"action", asJson(control.action)}};
    putOptional(payload, "errorCode", control.errorCode);
    putOptional(payload, "errorMessage", control.errorMessage);
    if (control.action == ControlAction::Candidates)
        payload["candidates"] = asJson(control.candidates);
    return payload;
}

void readSignalMessage(const Json &json, const Place &place, SignalMessage &out)
{
    FieldReader reader(json, place);
    reader.required("sessionId", out.sessionId);
    reader.required("direction", out.direction);
    const Json &payload = json.at("payload"); // required by the schema
    const Place payloadPlace = reader.at("payload");
    FieldReader fields(payload, payloadPlace);
    std::string action;
    fields.required("action", action);
    if (action == "connect") {
        SessionConnect connect;
        connect.sessionId = out.sessionId;
        readConnectPayload(payload, payloadPlace, connect);
        out.payload = std::move(connect);
    } else if (action == "disconnect") {
        SessionDisconnect disconnect;
        fields.optional("errorCode", disconnect.errorCode);
        fields.optional("errorMessage", disconnect.errorMessage);
        out.payload = std::move(disconnect);
    } else {
        SessionCandidates candidates;
        readCandidates(fields, candidates.candidates);
        out.payload = std::move(candidates);
    }
}

bool isKnownSignalAction(const Json &json)
{
    const auto action = json.find("payload")->find("action");
    return *action == "connect" || *action == "disconnect" || *action == "candidates";
}

} // namespace

Result<RelayMessage> decodeRelayMessage(const Json &json, Faults *faults)
{
    Result<RelayMessage> message =
        decodeDocument<RelayMessage>(json, faults, SchemaName::RelayMessage, readRelayMessage);
    if (!message)
        return message;
    const auto *data = std::get_if<RelayData>(&message->payload);
    if (data && data->datagram.size() > MaxDatagramSize)
        return unexpected(ErrorCode::TooLarge, "a datagram beyond the largest that a path carries");
    return message;
}

Result<RelayMessage> decodeRelayText(std::string_view text)
{
    const Result<Json> json = parseJson(text, TextLimits);
    if (!json)
        return unexpected(json.error());
    return decodeRelayMessage(*json);
}

Json toJson(const RelayMessage &message)
{
    return std::visit(Overloaded{[&](const RelayData &data) {
                                     return envelope("data", message.sessionId, message.direction,
                                                     toBase64(data.datagram));
                                 },
                                 [&](const RelayControl &control) {
                                     return envelope("control", message.sessionId,
                                                     message.direction, controlPayload(control));
                                 },
                                 [&](const RelayHeartbeat &heartbeat) {
                                     return envelope("heartbeat", message.sessionId,
                                                     message.direction,
                                                     {{"timestamp", asJson(heartbeat.timestamp)}});
                                 }},
                      message.payload);
}

Result<SignalMessage> decodeSignalMessage(const Json &json, Faults *faults)
{
    Faults found = validate(SchemaName::SignalMessage, json);
    if (found.empty() && !isKnownSignalAction(json))
        return unexpected(ErrorCode::NotFound, "an action unknown to this version");
    return decodeDocument<SignalMessage>(json, faults, SchemaName::SignalMessage,
                                         readSignalMessage);
}

Result<SignalMessage> decodeSignalText(std::string_view text)
{
    const Result<Json> json = parseJson(text, TextLimits);
    if (!json)
        return unexpected(json.error());
    return decodeSignalMessage(*json);
}

Json toJson(const SignalMessage &message)
{
    Json payload =
        std::visit(Overloaded{[](const SessionConnect &connect) {
                                  Json json = connectPayload(connect);
                                  json["action"] = "connect";
                                  return json;
                              },
                              [](const SessionDisconnect &disconnect) {
                                  Json json = {{"action", "disconnect"}};
                                  putOptional(json, "errorCode", disconnect.errorCode);
                                  putOptional(json, "errorMessage", disconnect.errorMessage);
                                  return json;
                              },
                              [](const SessionCandidates &candidates) {
                                  return Json{{"action", "candidates"},
                                              {"candidates", asJson(candidates.candidates)}};
                              }},
                   message.payload);
    return envelope("control", message.sessionId, message.direction, std::move(payload));
}

} // namespace higgs::protocol
