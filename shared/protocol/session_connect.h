// SPDX-License-Identifier: GPL-3.0-or-later
// What a node is told of a new session (WIRE.md, Signal link): pushed on the signal link, or as an
// action of a heartbeat's answer; and the candidates that both ends exchange.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/endpoint.h"
#include "shared/base/secret.h"
#include "shared/protocol/key_text.h"
#include "shared/protocol/nat_type.h"
#include "shared/protocol/relay_endpoint.h"
#include "shared/protocol/schema.h"

#include <optional>
#include <vector>

namespace higgs::protocol {

/// More than any real host has; a longer list is refused.
constexpr std::size_t MaxCandidates = 32;

enum class CandidateType : std::uint8_t { Host, Srflx, Relay };

std::string_view toString(CandidateType type);

struct Candidate
{
    CandidateType type = CandidateType::Host;
    Endpoint address;

    friend bool operator==(const Candidate &, const Candidate &) = default;
};

enum class SessionRole : std::uint8_t {
    Exit,    ///< the client's tunnel ends here
    Forward, ///< the first node of a cascade: carries datagrams to the next
};

std::string_view toString(SessionRole role);

/// The next hop of a cascade: this node opens it as a client would.
struct ForwardHop
{
    RelayEndpoint relayEndpoint;
    SecretText token;

    friend bool operator==(const ForwardHop &, const ForwardHop &) = default;
};

/// Movable, not copyable: a forward hop holds a token.
struct SessionConnect
{
    SessionId sessionId;
    SessionRole role = SessionRole::Exit;
    RelayEndpoint relayEndpoint;
    std::optional<KeyText> clientPublicKey;  ///< always for Exit
    std::optional<IpPrefix> clientAddress;   ///< a /32; always for Exit
    std::optional<IpPrefix> clientAddressV6; ///< a /128; always for Exit
    NatType natType = NatType::Unknown;
    std::vector<Candidate> candidates;
    WallTime expiresAt;
    std::optional<ForwardHop> forward; ///< always for Forward

    friend bool operator==(const SessionConnect &, const SessionConnect &) = default;
};

} // namespace higgs::protocol
