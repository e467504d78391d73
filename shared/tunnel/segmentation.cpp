// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/segmentation.h"

#include "shared/tunnel/internet_sum.h"

#include <algorithm>

namespace higgs {

namespace {

constexpr std::size_t Header4 = 20; ///< RFC 791 section 3.1, without options
constexpr std::size_t Header6 = 40; ///< RFC 8200 section 3
constexpr std::size_t TcpHeader = 20;
constexpr std::size_t UdpHeader = 8;
constexpr std::size_t TcpChecksum = 16;
constexpr std::size_t UdpChecksum = 6;
constexpr std::size_t TcpFlags = 13;
constexpr std::uint8_t FinAndPush = 0x01 | 0x08;
constexpr std::uint8_t Cwr = 0x80;

std::size_t number16(const std::uint8_t *at)
{
    return static_cast<std::size_t>(at[0] << 8U | at[1]);
}

void put16(std::uint8_t *at, std::size_t value)
{
    at[0] = static_cast<std::uint8_t>(value >> 8U);
    at[1] = static_cast<std::uint8_t>(value);
}

void addTo32(std::uint8_t *at, std::size_t value)
{
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i)
        number = number << 8U | at[i];
    number += static_cast<std::uint32_t>(value);
    for (std::size_t i = 0; i < 4; ++i)
        at[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
}

bool isV4(ByteSpan packet)
{
    return packet[0] >> 4U == 4;
}

/// From the field that holds the pseudo-header's sum on to the packet's end. A checksum of zero
/// would mean that there is none, in UDP (RFC 768).
void finishChecksum(MutableByteSpan transport, std::size_t offset, InternetSum sum)
{
    std::uint8_t *field = transport.data() + offset;
    field[0] = field[1] = 0;
    sum.add(transport);
    sum.storeComplement(field);
    if (offset == UdpChecksum && field[0] == 0 && field[1] == 0)
        field[0] = field[1] = 0xff;
}

} // namespace

bool Segmentation::begin(const OffloadHeader &header, ByteSpan packet, std::size_t largest)
{
    m_header = header;
    m_header.kind = static_cast<std::uint8_t>(header.kind & ~OffloadHeader::Ecn);
    m_packet = packet;
    m_position = 0;
    m_count = 0;
    m_done = true;
    if (packet.empty())
        return false;
    if (m_header.kind == OffloadHeader::None) {
        const bool needs = (header.flags & OffloadHeader::NeedsChecksum) != 0;
        m_done = packet.size() > largest ||
                 (needs &&
                  std::size_t{header.checksumStart} + header.checksumOffset + 2 > packet.size());
        return !m_done;
    }
    if (!checkHeaders())
        return false;
    m_headers =
        header.checksumStart + (m_header.kind == OffloadHeader::Udp
                                    ? UdpHeader
                                    : std::size_t{packet[header.checksumStart + 12U]} / 16 * 4);
    if (m_headers < header.checksumStart + UdpHeader || m_headers > packet.size() ||
        (m_header.kind != OffloadHeader::Udp && m_headers < header.checksumStart + TcpHeader) ||
        m_headers + header.segmentSize > largest)
        return false;
    m_position = m_headers;
    m_done = false;
    return true;
}

/// The kernel's own rules, before the transport header's length is looked at.
bool Segmentation::checkHeaders() const
{
    const std::size_t transport = m_header.checksumStart;
    const bool v4 = isV4(m_packet);
    const bool udp = m_header.kind == OffloadHeader::Udp;
    if (m_header.segmentSize == 0 || (m_header.flags & OffloadHeader::NeedsChecksum) == 0 ||
        m_packet.size() > 0xffff)
        return false;
    if (udp ? m_header.checksumOffset != UdpChecksum : m_header.checksumOffset != TcpChecksum)
        return false;
    if (!udp && m_header.kind != (v4 ? OffloadHeader::Tcp4 : OffloadHeader::Tcp6))
        return false;
    if (transport + (udp ? UdpHeader : TcpHeader) > m_packet.size())
        return false;
    if (v4)
        return transport >= Header4 && transport == std::size_t{m_packet[0] & 15U} * 4;
    // What lies between are extension headers, which each packet gets.
    return m_packet[0] >> 4U == 6 && transport >= Header6;
}

std::size_t Segmentation::next(std::span<PacketRoom> rooms)
{
    std::size_t written = 0;
    for (PacketRoom &room : rooms) {
        if (m_done)
            break;
        if (m_header.kind == OffloadHeader::None)
            finishWhole(room);
        else
            writeSegment(room);
        ++written;
    }
    return written;
}

void Segmentation::finishWhole(PacketRoom &room)
{
    std::copy(m_packet.begin(), m_packet.end(), room.room.begin());
    room.length = m_packet.size();
    m_done = true;
    if ((m_header.flags & OffloadHeader::NeedsChecksum) == 0)
        return;
    const MutableByteSpan transport = room.room.first(room.length).subspan(m_header.checksumStart);
    finishChecksum(transport, m_header.checksumOffset,
                   InternetSum::fromField(transport.data() + m_header.checksumOffset));
}

void Segmentation::writeSegment(PacketRoom &room)
{
    const std::size_t start = m_header.checksumStart;
    const std::size_t payload =
        std::min<std::size_t>(m_header.segmentSize, m_packet.size() - m_position);
    const bool last = m_position + payload == m_packet.size();
    room.length = m_headers + payload;
    const MutableByteSpan out = room.room.first(room.length);
    std::copy_n(m_packet.begin(), m_headers, out.begin());
    std::copy_n(m_packet.begin() + static_cast<std::ptrdiff_t>(m_position), payload,
                out.begin() + static_cast<std::ptrdiff_t>(m_headers));

    if (isV4(out)) {
        put16(&out[2], room.length);
        put16(&out[4], number16(&out[4]) + m_count); // each has an identification of its own
        out[10] = out[11] = 0;
        InternetSum sum;
        sum.add(out.first(start));
        sum.storeComplement(&out[10]);
    } else {
        put16(&out[4], room.length - Header6);
    }

    const MutableByteSpan transport = out.subspan(start);
    if (m_header.kind == OffloadHeader::Udp) {
        put16(&transport[4], transport.size());
    } else {
        addTo32(&transport[4], m_position - m_headers);
        // Both mean what follows the last byte; and Reduced is said once (RFC 3168 section 6.1.2).
        if (!last)
            transport[TcpFlags] = static_cast<std::uint8_t>(transport[TcpFlags] & ~FinAndPush);
        if (m_count > 0)
            transport[TcpFlags] = static_cast<std::uint8_t>(transport[TcpFlags] & ~Cwr);
    }
    // The field has the pseudo-header's sum, of which the length alone changes.
    InternetSum sum = InternetSum::fromField(transport.data() + m_header.checksumOffset);
    sum.subtractNumber(m_packet.size() - start);
    sum.addNumber(transport.size());
    finishChecksum(transport, m_header.checksumOffset, sum);

    m_position += payload;
    ++m_count;
    m_done = last;
}

} // namespace higgs
