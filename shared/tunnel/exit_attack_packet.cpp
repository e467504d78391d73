// SPDX-License-Identifier: GPL-3.0-or-later
// The attack's packets, and what nftables noted of those that came through.
#include "shared/tunnel/exit_attack.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

namespace higgs {

namespace {

using nlohmann::json;

constexpr std::uint16_t SourcePort = 45'123;
constexpr std::uint8_t HopLimit = 64;
constexpr std::size_t Ipv4HeaderSize = 20;

void put16(Bytes &bytes, std::size_t value)
{
    bytes.push_back(static_cast<std::uint8_t>(value >> 8));
    bytes.push_back(static_cast<std::uint8_t>(value));
}

/// RFC 1071.
std::uint16_t checksum(ByteSpan bytes)
{
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); i += 2)
        sum +=
            static_cast<std::uint32_t>(bytes[i]) << 8 | (i + 1 < bytes.size() ? bytes[i + 1] : 0U);
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

/// Over the pseudo-header of RFC 793 or RFC 8200 section 8.1 as well.
std::uint16_t transportChecksum(const IpAddress &from, const IpAddress &to, std::uint8_t protocol,
                                const Bytes &segment)
{
    Bytes all(from.bytes().begin(), from.bytes().end());
    all.insert(all.end(), to.bytes().begin(), to.bytes().end());
    put16(all, protocol);
    put16(all, segment.size());
    all.insert(all.end(), segment.begin(), segment.end());
    return checksum(all);
}

Bytes transport(const IpAddress &from, const ExitTarget &target)
{
    Bytes segment;
    std::size_t at = 0; // of the checksum
    if (target.protocol == TcpProtocol) {
        put16(segment, SourcePort);
        put16(segment, target.port);
        segment.insert(segment.end(), {0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 0xff, 0xff, 0, 0, 0, 0});
        at = 16;
    } else if (target.protocol == UdpProtocol) {
        put16(segment, SourcePort);
        put16(segment, target.port);
        segment.insert(segment.end(), {0, 12, 0, 0, 'h', 'i', 'g', 'g'});
        at = 6;
    } else if (target.protocol != IcmpProtocol && target.protocol != Icmp6Protocol) {
        // Whatever it is, its second two bytes are what it is known by.
        segment.resize(20);
        segment[2] = static_cast<std::uint8_t>(target.port >> 8);
        segment[3] = static_cast<std::uint8_t>(target.port);
        return segment;
    } else { // echo request
        segment = {static_cast<std::uint8_t>(target.protocol == IcmpProtocol ? 8 : 128),
                   0,
                   0,
                   0,
                   'h',
                   'i',
                   'g',
                   'g'};
        at = 2;
    }
    const std::uint16_t sum =
        target.protocol == IcmpProtocol
            ? checksum(segment)
            : transportChecksum(from, target.address, target.protocol, segment);
    segment[at] = static_cast<std::uint8_t>(sum >> 8);
    segment[at + 1] = static_cast<std::uint8_t>(sum);
    return segment;
}

/// nullopt when it is none, or does not fit: get() would cut it off.
template <typename Number>
std::optional<Number> numberOf(const json &value)
{
    if (!value.is_number_unsigned() ||
        value.get<std::uint64_t>() > std::numeric_limits<Number>::max())
        return std::nullopt;
    return value.get<Number>();
}

std::optional<std::uint8_t> protocolOf(const json &value)
{
    const std::string name = value.is_string() ? value.get<std::string>() : "";
    if (name == "tcp")
        return TcpProtocol;
    if (name == "udp")
        return UdpProtocol;
    if (name == "icmp")
        return IcmpProtocol;
    if (name == "ipv6-icmp" || name == "icmpv6")
        return Icmp6Protocol;
    return numberOf<std::uint8_t>(value);
}

/// False when it is not understood: it may be what must not be reached, and would count as held.
bool readElement(const json &element, ReachedSet &reached)
{
    const json &key = element.contains("elem") ? element.at("elem").at("val") : element;
    const json &parts = key.at("concat");
    const auto address = IpAddress::parse(parts.at(0).get<std::string>());
    const auto protocol = protocolOf(parts.at(1));
    const auto port = numberOf<std::uint16_t>(parts.at(2));
    if (!address || !protocol || !port)
        return false;
    // An echo is known by its address alone: what stands for its port is its checksum.
    const bool echo = protocol == IcmpProtocol || protocol == Icmp6Protocol;
    reached.emplace(*address, *protocol, echo ? std::uint16_t{0} : *port);
    return true;
}

} // namespace

Bytes attackPacket(const AttackedHome &home, const ExitTarget &target)
{
    const bool v4 = target.address.isV4();
    const IpAddress from = target.kind == TargetKind::Spoofed
                               ? spoofedAddress(target.address.family())
                               : canaryAddress(v4 ? home.network4 : home.network6);
    const Bytes payload = transport(from, target);
    Bytes packet;
    if (v4) {
        packet = {0x45, 0};
        put16(packet, Ipv4HeaderSize + payload.size());
        packet.insert(packet.end(), {0, 0, 0x40, 0, HopLimit, target.protocol, 0, 0});
    } else {
        packet = {0x60, 0, 0, 0};
        put16(packet, payload.size());
        packet.insert(packet.end(), {target.protocol, HopLimit});
    }
    packet.insert(packet.end(), from.bytes().begin(), from.bytes().end());
    packet.insert(packet.end(), target.address.bytes().begin(), target.address.bytes().end());
    if (v4) {
        const std::uint16_t sum = checksum(packet);
        packet[10] = static_cast<std::uint8_t>(sum >> 8);
        packet[11] = static_cast<std::uint8_t>(sum);
    }
    packet.insert(packet.end(), payload.begin(), payload.end());
    return packet;
}

Result<ReachedSet> parseReached(std::string_view text)
{
    const Unexpected strange =
        unexpected(ErrorCode::Malformed, "nft -j list table: not as expected");
    const json document = json::parse(text, nullptr, false);
    ReachedSet reached;
    // Total on any input: what is not as nft writes it ends here.
    try {
        for (const json &entry : document.at("nftables")) {
            if (!entry.contains("set") || !entry.at("set").contains("elem"))
                continue;
            for (const json &element : entry.at("set").at("elem")) {
                if (!readElement(element, reached))
                    return strange;
            }
        }
    } catch (const json::exception &) {
        return strange;
    }
    return reached;
}

} // namespace higgs
