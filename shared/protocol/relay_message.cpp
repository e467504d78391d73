// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/relay_message.h"

#include "shared/base/datagram.h"
#include "shared/protocol/field_writer.h"
#include "shared/protocol/relay_form.h"
#include "shared/protocol/session_codec.h"

#include <algorithm>

namespace higgs::protocol {

namespace {

constexpr JsonLimits TextLimits{MaxRelayText, MaxJsonDepth};
// Stands for a datagram that was cut out of its text; no base64, so that it is not one itself.
constexpr std::string_view Stand = "@datagram@";

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

Result<RelayMessage> judged(Result<RelayMessage> message)
{
    const auto *data = message ? std::get_if<RelayData>(&message->payload) : nullptr;
    if (data && data->datagram.size() > MaxDatagramSize)
        return unexpected(ErrorCode::TooLarge, "a datagram beyond the largest that a path carries");
    return message;
}

/// By the form instead of the schema: what is wrong is not told, only that it is.
Result<RelayMessage> decodeRelayForm(const Json &json)
{
    if (!isRelayForm(json))
        return unexpected(ErrorCode::Malformed, "not a relay message");
    return judged(decodeDocument<RelayMessage>(json, nullptr, std::nullopt, readRelayMessage));
}

/// Where the string that begins at `begin` ends: its closing quote, or the end of the text.
std::size_t endOfString(std::string_view text, std::size_t begin)
{
    std::size_t end = text.find('"', begin);
    for (; end != std::string_view::npos; end = text.find('"', end + 1)) {
        std::size_t escapes = 0;
        while (end - escapes > begin && text[end - escapes - 1] == '\\')
            ++escapes;
        if (escapes % 2 == 0)
            return end;
    }
    return text.size();
}

/// The longest string of a text, without its quotes; nullopt as soon as more than MaxControlText
/// lies outside of it: that is no datagram, whatever it is.
std::optional<std::string_view> longestString(std::string_view text)
{
    std::string_view longest;
    std::size_t begin = 0;
    bool isString = false;
    while (begin <= text.size()) {
        const std::size_t end =
            isString ? endOfString(text, begin) : std::min(text.find('"', begin), text.size());
        const std::string_view run = text.substr(begin, end - begin);
        if (isString && run.size() > longest.size())
            longest = run;
        if (end - longest.size() > MaxControlText)
            return std::nullopt;
        begin = end + 1;
        isString = !isString;
    }
    return longest;
}

bool isBase64Text(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '+' || c == '/' || c == '=';
    });
}

} // namespace

Result<RelayMessage> decodeRelayMessage(const Json &json, Faults *faults)
{
    return judged(
        decodeDocument<RelayMessage>(json, faults, SchemaName::RelayMessage, readRelayMessage));
}

Result<RelayMessage> decodeRelayText(std::string_view text)
{
    if (text.size() > TextLimits.bytes)
        return unexpected(ErrorCode::TooLarge, "a text beyond the largest");
    std::string rest;
    std::string_view cut;
    if (text.size() > MaxControlText) {
        const std::optional<std::string_view> longest = longestString(text);
        if (!longest) {
            const std::size_t first = std::min(text.find_first_not_of(" \t\r\n"), text.size() - 1);
            return unexpected(text[first] == '{' ? ErrorCode::TooLarge : ErrorCode::Malformed,
                              "more than a datagram in its envelope");
        }
        const std::string_view before(text.data(),
                                      static_cast<std::size_t>(longest->data() - text.data()));
        const std::string_view after = text.substr(before.size() + longest->size());
        // Without escapes nothing else can come to read as the stand-in.
        const auto isPlain = [](std::string_view part) {
            return part.find('\\') == std::string_view::npos &&
                   part.find(Stand) == std::string_view::npos;
        };
        if (!longest->empty() && isBase64Text(*longest) && isPlain(before) && isPlain(after)) {
            rest.append(before).append(Stand).append(after);
            cut = *longest;
            text = rest;
        }
    }
    Result<Json> json = parseJson(text, TextLimits);
    if (!json)
        return unexpected(json.error());
    if (cut.empty())
        return decodeRelayForm(*json);
    const auto payload = json->find("payload");
    if (!json->is_object() || payload == json->end() || *payload != Stand)
        return unexpected(ErrorCode::TooLarge, "a text of this kind has at most 8192 bytes");
    Result<Bytes> datagram = fromBase64(cut);
    if (!datagram)
        return unexpected(ErrorCode::Malformed, "not a datagram in canonical base64");
    *payload = "";
    Result<RelayMessage> message = decodeRelayForm(*json);
    auto *data = message ? std::get_if<RelayData>(&message->payload) : nullptr;
    if (data == nullptr)
        return message ? unexpected(ErrorCode::Malformed, "not a relay message")
                       : std::move(message);
    data->datagram = std::move(*datagram);
    return judged(std::move(message));
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
    if (!found.empty()) {
        Error error = faultError(found);
        if (faults)
            *faults = std::move(found);
        return unexpected(std::move(error));
    }
    if (!isKnownSignalAction(json))
        return unexpected(ErrorCode::NotFound, "an action unknown to this version");
    return decodeDocument<SignalMessage>(json, faults, std::nullopt, readSignalMessage);
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
