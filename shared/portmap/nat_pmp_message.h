// SPDX-License-Identifier: GPL-3.0-or-later
// Requests to a NAT Port Mapping Protocol gateway and its answers (RFC 6886), UDP only. Pure. A
// codec of our own: the messages have 16 bytes at most, and libnatpmp brings its own socket, clock
// and idea of who the gateway is.
#pragma once

#include "shared/base/bytes.h"
#include "shared/base/clock.h"
#include "shared/base/endpoint.h"

namespace higgs::portmap {

enum class NatPmpOpcode : std::uint8_t { ExternalAddress = 0, MapUdp = 1 };

/// Those that are told apart; others refuse as well.
enum class NatPmpResult : std::uint16_t { Success = 0, UnsupportedVersion = 1 };

struct NatPmpMapRequest
{
    std::uint16_t internalPort = 0;
    std::uint16_t externalPort = 0; ///< as suggested
    Seconds lifetime{0};            ///< 0: take the mapping away
};

struct NatPmpResponse
{
    NatPmpOpcode opcode = NatPmpOpcode::ExternalAddress;
    std::uint16_t result = 0;
    std::uint32_t epoch = 0; ///< seconds since the gateway lost its mappings
    IpAddress external;      ///< of ExternalAddress; null when refused
    std::uint16_t internalPort = 0;
    std::uint16_t externalPort = 0;
    Seconds lifetime{0};
};

Bytes encodeNatPmpAddressRequest();
Bytes encodeNatPmpMap(const NatPmpMapRequest &request);
/// Malformed for what is not an answer of version 0 to one of these requests. A refusal may be cut
/// off behind its epoch, as gateways send it.
Result<NatPmpResponse> decodeNatPmp(ByteSpan datagram);

} // namespace higgs::portmap
