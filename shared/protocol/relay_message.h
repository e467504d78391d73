// SPDX-License-Identifier: GPL-3.0-or-later
// The JSON messages of the relay (specification 2.2, 2.3) and of the signal link (WIRE.md), which
// share one envelope: {type, sessionId, direction, payload}.
#pragma once

#include "shared/base/bytes.h"
#include "shared/protocol/session_connect.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace higgs::protocol {

/// A text message after reassembly and inflation (WIRE.md, Relay); longer is close code 1009.
constexpr std::size_t MaxRelayText = 131072;
/// A text without its datagram: envelope, control, heartbeat. 32 candidates take 3 KB.
constexpr std::size_t MaxControlText = 8192;

enum class Direction : std::uint8_t { ClientToNode, NodeToClient, Server };

std::string_view toString(Direction direction);

struct RelayData
{
    Bytes datagram; ///< may be empty

    friend bool operator==(const RelayData &, const RelayData &) = default;
};

enum class ControlAction : std::uint8_t {
    Connected,  ///< server only: the first message on a connection
    Connect,    ///< an end is there, or back
    Disconnect, ///< the session ends
    Error,
    Candidates,
    Other, ///< well-formed, but none of these: the relay answers `unsupported_action`
};

/// Other gives "".
std::string_view toString(ControlAction action);

struct RelayControl
{
    ControlAction action = ControlAction::Connect;
    std::optional<std::string> errorCode;
    std::optional<std::string> errorMessage;
    std::vector<Candidate> candidates; ///< for Candidates only

    friend bool operator==(const RelayControl &, const RelayControl &) = default;
};

struct RelayHeartbeat
{
    WallTime timestamp;

    friend bool operator==(const RelayHeartbeat &, const RelayHeartbeat &) = default;
};

struct RelayMessage
{
    SessionId sessionId;
    Direction direction = Direction::Server;
    std::variant<RelayData, RelayControl, RelayHeartbeat> payload;

    friend bool operator==(const RelayMessage &, const RelayMessage &) = default;
};

/// TooLarge for a datagram that decodes to more than MaxDatagramSize (`payload_too_large`), else
/// Malformed (`invalid_message`). The session and the direction are for the caller to judge.
Result<RelayMessage> decodeRelayMessage(const Json &json, Faults *faults = nullptr);
/// Text of at most MaxRelayText bytes, parsed strictly and decoded.
/// The same of a text, in time that is linear in its length: TooLarge also for what has more than
/// MaxControlText beside a datagram. A fault is not described.
Result<RelayMessage> decodeRelayText(std::string_view text);
Json toJson(const RelayMessage &message);

// --- The signal link -----------------------------------------------------------------------------

struct SessionDisconnect
{
    std::optional<std::string> errorCode;
    std::optional<std::string> errorMessage;

    friend bool operator==(const SessionDisconnect &, const SessionDisconnect &) = default;
};

struct SessionCandidates
{
    std::vector<Candidate> candidates;

    friend bool operator==(const SessionCandidates &, const SessionCandidates &) = default;
};

/// Movable, not copyable (SessionConnect). A SessionConnect repeats the envelope's session id.
struct SignalMessage
{
    SessionId sessionId;
    Direction direction = Direction::Server;
    std::variant<SessionConnect, SessionDisconnect, SessionCandidates> payload;

    friend bool operator==(const SignalMessage &, const SignalMessage &) = default;
};

/// A signal message of MaxRelayText bytes at most. NotFound for a well-formed control message with
/// an action that this version does not know: to be ignored.
Result<SignalMessage> decodeSignalText(std::string_view text);
Result<SignalMessage> decodeSignalMessage(const Json &json, Faults *faults = nullptr);
Json toJson(const SignalMessage &message);

} // namespace higgs::protocol
