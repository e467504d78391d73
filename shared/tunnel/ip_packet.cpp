// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/ip_packet.h"

namespace higgs {

namespace {

constexpr std::uint8_t HopLimit = 64;
constexpr std::size_t Ipv4HeaderSize = 20;
constexpr std::size_t Ipv6HeaderSize = 40;
constexpr std::size_t UdpHeaderSize = 8;
constexpr std::size_t TcpHeaderSize = 20;
constexpr std::uint8_t DontFragment = 0x40;
constexpr std::uint16_t FragmentMask = 0x3fff; ///< more fragments, and the offset

void put16At(Bytes &bytes, std::size_t at, std::uint16_t value)
{
    bytes[at] = static_cast<std::uint8_t>(value >> 8);
    bytes[at + 1] = static_cast<std::uint8_t>(value);
}

void appendNumber32(Bytes &bytes, std::uint32_t value)
{
    appendNumber16(bytes, value >> 16);
    appendNumber16(bytes, value & 0xffffU);
}

std::uint16_t number16(ByteSpan bytes, std::size_t at)
{
    return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

std::uint32_t number32(ByteSpan bytes, std::size_t at)
{
    return std::uint32_t{number16(bytes, at)} << 16 | number16(bytes, at + 2);
}

Bytes ports(const Endpoint &from, const Endpoint &to)
{
    Bytes bytes;
    appendNumber16(bytes, from.port);
    appendNumber16(bytes, to.port);
    return bytes;
}

/// Of one family: what is inside, with the addresses.
std::optional<ByteSpan> inside4(ByteSpan packet, TransportPacket &parsed)
{
    const std::size_t header = (packet[0] & 0x0fU) * 4U;
    if (packet.size() < Ipv4HeaderSize || header < Ipv4HeaderSize)
        return std::nullopt;
    const std::size_t total = number16(packet, 2);
    if (total < header || total > packet.size() || (number16(packet, 6) & FragmentMask) != 0)
        return std::nullopt;
    parsed.protocol = packet[9];
    parsed.from.address = IpAddress::v4(packet.subspan<12, 4>());
    parsed.to.address = IpAddress::v4(packet.subspan<16, 4>());
    return packet.subspan(header, total - header);
}

std::optional<ByteSpan> inside6(ByteSpan packet, TransportPacket &parsed)
{
    if (packet.size() < Ipv6HeaderSize)
        return std::nullopt;
    const std::size_t length = number16(packet, 4);
    if (length > packet.size() - Ipv6HeaderSize)
        return std::nullopt;
    parsed.protocol = packet[6];
    parsed.from.address = IpAddress::v6(packet.subspan<8, 16>());
    parsed.to.address = IpAddress::v6(packet.subspan<24, 16>());
    return packet.subspan(Ipv6HeaderSize, length);
}

bool readTransport(ByteSpan inside, TransportPacket &parsed)
{
    if (inside.size() < UdpHeaderSize)
        return false;
    parsed.from.port = number16(inside, 0);
    parsed.to.port = number16(inside, 2);
    if (parsed.protocol == UdpProtocol) {
        const std::size_t length = number16(inside, 4);
        if (length < UdpHeaderSize || length > inside.size())
            return false;
        const ByteSpan payload = inside.subspan(UdpHeaderSize, length - UdpHeaderSize);
        parsed.payload.assign(payload.begin(), payload.end());
        return true;
    }
    if (parsed.protocol != TcpProtocol || inside.size() < TcpHeaderSize)
        return false;
    parsed.segment = {number32(inside, 4), number32(inside, 8), inside[13]};
    return true;
}

} // namespace

void appendNumber16(Bytes &bytes, std::size_t value)
{
    bytes.push_back(static_cast<std::uint8_t>(value >> 8));
    bytes.push_back(static_cast<std::uint8_t>(value));
}

std::uint16_t internetChecksum(ByteSpan bytes)
{
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); i += 2)
        sum +=
            static_cast<std::uint32_t>(bytes[i]) << 8 | (i + 1 < bytes.size() ? bytes[i + 1] : 0U);
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

std::uint16_t transportChecksum(const IpAddress &from, const IpAddress &to, std::uint8_t protocol,
                                ByteSpan segment)
{
    Bytes all(from.bytes().begin(), from.bytes().end());
    all.insert(all.end(), to.bytes().begin(), to.bytes().end());
    appendNumber16(all, protocol);
    appendNumber16(all, segment.size());
    all.insert(all.end(), segment.begin(), segment.end());
    return internetChecksum(all);
}

Bytes ipPacket(const IpAddress &from, const IpAddress &to, std::uint8_t protocol, ByteSpan payload)
{
    Bytes packet;
    if (to.isV4()) {
        packet = {0x45, 0};
        appendNumber16(packet, Ipv4HeaderSize + payload.size());
        packet.insert(packet.end(), {0, 0, DontFragment, 0, HopLimit, protocol, 0, 0});
    } else {
        packet = {0x60, 0, 0, 0};
        appendNumber16(packet, payload.size());
        packet.insert(packet.end(), {protocol, HopLimit});
    }
    packet.insert(packet.end(), from.bytes().begin(), from.bytes().end());
    packet.insert(packet.end(), to.bytes().begin(), to.bytes().end());
    if (to.isV4())
        put16At(packet, 10, internetChecksum(packet));
    packet.insert(packet.end(), payload.begin(), payload.end());
    return packet;
}

Bytes udpPacket(const Endpoint &from, const Endpoint &to, ByteSpan payload)
{
    Bytes datagram = ports(from, to);
    appendNumber16(datagram, UdpHeaderSize + payload.size());
    appendNumber16(datagram, 0);
    datagram.insert(datagram.end(), payload.begin(), payload.end());
    const std::uint16_t sum = transportChecksum(from.address, to.address, UdpProtocol, datagram);
    put16At(datagram, 6, sum == 0 ? 0xffff : sum); // 0 says that there is none
    return ipPacket(from.address, to.address, UdpProtocol, datagram);
}

Bytes tcpPacket(const Endpoint &from, const Endpoint &to, const TcpSegment &segment)
{
    constexpr std::uint8_t FiveWords = 0x50;
    Bytes header = ports(from, to);
    appendNumber32(header, segment.sequence);
    appendNumber32(header, segment.acknowledged);
    header.insert(header.end(), {FiveWords, segment.flags, 0xff, 0xff, 0, 0, 0, 0});
    put16At(header, 16, transportChecksum(from.address, to.address, TcpProtocol, header));
    return ipPacket(from.address, to.address, TcpProtocol, header);
}

std::optional<TransportPacket> parseTransport(ByteSpan packet)
{
    if (packet.empty())
        return std::nullopt;
    TransportPacket parsed;
    const unsigned version = packet[0] >> 4U;
    const std::optional<ByteSpan> inside = version == 4   ? inside4(packet, parsed)
                                           : version == 6 ? inside6(packet, parsed)
                                                          : std::nullopt;
    if (!inside || !readTransport(*inside, parsed))
        return std::nullopt;
    return parsed;
}

} // namespace higgs
