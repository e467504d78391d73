// SPDX-License-Identifier: GPL-3.0-or-later
// STUN and TURN servers as the API names them, with short-lived credentials (specification 3.2).
#pragma once

#include "shared/base/secret.h"
#include "shared/crypto/turn_credentials.h"
#include "shared/protocol/rest_turn.h"

namespace higgs::server {

/// `--turn HOST:PORT[,tls=PORT]` and its secret.
struct TurnPlace
{
    std::string host;
    std::uint16_t port = 3478;
    std::optional<std::uint16_t> tlsPort;
    SecretText secret;

    static Result<TurnPlace> parse(std::string_view text);
};

class TurnService
{
public:
    static constexpr std::string_view Realm = "bosonserver";

    TurnService(std::vector<protocol::StunServer> stun, std::optional<TurnPlace> turn)
        : m_stun(std::move(stun)), m_turn(std::move(turn))
    {}

    [[nodiscard]] bool hasTurn() const { return m_turn.has_value(); }
    [[nodiscard]] const std::vector<protocol::StunServer> &stunServers() const { return m_stun; }
    /// `owner`: whom they are for, as nobody else is: all that are made for one are one user's to a
    /// TURN server, whose quota is by user; who the owner is cannot be read from it.
    [[nodiscard]] protocol::TurnServersResponse turnServers(WallTime now,
                                                            std::string_view owner) const;
    [[nodiscard]] protocol::IceServersResponse iceServers(WallTime now,
                                                          std::string_view owner) const;

private:
    [[nodiscard]] TurnCredentials credentialsFor(WallTime now, std::string_view owner) const;

    std::vector<protocol::StunServer> m_stun;
    std::optional<TurnPlace> m_turn;
};

} // namespace higgs::server
