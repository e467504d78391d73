// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/portmap/pcp_message.h"

#include <algorithm>

namespace higgs::portmap {

namespace {

constexpr std::uint8_t Version = 2;
constexpr std::uint8_t ResponseBit = 0x80;
constexpr std::uint8_t UdpProtocol = 17;
constexpr std::size_t AddressSize = 16;

/// Every address has 16 bytes (RFC 6887 section 5); no IPv4 address is ::ffff:0.0.0.0.
void writeAddress(ByteWriter &out, const IpAddress &address, IpAddress::Family family)
{
    const IpAddress said = address.isNull() ? IpAddress::any(family) : address;
    out.bytes(said.mapped().bytes());
}

void writeHeader(ByteWriter &out, PcpOpcode opcode, Seconds lifetime, const IpAddress &client)
{
    out.u8(Version);
    out.u8(static_cast<std::uint8_t>(opcode));
    out.u16(0);
    out.u32(static_cast<std::uint32_t>(lifetime.count()));
    writeAddress(out, client, client.family());
}

std::optional<IpAddress> readAddress(ByteReader &in)
{
    const auto bytes = in.bytes(AddressSize);
    if (!bytes)
        return std::nullopt;
    return IpAddress::v6(bytes->first<AddressSize>()).unmapped();
}

std::optional<PcpMapping> readMapping(ByteReader &in)
{
    PcpMapping mapping;
    const auto nonce = in.bytes(mapping.nonce.size());
    const auto protocol = in.u8();
    const bool reserved = in.skip(3);
    const auto internalPort = in.u16();
    const auto externalPort = in.u16();
    const auto address = readAddress(in);
    if (!nonce || !protocol || !reserved || !internalPort || !externalPort || !address)
        return std::nullopt;
    std::copy(nonce->begin(), nonce->end(), mapping.nonce.begin());
    mapping.protocol = *protocol;
    mapping.internalPort = *internalPort;
    mapping.external = {*address, *externalPort};
    return mapping;
}

} // namespace

Bytes encodePcpMap(const PcpMapRequest &request)
{
    Bytes bytes;
    ByteWriter out(bytes);
    writeHeader(out, PcpOpcode::Map, request.lifetime, request.internal.address);
    out.bytes(request.nonce);
    out.u8(UdpProtocol);
    out.bytes(std::array<std::uint8_t, 3>{});
    out.u16(request.internal.port);
    out.u16(request.external.port);
    writeAddress(out, request.external.address, request.internal.address.family());
    return bytes;
}

Bytes encodePcpAnnounce(const IpAddress &client)
{
    Bytes bytes;
    ByteWriter out(bytes);
    writeHeader(out, PcpOpcode::Announce, Seconds(0), client);
    return bytes;
}

Result<PcpResponse> decodePcp(ByteSpan datagram)
{
    const auto malformed = [](const char *why) { return unexpected(ErrorCode::Malformed, why); };
    if (datagram.size() > MaxPcpMessage || datagram.size() % 4 != 0)
        return malformed("no length of a PCP message");
    ByteReader in(datagram);
    const auto version = in.u8();
    const auto opcode = in.u8();
    const bool reserved = in.skip(1);
    const auto result = in.u8();
    const auto lifetime = in.u32();
    const auto epoch = in.u32();
    if (!version || !opcode || !reserved || !result || !lifetime || !epoch || !in.skip(12))
        return malformed("a PCP header is cut off");
    if (*version != Version || (*opcode & ResponseBit) == 0)
        return malformed("no answer of PCP's version 2");
    PcpResponse response;
    response.opcode = static_cast<PcpOpcode>(*opcode & ~ResponseBit);
    response.result = *result;
    response.lifetime = Seconds(*lifetime);
    response.epoch = *epoch;
    if (response.opcode == PcpOpcode::Announce)
        return response;
    if (response.opcode != PcpOpcode::Map)
        return malformed("an opcode that nobody asked for");
    response.mapping = readMapping(in);
    if (!response.mapping)
        return malformed("a PCP mapping is cut off");
    return response;
}

} // namespace higgs::portmap
