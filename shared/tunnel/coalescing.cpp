// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/coalescing.h"

#include "shared/tunnel/internet_sum.h"
#include "shared/tunnel/ip_packet.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace higgs {

namespace {

constexpr std::size_t Header4 = 20;
constexpr std::size_t Header6 = 40;
constexpr std::size_t TcpHeader = 20;
constexpr std::size_t UdpHeader = 8;
constexpr std::size_t TcpChecksum = 16;
constexpr std::size_t UdpChecksum = 6;
constexpr std::size_t TcpFlags = 13;
constexpr std::uint8_t Fin = 0x01;
constexpr std::uint8_t Push = 0x08;
constexpr std::uint8_t Ack = 0x10;
constexpr std::uint8_t Ece = 0x40;
constexpr std::uint8_t DoNotFragment = 0x40;

std::size_t number16(const std::uint8_t *at)
{
    return static_cast<std::size_t>(at[0] << 8U | at[1]);
}

std::uint32_t number32(const std::uint8_t *at)
{
    return static_cast<std::uint32_t>(number16(at) << 16U | number16(at + 2));
}

void put16(std::uint8_t *at, std::size_t value)
{
    at[0] = static_cast<std::uint8_t>(value >> 8U);
    at[1] = static_cast<std::uint8_t>(value);
}

bool same(const std::uint8_t *a, const std::uint8_t *b, std::size_t size)
{
    return std::memcmp(a, b, size) == 0;
}

/// RFC 9293 section 3.1, RFC 8200 section 8.1: of what stands before `transport`'s bytes.
InternetSum pseudoHeader(ByteSpan packet, bool v4, bool udp, std::size_t transport)
{
    InternetSum sum;
    sum.add(v4 ? packet.subspan(12, 8) : packet.subspan(8, 32));
    sum.addNumber(udp ? UdpProtocol : TcpProtocol);
    sum.addNumber(transport);
    return sum;
}

} // namespace

/// A packet of which it is known that it is UDP or TCP with nothing but plain headers.
struct Coalescing::Packet
{
    MutableByteSpan bytes;
    bool v4 = false;
    bool udp = false;
    std::size_t transport = 0; ///< where its header begins
    std::size_t headers = 0;
    bool mergeable = false; ///< has payload, and no flag that stands alone

    [[nodiscard]] std::size_t payload() const { return bytes.size() - headers; }
    [[nodiscard]] const std::uint8_t *at(std::size_t offset) const { return &bytes[offset]; }
    [[nodiscard]] std::uint8_t flags() const { return bytes[transport + TcpFlags]; }

    static bool read(MutableByteSpan bytes, Packet &packet);
    [[nodiscard]] bool isWhole() const;
    [[nodiscard]] bool isOfFlow(ByteSpan first) const;
    [[nodiscard]] bool hasSameHeaders(ByteSpan first) const;
};

bool Coalescing::Packet::read(MutableByteSpan bytes, Packet &packet)
{
    packet = {bytes};
    std::uint8_t protocol = 0;
    if (bytes.size() >= Header4 && bytes[0] == 0x45) { // no options
        packet.v4 = true;
        packet.transport = Header4;
        protocol = bytes[9];
        if (number16(&bytes[2]) != bytes.size() || (bytes[6] & ~DoNotFragment) != 0 ||
            bytes[7] != 0)
            return false;
    } else if (bytes.size() >= Header6 && bytes[0] >> 4U == 6) { // no extension headers
        packet.transport = Header6;
        protocol = bytes[6];
        if (number16(&bytes[4]) + Header6 != bytes.size())
            return false;
    } else {
        return false;
    }
    const std::size_t left = bytes.size() - packet.transport;
    if (protocol == UdpProtocol && left >= UdpHeader) {
        packet.udp = true;
        packet.headers = packet.transport + UdpHeader;
        packet.mergeable = packet.payload() > 0 && number16(&bytes[packet.transport + 4]) == left &&
                           number16(&bytes[packet.transport + UdpChecksum]) != 0;
        return true;
    }
    if (protocol != TcpProtocol || left < TcpHeader)
        return false;
    packet.headers = packet.transport + std::size_t{bytes[packet.transport + 12]} / 16 * 4;
    if (packet.headers < packet.transport + TcpHeader || packet.headers > bytes.size())
        return false;
    const auto others = static_cast<std::uint8_t>(packet.flags() & ~(Fin | Push | Ece));
    packet.mergeable = packet.payload() > 0 && others == Ack;
    return true;
}

bool Coalescing::Packet::isWhole() const
{
    if (v4) {
        InternetSum header;
        header.add(bytes.first(Header4));
        if (!header.isWhole())
            return false;
    }
    InternetSum sum = pseudoHeader(bytes, v4, udp, bytes.size() - transport);
    sum.add(bytes.subspan(transport));
    return sum.isWhole();
}

bool Coalescing::Packet::isOfFlow(ByteSpan first) const
{
    if (first[0] >> 4U != bytes[0] >> 4U || first[v4 ? 9 : 6] != bytes[v4 ? 9 : 6])
        return false;
    return v4 ? same(at(12), &first[12], 8 + 4) : same(at(8), &first[8], 32 + 4);
}

