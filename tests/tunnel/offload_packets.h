// SPDX-License-Identifier: GPL-3.0-or-later
// Super-packets and the packets of them, as tests make and judge them: with checksums that are
// calculated another way than the product does.
#pragma once

#include "shared/tunnel/coalescing.h"
#include "shared/tunnel/ip_packet.h"
#include "shared/tunnel/segmentation.h"

#include <algorithm>
#include <random>

namespace higgs::test {

/// What a flow's packets have in common.
struct FlowKind
{
    bool v6 = false;
    bool udp = false;
    std::size_t tcpOptions = 0;     ///< bytes, a multiple of 4
    std::size_t networkOptions = 0; ///< of IPv4 options (4s) or an extension header of IPv6 (8s)
    std::uint8_t host = 1;
    std::uint16_t port = 5000;
};

inline void put(Bytes &bytes, std::size_t at, std::size_t value)
{
    bytes[at] = static_cast<std::uint8_t>(value >> 8U);
    bytes[at + 1] = static_cast<std::uint8_t>(value);
}

inline std::size_t get(ByteSpan bytes, std::size_t at)
{
    return static_cast<std::size_t>(bytes[at] << 8U | bytes[at + 1]);
}

inline std::size_t transportOf(const FlowKind &kind)
{
    return (kind.v6 ? 40 : 20) + kind.networkOptions;
}

inline std::size_t headersOf(const FlowKind &kind)
{
    return transportOf(kind) + (kind.udp ? 8 : 20 + kind.tcpOptions);
}

inline std::size_t checksumOffset(const FlowKind &kind)
{
    return kind.udp ? 6 : 16;
}

inline IpAddress addressOf(const FlowKind &kind, std::uint8_t last)
{
    std::array<std::uint8_t, 16> bytes{0xfd, 9};
    bytes[15] = last;
    return kind.v6 ? IpAddress::v6(bytes) : IpAddress::v4(0x0a090000U | last);
}

inline std::uint16_t rightChecksum(const FlowKind &kind, ByteSpan packet)
{
    return transportChecksum(addressOf(kind, kind.host), addressOf(kind, 200),
                             kind.udp ? UdpProtocol : TcpProtocol,
                             packet.subspan(transportOf(kind)));
}

/// Gives it the checksums that it has to have.
inline void seal(const FlowKind &kind, Bytes &packet)
{
    const std::size_t transport = transportOf(kind);
    if (!kind.v6) {
        put(packet, 10, 0);
        put(packet, 10, internetChecksum(ByteSpan(packet).first(transport)));
    }
    put(packet, transport + checksumOffset(kind), 0);
    const std::uint16_t sum = rightChecksum(kind, packet);
    put(packet, transport + checksumOffset(kind), kind.udp && sum == 0 ? 0xffff : sum);
}

/// A whole packet with right checksums.
inline Bytes flowPacket(const FlowKind &kind, std::uint32_t sequence, ByteSpan payload,
                        std::uint16_t identification = 0, std::uint8_t flags = TcpAcknowledge)
{
    const std::size_t transport = transportOf(kind);
    Bytes packet(headersOf(kind));
    packet.insert(packet.end(), payload.begin(), payload.end());
    const std::uint8_t protocol = kind.udp ? UdpProtocol : TcpProtocol;
    const IpAddress from = addressOf(kind, kind.host);
    const IpAddress to = addressOf(kind, 200);
    if (kind.v6) {
        packet[0] = 0x60;
        put(packet, 4, packet.size() - 40);
        packet[6] = kind.networkOptions > 0 ? 60 : protocol; // destination options
        packet[7] = 64;
        std::copy(from.bytes().begin(), from.bytes().end(), packet.begin() + 8);
        std::copy(to.bytes().begin(), to.bytes().end(), packet.begin() + 24);
        if (kind.networkOptions > 0) {
            packet[40] = protocol;
            packet[41] = static_cast<std::uint8_t>(kind.networkOptions / 8 - 1);
            packet[42] = 1; // PadN
            packet[43] = static_cast<std::uint8_t>(kind.networkOptions - 4);
        }
    } else {
        packet[0] = static_cast<std::uint8_t>(0x40 | transport / 4);
        put(packet, 2, packet.size());
        put(packet, 4, identification);
        packet[6] = 0x40;
        packet[8] = 64;
        packet[9] = protocol;
        std::copy(from.bytes().begin(), from.bytes().end(), packet.begin() + 12);
        std::copy(to.bytes().begin(), to.bytes().end(), packet.begin() + 16);
        std::fill_n(packet.begin() + 20, kind.networkOptions, std::uint8_t{1});
    }
    put(packet, transport, kind.port);
    put(packet, transport + 2, 5201);
    if (kind.udp) {
        put(packet, transport + 4, packet.size() - transport);
    } else {
        put(packet, transport + 4, sequence >> 16U);
        put(packet, transport + 6, sequence & 0xffffU);
        packet[transport + 11] = 77;
        packet[transport + 12] = static_cast<std::uint8_t>((20 + kind.tcpOptions) / 4 << 4U);
        packet[transport + 13] = flags;
        put(packet, transport + 14, 500);
        std::fill_n(packet.begin() + static_cast<std::ptrdiff_t>(transport) + 20, kind.tcpOptions,
                    std::uint8_t{1});
    }
    seal(kind, packet);
    return packet;
}

inline OffloadHeader headerOf(const FlowKind &kind, std::size_t segment)
{
    OffloadHeader header;
    header.flags = OffloadHeader::NeedsChecksum;
    header.kind = kind.udp  ? OffloadHeader::Udp
                  : kind.v6 ? OffloadHeader::Tcp6
                            : OffloadHeader::Tcp4;
    header.headerLength = static_cast<std::uint16_t>(headersOf(kind));
    header.segmentSize = static_cast<std::uint16_t>(segment);
    header.checksumStart = static_cast<std::uint16_t>(transportOf(kind));
    header.checksumOffset = static_cast<std::uint16_t>(checksumOffset(kind));
    return header;
}

/// As the kernel leaves it: the field has the pseudo-header's sum, not complemented.
inline void leaveUnfinished(const FlowKind &kind, Bytes &packet)
{
    const std::size_t transport = transportOf(kind);
    Bytes pseudo;
    const IpAddress from = addressOf(kind, kind.host);
    const IpAddress to = addressOf(kind, 200);
    pseudo.insert(pseudo.end(), from.bytes().begin(), from.bytes().end());
    pseudo.insert(pseudo.end(), to.bytes().begin(), to.bytes().end());
    appendNumber16(pseudo, kind.udp ? UdpProtocol : TcpProtocol);
    appendNumber16(pseudo, packet.size() - transport);
    put(packet, transport + checksumOffset(kind), 0xffffU & ~std::size_t{internetChecksum(pseudo)});
}

/// All packets of one.
inline std::vector<Bytes> cut(const OffloadHeader &header, ByteSpan packet,
                              std::size_t largest = 2000, std::size_t atOnce = 7)
{
    std::vector<Bytes> packets;
    Segmentation segmentation;
    if (!segmentation.begin(header, packet, largest))
        return packets;
    std::vector<Bytes> memory(atOnce, Bytes(largest));
    std::vector<PacketRoom> rooms(atOnce);
    for (std::size_t i = 0; i < atOnce; ++i)
        rooms[i] = {memory[i]};
    while (const std::size_t count = segmentation.next(rooms)) {
        for (std::size_t i = 0; i < count; ++i)
            packets.emplace_back(memory[i].begin(),
                                 memory[i].begin() + static_cast<std::ptrdiff_t>(rooms[i].length));
    }
    return packets;
}

inline Bytes joined(const OffloadFrame &frame)
{
    Bytes bytes;
    for (const ByteSpan part : frame.parts)
        bytes.insert(bytes.end(), part.begin(), part.end());
    return bytes;
}

/// Put together, and cut again as the kernel would.
inline std::vector<Bytes> thereAndBack(std::vector<Bytes> packets, std::size_t *frames = nullptr)
{
    Coalescing coalescing(true);
    for (Bytes &packet : packets)
        coalescing.add(packet);
    std::vector<Bytes> again;
    const auto all = coalescing.finish();
    if (frames != nullptr)
        *frames = all.size();
    for (const OffloadFrame &frame : all) {
        const Bytes whole = joined(frame);
        if (frame.header.kind == OffloadHeader::None) {
            again.push_back(whole);
            continue;
        }
        for (Bytes &packet : cut(frame.header, whole, 65535))
            again.push_back(std::move(packet));
    }
    return again;
}

} // namespace higgs::test
