// SPDX-License-Identifier: GPL-3.0-or-later
// Requests to a Port Control Protocol server and its answers (RFC 6887): MAP for one UDP port, and
// ANNOUNCE, whose answer tells whether the server has restarted. Pure.
#pragma once

#include "shared/base/bytes.h"
#include "shared/base/clock.h"
#include "shared/base/endpoint.h"

#include <array>

namespace higgs::portmap {

/// Of PCP and of NAT-PMP, which tell each other's requests by their first byte.
constexpr std::uint16_t GatewayPort = 5351;

/// RFC 6887 section 7: longer ones are nobody's.
constexpr std::size_t MaxPcpMessage = 1100;

/// RFC 6887 section 11.2: who does not know it can neither answer for the server nor take the
/// mapping away.
using PcpNonce = std::array<std::uint8_t, 12>;

enum class PcpOpcode : std::uint8_t { Announce = 0, Map = 1 };

/// Those that are told apart; others refuse as well.
enum class PcpResult : std::uint8_t { Success = 0, UnsupportedVersion = 1 };

struct PcpMapRequest
{
    PcpNonce nonce{};
    Endpoint internal;   ///< of this machine
    Endpoint external;   ///< as suggested; a null address: any
    Seconds lifetime{0}; ///< 0: take the mapping away
};

struct PcpMapping
{
    PcpNonce nonce{};
    std::uint8_t protocol = 0;
    std::uint16_t internalPort = 0;
    Endpoint external;
};

struct PcpResponse
{
    PcpOpcode opcode = PcpOpcode::Announce;
    std::uint8_t result = 0;
    Seconds lifetime{0};
    std::uint32_t epoch = 0;           ///< seconds since the server lost its mappings
    std::optional<PcpMapping> mapping; ///< of MAP
};

Bytes encodePcpMap(const PcpMapRequest &request);
/// `client`: what this machine sends from.
Bytes encodePcpAnnounce(const IpAddress &client);
/// Malformed for what is not an answer of version 2 to one of these requests.
Result<PcpResponse> decodePcp(ByteSpan datagram);

} // namespace higgs::portmap
