// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/portmap/nat_pmp_message.h"

namespace higgs::portmap {

namespace {

constexpr std::uint8_t Version = 0;
constexpr std::uint8_t ResponseBit = 0x80;
constexpr std::size_t MaxMessage = 16;

bool readRest(ByteReader &in, NatPmpResponse &response)
{
    if (response.opcode == NatPmpOpcode::ExternalAddress) {
        const auto address = in.u32();
        if (address)
            response.external = IpAddress::v4(*address);
        return address.has_value();
    }
    const auto internalPort = in.u16();
    const auto externalPort = in.u16();
    const auto lifetime = in.u32();
    if (!internalPort || !externalPort || !lifetime)
        return false;
    response.internalPort = *internalPort;
    response.externalPort = *externalPort;
    response.lifetime = Seconds(*lifetime);
    return true;
}

} // namespace

Bytes encodeNatPmpAddressRequest()
{
    return {Version, static_cast<std::uint8_t>(NatPmpOpcode::ExternalAddress)};
}

Bytes encodeNatPmpMap(const NatPmpMapRequest &request)
{
    Bytes bytes;
    ByteWriter out(bytes);
    out.u8(Version);
    out.u8(static_cast<std::uint8_t>(NatPmpOpcode::MapUdp));
    out.u16(0);
    out.u16(request.internalPort);
    out.u16(request.externalPort);
    out.u32(static_cast<std::uint32_t>(request.lifetime.count()));
    return bytes;
}

Result<NatPmpResponse> decodeNatPmp(ByteSpan datagram)
{
    const auto malformed = [](const char *why) { return unexpected(ErrorCode::Malformed, why); };
    if (datagram.size() > MaxMessage)
        return malformed("too long for NAT-PMP");
    ByteReader in(datagram);
    const auto version = in.u8();
    const auto opcode = in.u8();
    const auto result = in.u16();
    const auto epoch = in.u32();
    if (!version || !opcode || !result || !epoch)
        return malformed("a NAT-PMP header is cut off");
    if (*version != Version || (*opcode & ResponseBit) == 0)
        return malformed("no answer of NAT-PMP");
    NatPmpResponse response;
    response.opcode = static_cast<NatPmpOpcode>(*opcode & ~ResponseBit);
    response.result = *result;
    response.epoch = *epoch;
    if (response.opcode != NatPmpOpcode::ExternalAddress && response.opcode != NatPmpOpcode::MapUdp)
        return malformed("an opcode that nobody asked for");
    if (response.result != 0) // whatever follows means nothing then
        return response;
    if (!readRest(in, response) || in.remaining() != 0)
        return malformed("a NAT-PMP answer of a wrong length");
    return response;
}

} // namespace higgs::portmap
