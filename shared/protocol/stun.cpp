// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/stun.h"

#include "shared/base/secret.h"
#include "shared/protocol/stun_attributes.h"

#include <algorithm>
#include <zlib.h>

namespace higgs::protocol {

namespace {

constexpr std::size_t AttributeHeader = 4;
constexpr std::size_t IntegritySize = 20;
constexpr std::size_t Sha256Size = 32;
constexpr std::size_t SmallestSha256 = 16;
constexpr std::uint32_t FingerprintXor = 0x5354554e;

constexpr std::size_t padded(std::size_t length)
{
    return (length + 3) & ~std::size_t{3};
}

/// CRC-32 of ITU V.42, as section 14.7 has it.
std::uint32_t crc32Of(ByteSpan bytes)
{
    return static_cast<std::uint32_t>(
        ::crc32(0, bytes.data(), static_cast<unsigned>(bytes.size())));
}

/// The message up to `end`, with the length field as if the attribute after it (of `attribute`
/// bytes with its header) were the last: what integrity and fingerprint are computed over.
Bytes coveredPart(ByteSpan message, std::size_t end, std::size_t attribute)
{
    Bytes covered(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(end));
    const std::size_t length = end + attribute - StunHeaderSize;
    covered[2] = static_cast<std::uint8_t>(length >> 8U);
    covered[3] = static_cast<std::uint8_t>(length);
    return covered;
}

StunMessage readHeader(ByteSpan datagram)
{
    StunMessage message;
    const auto type = static_cast<unsigned>(datagram[0] << 8U | datagram[1]);
    // Section 5: the two class bits lie inside the type, at bits 4 and 8.
    message.messageClass = static_cast<StunClass>((type >> 4U & 1U) | (type >> 7U & 2U));
    message.method = static_cast<std::uint16_t>((type & 0x000fU) | (type >> 1U & 0x0070U) |
                                                (type >> 2U & 0x0f80U));
    std::copy_n(datagram.begin() + 8, message.transaction.size(), message.transaction.begin());
    return message;
}

std::uint16_t messageType(const StunMessage &message)
{
    const unsigned method = message.method;
    const auto classBits = static_cast<unsigned>(message.messageClass);
    return static_cast<std::uint16_t>((method & 0x000fU) | (method & 0x0070U) << 1U |
                                      (method & 0x0f80U) << 2U | (classBits & 1U) << 4U |
                                      (classBits & 2U) << 7U);
}

void setLength(Bytes &message)
{
    const std::size_t length = message.size() - StunHeaderSize;
    message[2] = static_cast<std::uint8_t>(length >> 8U);
    message[3] = static_cast<std::uint8_t>(length);
}

/// What is covered by an attribute that is about to be the last.
Bytes coveredByNext(const Bytes &message, std::size_t size)
{
    return coveredPart(message, message.size(), AttributeHeader + size);
}

std::optional<std::uint32_t> readCrc(ByteSpan value)
{
    ByteReader reader(value);
    const auto crc = reader.u32();
    return reader.remaining() == 0 ? crc : std::nullopt;
}

/// One attribute, by its place in the message.
struct RawAttribute
{
    StunAttribute type{};
    std::size_t start = 0;
    ByteSpan value;
};

/// nullopt at the end, or beyond it: `isBroken`.
class AttributeReader
{
public:
    explicit AttributeReader(ByteSpan datagram) : m_reader(datagram)
    {
        m_reader.skip(StunHeaderSize);
    }

