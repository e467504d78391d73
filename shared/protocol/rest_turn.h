// SPDX-License-Identifier: GPL-3.0-or-later
// STUN and TURN servers as the API names them (specification 3.1 and 3.2).
#pragma once

#include "shared/base/secret.h"
#include "shared/protocol/server_info.h"

#include <optional>
#include <string>
#include <vector>

namespace higgs::protocol {

struct StunServersResponse
{
    std::vector<StunServer> servers;

    friend bool operator==(const StunServersResponse &, const StunServersResponse &) = default;
};

/// Movable, not copyable, as all that holds a password.
struct TurnServer
{
    std::string host;
    std::uint16_t port = 0;
    std::string realm;
    std::string username;
    SecretText password;
    Seconds ttl{0};

    friend bool operator==(const TurnServer &, const TurnServer &) = default;
};

struct TurnServersResponse
{
    std::vector<TurnServer> servers;

    friend bool operator==(const TurnServersResponse &, const TurnServersResponse &) = default;
};

/// WebRTC's form; STUN servers have no user name.
struct IceServer
{
    std::vector<std::string> urls; ///< one is written as a string, more as an array
    std::optional<std::string> username;
    std::optional<SecretText> credential;

    friend bool operator==(const IceServer &, const IceServer &) = default;
};

struct IceServersResponse
{
    std::vector<IceServer> iceServers;

    friend bool operator==(const IceServersResponse &, const IceServersResponse &) = default;
};

/// Whether a TURN server is among them.
bool offersTurn(const IceServersResponse &servers);

Result<StunServersResponse> decodeStunServersResponse(const Json &json, Faults *faults = nullptr);
Result<TurnServersResponse> decodeTurnServersResponse(const Json &json, Faults *faults = nullptr);
Result<IceServersResponse> decodeIceServersResponse(const Json &json, Faults *faults = nullptr);

Json toJson(const StunServersResponse &response);
Json toJson(const TurnServersResponse &response);
Json toJson(const IceServersResponse &response);

} // namespace higgs::protocol
