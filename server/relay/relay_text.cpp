// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/relay/relay_text.h"

#include "server/services/candidates.h"
#include "shared/protocol/relay_message.h"

namespace higgs::relay {

using protocol::ControlAction;
using protocol::Direction;
using protocol::RelayControl;
using protocol::RelayData;
using protocol::RelayHeartbeat;
using protocol::RelayMessage;

namespace {

Direction directionOf(Role role)
{
    return role == Role::Client ? Direction::ClientToNode : Direction::NodeToClient;
}

std::string textOf(const RelayMessage &message)
{
    return protocol::dumpJson(toJson(message));
}

std::string serverControl(const SessionId &session, RelayControl control)
{
    return textOf({session, Direction::Server, std::move(control)});
}

EndText readControl(RelayMessage message, const server::SeenAt &seenAt,
                    std::span<const IpAddress> turn)
{
    auto &control = std::get<RelayControl>(message.payload);
    switch (control.action) {
    case ControlAction::Connect:
    case ControlAction::Error:
        return ForwardText{};
    case ControlAction::Candidates:
        // The other end will send probes there: to nobody whom the teller merely names.
        std::erase_if(control.candidates, [&](const protocol::Candidate &candidate) {
            return !server::admissibleCandidate(candidate, seenAt, turn);
        });
        return ForwardText{textOf(message)};
    case ControlAction::Disconnect:
        return DisconnectText{};
    case ControlAction::Connected: // the server's alone
    case ControlAction::Other:
        break;
    }
    return TextFault::UnsupportedAction;
}

struct FaultWords
{
    const char *code;
    const char *message;
};

FaultWords wordsOf(TextFault fault)
{
    switch (fault) {
    case TextFault::InvalidMessage:
        return {"invalid_message", "not a relay message"};
    case TextFault::WrongDirection:
        return {"wrong_direction", "this end may not send in that direction"};
    case TextFault::UnsupportedAction:
        return {"unsupported_action", "the relay does not know this action"};
    case TextFault::PayloadTooLarge:
        return {"payload_too_large", "a datagram has at most 65535 bytes"};
    }
    return {"invalid_message", ""};
}

} // namespace

EndText readText(std::string_view text, const SessionId &session, Role from,
                 const server::SeenAt &seenAt, std::span<const IpAddress> turn)
{
    Result<RelayMessage> message = protocol::decodeRelayText(text);
    if (!message) {
        return message.error().code == ErrorCode::TooLarge ? TextFault::PayloadTooLarge
                                                           : TextFault::InvalidMessage;
    }
    if (message->sessionId != session)
        return TextFault::InvalidMessage;
    const bool isHeartbeat = std::holds_alternative<RelayHeartbeat>(message->payload);
    if (message->direction != directionOf(from) &&
        !(isHeartbeat && message->direction == Direction::Server))
        return TextFault::WrongDirection;
    if (isHeartbeat)
        return HeartbeatText{};
    if (auto *data = std::get_if<RelayData>(&message->payload))
        return DatagramText{std::move(data->datagram)};
    return readControl(std::move(*message), seenAt, turn);
}

std::string connectedText(const SessionId &session)
{
    return serverControl(session, {ControlAction::Connected, {}, {}, {}});
}

std::string peerBackText(const SessionId &session)
{
    return serverControl(session, {ControlAction::Connect, {}, {}, {}});
}

std::string peerLostText(const SessionId &session)
{
    return serverControl(session, {ControlAction::Error,
                                   "peer_lost",
                                   "the other end's connection broke; waiting for it",
                                   {}});
}

std::string faultText(const SessionId &session, TextFault fault)
{
    const FaultWords words = wordsOf(fault);
    return serverControl(session, {ControlAction::Error, words.code, words.message, {}});
}

std::string heartbeatText(const SessionId &session, WallTime now)
{
    return textOf({session, Direction::Server, RelayHeartbeat{now}});
}

// By hand: what is in it needs no escapes, and there is one for each datagram.
std::string dataText(const SessionId &session, Role from, ByteSpan datagram)
{
    std::string text = R"({"direction":")";
    text += toString(directionOf(from));
    text += R"(","payload":")";
    text += toBase64(datagram);
    text += R"(","sessionId":")";
    text += session.text();
    text += R"(","type":"data"})";
    return text;
}

} // namespace higgs::relay
