// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/classic_stun.h"

#include <algorithm>

namespace higgs::protocol {

namespace {

// RFC 3489 section 11.2
constexpr std::uint16_t BindingRequest = 0x0001;
constexpr std::uint16_t BindingResponse = 0x0101;
constexpr std::uint16_t MappedAddress = 0x0001;
constexpr std::uint16_t SourceAddress = 0x0004;
constexpr std::uint16_t ChangedAddress = 0x0005;
constexpr std::size_t CookieAt = 4;

void appendAddress(ByteWriter &writer, std::uint16_t type, const Endpoint &endpoint)
{
    const ByteSpan address = endpoint.address.bytes();
    writer.u16(type);
    writer.u16(static_cast<std::uint16_t>(4 + address.size()));
    writer.u8(0);
    writer.u8(endpoint.address.isV4() ? 1 : 2);
    writer.u16(endpoint.port);
    writer.bytes(address);
}

} // namespace

std::optional<ClassicBinding> decodeClassicBinding(ByteSpan datagram)
{
    ByteReader reader(datagram);
    const auto type = reader.u16();
    reader.skip(2);
    const auto first = reader.u32();
    if (type != BindingRequest || !first || first == StunMagicCookie ||
        datagram.size() > MaxStunMessage)
        return std::nullopt;
    // But for the cookie it is written as its successor's.
    Bytes modern(datagram.begin(), datagram.end());
    for (unsigned i = 0; i < 4; ++i)
        modern[CookieAt + i] = static_cast<std::uint8_t>(StunMagicCookie >> (24 - 8 * i));
    const Result<StunMessage> message = decodeStun(modern);
    if (!message || !message->notUnderstood.empty() || message->padding || message->responsePort)
        return std::nullopt;
    ClassicBinding binding;
    std::copy_n(datagram.begin() + CookieAt, binding.transaction.size(),
                binding.transaction.begin());
    binding.change = message->changeRequest.value_or(StunChange{});
    return binding;
}

Bytes encodeClassicAnswer(const ClassicBinding &request, const ClassicAnswer &answer)
{
    Bytes attributes;
    ByteWriter writer(attributes);
    appendAddress(writer, MappedAddress, answer.mapped);
    if (answer.source)
        appendAddress(writer, SourceAddress, *answer.source);
    if (answer.changed)
        appendAddress(writer, ChangedAddress, *answer.changed);
    Bytes out;
    ByteWriter head(out);
    head.u16(BindingResponse);
    head.u16(static_cast<std::uint16_t>(attributes.size()));
    head.bytes(request.transaction);
    head.bytes(attributes);
    return out;
}

} // namespace higgs::protocol