/// All that each packet gets from the first one's headers.
bool Coalescing::Packet::hasSameHeaders(ByteSpan first) const
{
    // IPv4: type of service, flags and time to live; IPv6: traffic class, flow label, hop limit.
    const bool network = v4 ? bytes[1] == first[1] && bytes[6] == first[6] && bytes[8] == first[8]
                            : same(at(0), &first[0], 4) && bytes[7] == first[7];
    if (!network || udp)
        return network;
    // Acknowledgement, the header's length, window and options; urgent data has been sorted out.
    return same(at(transport + 8), &first[transport + 8], 5) &&
           same(at(transport + 14), &first[transport + 14], 2) &&
           same(at(transport + 18), &first[transport + 18], headers - transport - 18) &&
           ((flags() ^ first[transport + TcpFlags]) & ~(Fin | Push)) == 0;
}

void Coalescing::add(MutableByteSpan bytes)
{
    Packet packet;
    if (!Packet::read(bytes, packet) || (packet.udp && !m_udp)) {
        newFrame(bytes);
        return;
    }
    Group *group = groupOf(packet);
    if (group != nullptr && append(*group, packet))
        return;
    // What cannot follow must not be overtaken by what could.
    if (group != nullptr && std::exchange(group->open, false))
        complete(*group);
    newFrame(bytes);
    const bool ends = !packet.udp && (packet.flags() & (Fin | Push)) != 0;
    if (!packet.mergeable || ends || !packet.isWhole())
        return;
    Group fresh{m_used - 1, bytes, packet.headers, bytes.size(), packet.payload()};
    if (!packet.udp) {
        fresh.sequence =
            number32(packet.at(packet.transport + 4)) + static_cast<std::uint32_t>(fresh.segment);
        fresh.lastFlags = packet.flags();
    }
    if (group != nullptr)
        *group = fresh;
    else if (m_groups.size() < MostFlows)
        m_groups.push_back(fresh);
}

/// The open one of its flow; a closed one's place is used again.
Coalescing::Group *Coalescing::groupOf(const Packet &packet)
{
    const auto found = std::find_if(m_groups.begin(), m_groups.end(), [&](const Group &group) {
        return packet.isOfFlow(group.first);
    });
    return found == m_groups.end() ? nullptr : &*found;
}

bool Coalescing::append(Group &group, const Packet &packet)
{
    const std::size_t payload = packet.payload();
    if (!group.open || !packet.mergeable || packet.headers != group.headers ||
        payload > group.segment || group.size + payload > 0xffff ||
        m_frames[group.frame].parts.size() >= MostParts || !packet.hasSameHeaders(group.first))
        return false;
    if (!packet.udp && number32(packet.at(packet.transport + 4)) != group.sequence)
        return false;
    if (packet.v4) {
        const auto distance =
            static_cast<std::uint16_t>(number16(packet.at(4)) - number16(&group.first[4]));
        const bool fixed = distance == 0 && (packet.bytes[6] & DoNotFragment) != 0;
        const auto step = static_cast<std::uint16_t>(fixed ? 0 : 1);
        if (group.packets > 1 && step != group.step)
            return false;
        if (distance != step * group.packets)
            return false;
        if (!packet.isWhole())
            return false;
        group.step = step;
    } else if (!packet.isWhole()) {
        return false;
    }
    m_frames[group.frame].parts.push_back(packet.bytes.subspan(packet.headers));
    ++group.packets;
    group.size += payload;
    group.sequence += static_cast<std::uint32_t>(payload);
    if (!packet.udp)
        group.lastFlags = packet.flags();
    // A shorter one can only be the last, as can one that pushes or finishes.
    group.open = payload == group.segment && (packet.udp || (packet.flags() & (Fin | Push)) == 0);
    if (!group.open)
        complete(group);
    return true;
}

/// Makes the first packet's headers those of all.
void Coalescing::complete(const Group &group)
{
    if (group.packets == 1)
        return;
    const MutableByteSpan first = group.first;
    const bool v4 = first[0] >> 4U == 4;
    const std::size_t start = v4 ? Header4 : Header6;
    const bool udp = first[v4 ? 9 : 6] == UdpProtocol;
    const std::size_t length = group.size - start;
    if (v4) {
        put16(&first[2], group.size);
        first[10] = first[11] = 0;
        InternetSum sum;
        sum.add(first.first(Header4));
        sum.storeComplement(&first[10]);
    } else {
        put16(&first[4], length);
    }
    if (udp)
        put16(&first[start + 4], length);
    else
        first[start + TcpFlags] = group.lastFlags;
    const std::size_t offset = udp ? UdpChecksum : TcpChecksum;
    pseudoHeader(first, v4, udp, length).store(&first[start + offset]);

    OffloadHeader &header = m_frames[group.frame].header;
    header.flags = OffloadHeader::NeedsChecksum;
    header.kind = udp ? OffloadHeader::Udp : v4 ? OffloadHeader::Tcp4 : OffloadHeader::Tcp6;
    header.headerLength = static_cast<std::uint16_t>(group.headers);
    header.segmentSize = static_cast<std::uint16_t>(group.segment);
    header.checksumStart = static_cast<std::uint16_t>(start);
    header.checksumOffset = static_cast<std::uint16_t>(offset);
}

std::span<const OffloadFrame> Coalescing::finish()
{
    for (Group &group : m_groups) {
        if (std::exchange(group.open, false))
            complete(group);
    }
    return std::span(m_frames).first(m_used);
}

void Coalescing::clear()
{
    m_groups.clear();
    m_used = 0;
}

OffloadFrame &Coalescing::newFrame(MutableByteSpan packet)
{
    if (m_used == m_frames.size())
        m_frames.emplace_back().parts.reserve(MostParts);
    OffloadFrame &frame = m_frames[m_used++];
    frame.header = {};
    frame.parts.clear();
    frame.parts.emplace_back(packet);
    return frame;
}

} // namespace higgs
