// SPDX-License-Identifier: GPL-3.0-or-later
// Text messages of a relay connection: what one from an end asks for, and what the server says.
// Pure; built on the codec of shared/protocol (specification 2.2 and 2.3).
#pragma once

#include "server/relay/role.h"
#include "server/services/candidates.h"
#include "shared/base/bytes.h"
#include "shared/base/clock.h"
#include "shared/base/endpoint.h"
#include "shared/base/ids.h"

#include <string>
#include <variant>

namespace higgs::relay {

/// Why a text was not acted upon; the errorCode of the `error` that its sender gets.
enum class TextFault { InvalidMessage, WrongDirection, UnsupportedAction, PayloadTooLarge };

/// A `data` message; the datagram may be empty.
struct DatagramText
{
    Bytes datagram;
};

/// `connect` or `error` for the other end, to be passed on as it is, or candidates.
struct ForwardText
{
    /// Those that the other end may be told, written anew; empty for the others.
    std::string candidates;
};

struct DisconnectText
{};

struct HeartbeatText
{};

using EndText = std::variant<TextFault, DatagramText, ForwardText, DisconnectText, HeartbeatText>;

/// Judges a text from the end `from`, which is seen at `seenAt`. Strict JSON, by the schema, of
/// this session, and in the direction of its sender; a heartbeat may also say "server", as the
/// specification prints it.
EndText readText(std::string_view text, const SessionId &session, Role from,
                 const server::SeenAt &seenAt, std::span<const IpAddress> turn = {});

std::string connectedText(const SessionId &session);
/// To the end that stayed, when the other has come back.
std::string peerBackText(const SessionId &session);
/// To the end that stayed, when the other's connection broke.
std::string peerLostText(const SessionId &session);
std::string faultText(const SessionId &session, TextFault fault);
std::string heartbeatText(const SessionId &session, WallTime now);
/// A datagram from `from`, for an end that speaks JSON.
std::string dataText(const SessionId &session, Role from, ByteSpan datagram);

} // namespace higgs::relay