    std::optional<RawAttribute> next()
    {
        if (m_reader.remaining() == 0)
            return std::nullopt;
        RawAttribute found;
        found.start = m_reader.position();
        const auto type = m_reader.u16();
        const auto length = m_reader.u16();
        const auto value = length ? m_reader.bytes(*length) : std::nullopt;
        if (!type || !value || !m_reader.skip(padded(*length) - *length)) {
            m_broken = true;
            return std::nullopt;
        }
        found.type = static_cast<StunAttribute>(*type);
        found.value = *value;
        return found;
    }
    [[nodiscard]] bool isBroken() const { return m_broken; }

private:
    ByteReader m_reader;
    bool m_broken = false;
};

/// FINGERPRINT, or what makes a message true. nullopt: some other attribute.
std::optional<Result<void>> readSeal(ByteSpan datagram, const RawAttribute &each,
                                     StunMessage &message)
{
    switch (each.type) {
    case StunAttribute::Fingerprint: {
        const Bytes covered = coveredPart(datagram, each.start, AttributeHeader + 4);
        if (readCrc(each.value) != (crc32Of(covered) ^ FingerprintXor))
            return unexpected(ErrorCode::Malformed, "a wrong STUN fingerprint");
        message.hasFingerprint = true;
        return Result<void>();
    }
    case StunAttribute::MessageIntegrity:
        if (message.hasIntegrity || message.hasIntegritySha256)
            return Result<void>();
        if (each.value.size() != IntegritySize)
            return unexpected(ErrorCode::Malformed, "a STUN integrity of wrong size");
        message.hasIntegrity = true;
        return Result<void>();
    case StunAttribute::MessageIntegritySha256:
        if (message.hasIntegritySha256)
            return Result<void>();
        if (each.value.size() < SmallestSha256 || each.value.size() > Sha256Size ||
            each.value.size() % 4 != 0)
            return unexpected(ErrorCode::Malformed, "a STUN integrity of wrong size");
        message.hasIntegritySha256 = true;
        return Result<void>();
    default:
        return std::nullopt;
    }
}

/// Of several the first, as in decoding; none counts behind MESSAGE-INTEGRITY-SHA256.
bool checkSeal(ByteSpan datagram, StunAttribute wanted, std::size_t size,
               const std::function<bool(ByteSpan value, ByteSpan covered)> &isRight)
{
    if (!looksLikeStun(datagram))
        return false;
    AttributeReader attributes(datagram);
    while (const auto each = attributes.next()) {
        if (each->type == wanted)
            return each->value.size() == size &&
                   isRight(each->value, coveredPart(datagram, each->start, AttributeHeader + size));
        if (each->type == StunAttribute::MessageIntegritySha256)
            return false;
    }
    return false;
}

} // namespace

bool looksLikeStun(ByteSpan datagram)
{
    if (datagram.size() < StunHeaderSize || datagram.size() > MaxStunMessage)
        return false;
    ByteReader reader(datagram);
    const auto type = reader.u16();
    const auto length = reader.u16();
    const auto cookie = reader.u32();
    return (*type & 0xc000U) == 0 && *length == datagram.size() - StunHeaderSize &&
           *length % 4 == 0 && cookie == StunMagicCookie;
}

Result<StunMessage> decodeStun(ByteSpan datagram)
{
    if (!looksLikeStun(datagram))
        return unexpected(ErrorCode::Malformed, "not a STUN message");
    StunMessage message = readHeader(datagram);
    AttributeReader attributes(datagram);
    while (const auto each = attributes.next()) {
        if (message.hasFingerprint)
            return unexpected(ErrorCode::Malformed, "a STUN attribute after FINGERPRINT");
        if (const auto seal = readSeal(datagram, *each, message)) {
            if (!*seal)
                return unexpected(seal->error());
        } else if (message.hasIntegrity || message.hasIntegritySha256) {
            continue;
        } else if (!readStunAttribute(static_cast<std::uint16_t>(each->type), each->value,
                                      message)) {
            return unexpected(ErrorCode::Malformed, "a malformed STUN attribute");
        }
    }
    if (attributes.isBroken())
        return unexpected(ErrorCode::Malformed, "a STUN attribute beyond the end");
    return message;
}

Bytes encodeStun(const StunMessage &message, const StunEncoding &encoding)
{
    Bytes out;
    ByteWriter writer(out);
    writer.u16(messageType(message));
    writer.u16(0);
    writer.u32(StunMagicCookie);
    writer.bytes(message.transaction);
    writeStunAttributes(message, out);
    if (encoding.integrity)
        appendStunAttribute(out, StunAttribute::MessageIntegrity,
                            encoding.integrity(coveredByNext(out, IntegritySize)));
    if (encoding.integritySha256)
        appendStunAttribute(out, StunAttribute::MessageIntegritySha256,
                            encoding.integritySha256(coveredByNext(out, Sha256Size)));
    if (encoding.fingerprint) {
        Bytes crc;
        ByteWriter(crc).u32(crc32Of(coveredByNext(out, 4)) ^ FingerprintXor);
        appendStunAttribute(out, StunAttribute::Fingerprint, crc);
    }
    setLength(out);
    return out;
}

bool checkStunIntegrity(ByteSpan datagram, const StunMac &mac)
{
    return checkSeal(datagram, StunAttribute::MessageIntegrity, IntegritySize,
                     [&mac](ByteSpan value, ByteSpan covered) {
                         return equalConstantTime(value, mac(covered));
                     });
}

bool checkStunIntegritySha256(ByteSpan datagram, const StunMac256 &mac)
{
    return checkSeal(datagram, StunAttribute::MessageIntegritySha256, Sha256Size,
                     [&mac](ByteSpan value, ByteSpan covered) {
                         return equalConstantTime(value, mac(covered));
                     });
}

} // namespace higgs::protocol
