// SPDX-License-Identifier: GPL-3.0-or-later
// Whole IP packets with UDP or TCP in them (RFC 791, RFC 8200, RFC 768, RFC 9293), as a guest's
// machine makes them and as a tunnel hands them over. Pure; total on any input.
#pragma once

#include "shared/base/bytes.h"
#include "shared/base/endpoint.h"

#include <optional>

namespace higgs {

/// IANA protocol numbers.
constexpr std::uint8_t IcmpProtocol = 1;
constexpr std::uint8_t TcpProtocol = 6;
constexpr std::uint8_t UdpProtocol = 17;
constexpr std::uint8_t Icmp6Protocol = 58;

constexpr std::uint8_t TcpSyn = 0x02;
constexpr std::uint8_t TcpReset = 0x04;
constexpr std::uint8_t TcpAcknowledge = 0x10;

/// A TCP header without options or data.
struct TcpSegment
{
    std::uint32_t sequence = 0;
    std::uint32_t acknowledged = 0;
    std::uint8_t flags = 0;

    friend bool operator==(const TcpSegment &, const TcpSegment &) = default;
};

void appendNumber16(Bytes &bytes, std::size_t value);
/// RFC 1071.
std::uint16_t internetChecksum(ByteSpan bytes);
/// Over the pseudo-header of RFC 9293 section 3.1 or RFC 8200 section 8.1 as well.
std::uint16_t transportChecksum(const IpAddress &from, const IpAddress &to, std::uint8_t protocol,
                                ByteSpan segment);

/// With a hop limit of 64, not to be fragmented; both addresses of one family.
Bytes ipPacket(const IpAddress &from, const IpAddress &to, std::uint8_t protocol, ByteSpan payload);
Bytes udpPacket(const Endpoint &from, const Endpoint &to, ByteSpan payload);
Bytes tcpPacket(const Endpoint &from, const Endpoint &to, const TcpSegment &segment);

struct TransportPacket
{
    Endpoint from;
    Endpoint to;
    std::uint8_t protocol = 0; ///< UDP or TCP
    Bytes payload;             ///< of UDP
    TcpSegment segment;        ///< of TCP
};

/// Nothing for what is neither UDP nor TCP, a fragment, has extension headers of IPv6, or ends
/// before it says. Checksums are not looked at: a machine's own are often left to its hardware.
std::optional<TransportPacket> parseTransport(ByteSpan packet);

} // namespace higgs
