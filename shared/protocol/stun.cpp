// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/stun.h"

#include "shared/base/secret.h"

#include <algorithm>

namespace higgs::protocol {

namespace {

// RFC 8489 section 18.3 and RFC 8445 section 16.1
enum Attribute : std::uint16_t {
    MappedAddress = 0x0001,
    Username = 0x0006,
    MessageIntegrity = 0x0008,
    ErrorCodeAttribute = 0x0009,
    UnknownAttributes = 0x000a,
    Realm = 0x0014,
    Nonce = 0x0015,
    MessageIntegritySha256 = 0x001c,
    XorMappedAddress = 0x0020,
    Priority = 0x0024,
    UseCandidate = 0x0025,
    Software = 0x8022,
    Fingerprint = 0x8028,
    IceControlled = 0x8029,
    IceControlling = 0x802a,
};

constexpr std::size_t AttributeHeader = 4;
constexpr std::size_t IntegritySize = 20;
constexpr std::uint32_t FingerprintXor = 0x5354554e;
// Section 14.3 ff.: USERNAME less than 513 bytes; the texts less than 128 characters, 763 bytes.
constexpr std::size_t MaxUsername = 512;
constexpr std::size_t MaxText = 763;

constexpr std::size_t padded(std::size_t length)
{
    return (length + 3) & ~std::size_t{3};
}

/// CRC-32 of ITU V.42, as section 14.7 has it.
std::uint32_t crc32(ByteSpan bytes)
{
    constexpr std::uint32_t polynomial = 0xedb88320;
    std::uint32_t crc = 0xffffffff;
    for (const std::uint8_t byte : bytes) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? polynomial : 0U);
    }
    return ~crc;
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

/// Cookie and transaction id, which XOR-MAPPED-ADDRESS is masked with (section 14.2).
std::array<std::uint8_t, 16> addressMask(const StunTransactionId &transaction)
{
    std::array<std::uint8_t, 16> mask{0x21, 0x12, 0xa4, 0x42};
    std::copy(transaction.begin(), transaction.end(), mask.begin() + 4);
    return mask;
}

std::optional<Endpoint> readAddress(ByteSpan value, const std::array<std::uint8_t, 16> &mask)
{
    ByteReader reader(value);
    reader.skip(1);
    const auto family = reader.u8();
    const auto port = reader.u16();
    if (!family || !port)
        return std::nullopt;
    const std::size_t size = *family == 1 ? 4 : (*family == 2 ? 16 : 0);
    const auto bytes = reader.bytes(size);
    if (size == 0 || !bytes || reader.remaining() != 0)
        return std::nullopt;
    std::array<std::uint8_t, 16> address{};
    for (std::size_t i = 0; i < size; ++i)
        address[i] = static_cast<std::uint8_t>((*bytes)[i] ^ mask[i]);
    const auto portMask = static_cast<std::uint16_t>(mask[0] << 8U | mask[1]);
    Endpoint endpoint;
    endpoint.port = static_cast<std::uint16_t>(*port ^ portMask);
    endpoint.address = size == 4
                           ? IpAddress::v4(std::span<const std::uint8_t, 4>(address.data(), 4))
                           : IpAddress::v6(std::span<const std::uint8_t, 16>(address));
    return endpoint;
}

std::optional<StunErrorCode> readError(ByteSpan value)
{
    ByteReader reader(value);
    reader.skip(2);
    const auto hundreds = reader.u8();
    const auto number = reader.u8();
    if (!hundreds || !number)
        return std::nullopt;
    const int code = (*hundreds & 7) * 100 + *number;
    if (code < 300 || code > 699 || *number > 99 || reader.remaining() > MaxText)
        return std::nullopt;
    return StunErrorCode{code, std::string(asText(reader.rest()))};
}

/// A number that fills its attribute exactly.
template <typename T>
bool readNumber(ByteSpan value, std::optional<T> &out)
{
    ByteReader reader(value);
    if constexpr (sizeof(T) == 4)
        out = reader.u32();
    else
        out = reader.u64();
    return out.has_value() && reader.remaining() == 0;
}

bool readString(ByteSpan value, std::size_t limit, std::optional<std::string> &out)
{
    if (value.size() > limit)
        return false;
    out = std::string(asText(value));
    return true;
}

bool readTypeList(ByteSpan value, std::vector<std::uint16_t> &out)
{
    ByteReader reader(value);
    while (const auto type = reader.u16())
        out.push_back(*type);
    return reader.remaining() == 0;
}

/// False when a known attribute is not well-formed. Of a repeated one the first counts (section
/// 14).
bool readAttribute(std::uint16_t type, ByteSpan value, StunMessage &out)
{
    constexpr std::array<std::uint8_t, 16> noMask{};
    constexpr std::uint16_t firstOptional = 0x8000;
    switch (type) {
    case XorMappedAddress:
        return out.xorMappedAddress ||
               (out.xorMappedAddress = readAddress(value, addressMask(out.transaction)));
    case MappedAddress:
        return out.mappedAddress || (out.mappedAddress = readAddress(value, noMask));
    case Username:
        return out.username || readString(value, MaxUsername, out.username);
    case Realm:
        return out.realm || readString(value, MaxText, out.realm);
    case Nonce:
        return out.nonce || readString(value, MaxText, out.nonce);
    case Software:
        return out.software || readString(value, MaxText, out.software);
    case ErrorCodeAttribute:
        return out.error || (out.error = readError(value));
    case UnknownAttributes:
        return !out.unknownAttributes.empty() || readTypeList(value, out.unknownAttributes);
    case Priority:
        return out.priority || readNumber(value, out.priority);
    case IceControlled:
        return out.iceControlled || readNumber(value, out.iceControlled);
    case IceControlling:
        return out.iceControlling || readNumber(value, out.iceControlling);
    case UseCandidate:
        out.useCandidate = true;
        return value.empty();
    case MessageIntegritySha256:
        return true; // optional to check; nobody we speak to sends it alone
    default:
        if (type < firstOptional)
            out.notUnderstood.push_back(type);
        return true;
    }
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

class Encoder
{
public:
    explicit Encoder(const StunMessage &message) : m_mask(addressMask(message.transaction))
    {
        ByteWriter writer(m_out);
        writer.u16(messageType(message));
        writer.u16(0);
        writer.u32(StunMagicCookie);
        writer.bytes(message.transaction);
    }

    void attribute(std::uint16_t type, ByteSpan value)
    {
        ByteWriter writer(m_out);
        writer.u16(type);
        writer.u16(static_cast<std::uint16_t>(value.size()));
        writer.bytes(value);
        while (m_out.size() % 4 != 0)
            writer.u8(0);
        setLength();
    }

    void text(std::uint16_t type, const std::optional<std::string> &value)
    {
        if (value)
            attribute(type, asBytes(*value));
    }

    template <typename T>
    void number(std::uint16_t type, const std::optional<T> &value)
    {
        if (!value)
            return;
        Bytes bytes;
        ByteWriter writer(bytes);
        if constexpr (sizeof(T) == 4)
            writer.u32(*value);
        else
            writer.u64(*value);
        attribute(type, bytes);
    }

    void address(std::uint16_t type, const std::optional<Endpoint> &endpoint, bool masked)
    {
        if (!endpoint || endpoint->isNull())
            return;
        const std::array<std::uint8_t, 16> mask = masked ? m_mask : std::array<std::uint8_t, 16>{};
        Bytes value;
        ByteWriter writer(value);
        writer.u8(0);
        writer.u8(endpoint->address.isV4() ? 1 : 2);
        writer.u16(static_cast<std::uint16_t>(endpoint->port ^ (mask[0] << 8U | mask[1])));
        std::size_t i = 0;
        for (const std::uint8_t byte : endpoint->address.bytes())
            writer.u8(static_cast<std::uint8_t>(byte ^ mask[i++]));
        attribute(type, value);
    }

    void integrity(const StunMac &mac)
    {
        attribute(MessageIntegrity,
                  mac(coveredPart(m_out, m_out.size(), AttributeHeader + IntegritySize)));
    }

    void fingerprint()
    {
        const Bytes covered = coveredPart(m_out, m_out.size(), AttributeHeader + 4);
        number<std::uint32_t>(Fingerprint, crc32(covered) ^ FingerprintXor);
    }

    Bytes take() { return std::move(m_out); }

private:
    void setLength()
    {
        const std::size_t length = m_out.size() - StunHeaderSize;
        m_out[2] = static_cast<std::uint8_t>(length >> 8U);
        m_out[3] = static_cast<std::uint8_t>(length);
    }

    std::array<std::uint8_t, 16> m_mask;
    Bytes m_out;
};

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
    ByteReader reader(datagram);
    reader.skip(StunHeaderSize);
    while (reader.remaining() > 0) {
        const std::size_t start = reader.position();
        const auto type = reader.u16();
        const auto length = reader.u16();
        const auto value = length ? reader.bytes(*length) : std::nullopt;
        if (!type || !value || !reader.skip(padded(*length) - *length))
            return unexpected(ErrorCode::Malformed, "a STUN attribute beyond the end");
        if (message.hasFingerprint)
            return unexpected(ErrorCode::Malformed, "a STUN attribute after FINGERPRINT");
        if (*type == Fingerprint) {
            const Bytes covered = coveredPart(datagram, start, AttributeHeader + 4);
            std::optional<std::uint32_t> crc;
            if (!readNumber(*value, crc) || *crc != (crc32(covered) ^ FingerprintXor))
                return unexpected(ErrorCode::Malformed, "a wrong STUN fingerprint");
            message.hasFingerprint = true;
        } else if (message.hasIntegrity) {
            continue;
        } else if (*type == MessageIntegrity) {
            if (value->size() != IntegritySize)
                return unexpected(ErrorCode::Malformed, "a STUN integrity of wrong size");
            message.hasIntegrity = true;
        } else if (!readAttribute(*type, *value, message)) {
            return unexpected(ErrorCode::Malformed, "a malformed STUN attribute");
        }
    }
    return message;
}

Bytes encodeStun(const StunMessage &message, const StunEncoding &encoding)
{
    Encoder encoder(message);
    encoder.text(Software, message.software);
    if (message.error) {
        Bytes value;
        ByteWriter writer(value);
        writer.u16(0);
        writer.u8(static_cast<std::uint8_t>(message.error->code / 100));
        writer.u8(static_cast<std::uint8_t>(message.error->code % 100));
        writer.bytes(asBytes(message.error->reason));
        encoder.attribute(ErrorCodeAttribute, value);
    }
    if (!message.unknownAttributes.empty()) {
        Bytes value;
        ByteWriter writer(value);
        for (const std::uint16_t type : message.unknownAttributes)
            writer.u16(type);
        encoder.attribute(UnknownAttributes, value);
    }
    encoder.address(XorMappedAddress, message.xorMappedAddress, true);
    encoder.address(MappedAddress, message.mappedAddress, false);
    encoder.number(Priority, message.priority);
    if (message.useCandidate)
        encoder.attribute(UseCandidate, {});
    encoder.number(IceControlled, message.iceControlled);
    encoder.number(IceControlling, message.iceControlling);
    encoder.text(Username, message.username);
    encoder.text(Nonce, message.nonce);
    encoder.text(Realm, message.realm);
    if (encoding.integrity)
        encoder.integrity(encoding.integrity);
    if (encoding.fingerprint)
        encoder.fingerprint();
    return encoder.take();
}

bool checkStunIntegrity(ByteSpan datagram, const StunMac &mac)
{
    if (!looksLikeStun(datagram))
        return false;
    ByteReader reader(datagram);
    reader.skip(StunHeaderSize);
    while (reader.remaining() > 0) {
        const std::size_t start = reader.position();
        const auto type = reader.u16();
        const auto length = reader.u16();
        const auto value = length ? reader.bytes(*length) : std::nullopt;
        if (!type || !value || !reader.skip(padded(*length) - *length))
            return false;
        if (*type == MessageIntegrity) {
            const Bytes covered = coveredPart(datagram, start, AttributeHeader + IntegritySize);
            return equalConstantTime(*value, mac(covered));
        }
    }
    return false;
}

} // namespace higgs::protocol
