// SPDX-License-Identifier: GPL-3.0-or-later
// The attack's packets, and what nftables noted of those that came through.
#include "shared/tunnel/exit_attack.h"

#include "shared/tunnel/ip_json.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace higgs {

namespace {

using nlohmann::json;

constexpr std::uint16_t SourcePort = 45'123;

Bytes packetOf(const IpAddress &from, const ExitTarget &target)
{
    const Endpoint source{from, SourcePort};
    const Endpoint goal{target.address, target.port};
    switch (target.protocol) {
    case TcpProtocol:
        return tcpPacket(source, goal, {.sequence = 1, .acknowledged = 0, .flags = TcpSyn});
    case UdpProtocol:
        return udpPacket(source, goal, asBytes("higg"));
    case IcmpProtocol:
    case Icmp6Protocol: { // echo request
        const bool v4 = target.protocol == IcmpProtocol;
        Bytes echo{static_cast<std::uint8_t>(v4 ? 8 : 128), 0, 0, 0, 'h', 'i', 'g', 'g'};
        const std::uint16_t sum =
            v4 ? internetChecksum(echo)
               : transportChecksum(from, target.address, target.protocol, echo);
        echo[2] = static_cast<std::uint8_t>(sum >> 8);
        echo[3] = static_cast<std::uint8_t>(sum);
        return ipPacket(from, target.address, target.protocol, echo);
    }
    default: { // whatever it is, its second two bytes are what it is known by
        Bytes segment(20);
        segment[2] = static_cast<std::uint8_t>(target.port >> 8);
        segment[3] = static_cast<std::uint8_t>(target.port);
        return ipPacket(from, target.address, target.protocol, segment);
    }
    }
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
    return packetOf(from, target);
}

Result<ReachedSet> parseReached(std::string_view text)
{
    const Unexpected strange =
        unexpected(ErrorCode::Malformed, "nft -j list table: not as expected");
    const json document = parseProgramJson(text);
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
