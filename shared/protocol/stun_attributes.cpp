// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/stun_attributes.h"

#include <algorithm>

namespace higgs::protocol {

namespace {

// RFC 8489 section 14.3 ff.: USERNAME less than 509 bytes by it, 513 by its predecessor; the texts
// less than 128 characters, 763 bytes.
constexpr std::size_t MaxUsername = 512;
constexpr std::size_t MaxText = 763;
constexpr std::size_t MaxDomain = 255;
constexpr StunAddressMask NoMask{};

std::optional<Endpoint> readAddress(ByteSpan value, const StunAddressMask &mask)
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

std::optional<StunErrorCode> readError(ByteReader &reader)
{
    const auto hundreds = reader.u8();
    const auto number = reader.u8();
    if (!hundreds || !number)
        return std::nullopt;
    const int code = (*hundreds & 7) * 100 + *number;
    if (code < 300 || code > 699 || *number > 99 || reader.remaining() > MaxText)
        return std::nullopt;
    return StunErrorCode{code, std::string(asText(reader.rest()))};
}

std::optional<StunFamily> readFamily(std::uint8_t number)
{
    if (number != 1 && number != 2)
        return std::nullopt;
    return static_cast<StunFamily>(number);
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

/// A short number, and what is reserved behind it, which is not looked at.
template <typename T>
bool readPadded(ByteSpan value, std::optional<T> &out)
{
    if (value.size() != 4)
        return false;
    ByteReader reader(value);
    if constexpr (sizeof(T) == 1)
        out = reader.u8();
    else
        out = reader.u16();
    return true;
}

bool readString(ByteSpan value, std::size_t limit, std::optional<std::string> &out)
{
    if (value.size() > limit)
        return false;
    out = std::string(asText(value));
    return true;
}

template <std::size_t Size>
bool readArray(ByteSpan value, std::optional<std::array<std::uint8_t, Size>> &out)
{
    if (value.size() != Size)
        return false;
    out.emplace();
    std::copy(value.begin(), value.end(), out->begin());
    return true;
}

bool readTypeList(ByteSpan value, std::vector<std::uint16_t> &out)
{
    ByteReader reader(value);
    while (const auto type = reader.u16())
        out.push_back(*type);
    return reader.remaining() == 0;
}

/// Number and length of its parameters, of which the two that there are have none.
bool readAlgorithms(ByteSpan value, std::vector<std::uint16_t> &out)
{
    ByteReader reader(value);
    while (reader.remaining() > 0) {
        const auto algorithm = reader.u16();
        const auto length = reader.u16();
        const auto parameters = length ? reader.bytes(*length) : std::nullopt;
        if (!algorithm || !parameters || !reader.skip((4 - *length % 4) % 4))
            return false;
        if (parameters->empty())
            out.push_back(*algorithm);
    }
    return !out.empty();
}

enum class Reading { NotMine, Good, Bad };

Reading judged(bool good)
{
    return good ? Reading::Good : Reading::Bad;
}

// RFC 8489
Reading readBasic(StunAttribute type, ByteSpan value, StunMessage &out)
{
    switch (type) {
    case StunAttribute::XorMappedAddress:
        return judged(out.xorMappedAddress || (out.xorMappedAddress = readAddress(
                                                   value, stunAddressMask(out.transaction))));
    case StunAttribute::MappedAddress:
        return judged(out.mappedAddress || (out.mappedAddress = readAddress(value, NoMask)));
    case StunAttribute::AlternateServer:
        return judged(out.alternateServer || (out.alternateServer = readAddress(value, NoMask)));
    case StunAttribute::Username:
        return judged(out.username || readString(value, MaxUsername, out.username));
    case StunAttribute::UserHash:
        return judged(out.userHash || readArray(value, out.userHash));
    case StunAttribute::Realm:
        return judged(out.realm || readString(value, MaxText, out.realm));
    case StunAttribute::Nonce:
        return judged(out.nonce || readString(value, MaxText, out.nonce));
    case StunAttribute::Software:
        return judged(out.software || readString(value, MaxText, out.software));
    case StunAttribute::AlternateDomain:
        return judged(out.alternateDomain || readString(value, MaxDomain, out.alternateDomain));
    case StunAttribute::ErrorCode: {
        ByteReader reader(value);
        reader.skip(2);
        return judged(out.error || (out.error = readError(reader)));
    }
    case StunAttribute::UnknownAttributes:
        return judged(!out.unknownAttributes.empty() || readTypeList(value, out.unknownAttributes));
    case StunAttribute::PasswordAlgorithms:
        return judged(!out.passwordAlgorithms.empty() ||
                      readAlgorithms(value, out.passwordAlgorithms));
    case StunAttribute::PasswordAlgorithm: {
        std::vector<std::uint16_t> one;
        const bool good = readAlgorithms(value, one) && one.size() == 1;
        if (good && !out.passwordAlgorithm)
            out.passwordAlgorithm = one.front();
        return judged(good);
    }
    default:
        return Reading::NotMine;
    }
}

// RFC 8445 and RFC 5780
Reading readDiscovery(StunAttribute type, ByteSpan value, StunMessage &out)
{
    switch (type) {
    case StunAttribute::Priority:
        return judged(out.priority || readNumber(value, out.priority));
    case StunAttribute::IceControlled:
        return judged(out.iceControlled || readNumber(value, out.iceControlled));
    case StunAttribute::IceControlling:
        return judged(out.iceControlling || readNumber(value, out.iceControlling));
    case StunAttribute::UseCandidate:
        out.useCandidate = true;
        return judged(value.empty());
    case StunAttribute::ChangeRequest: {
        std::optional<std::uint32_t> flags;
        if (!readNumber(value, flags))
            return Reading::Bad;
        if (!out.changeRequest)
            out.changeRequest = {(*flags & 4U) != 0, (*flags & 2U) != 0};
        return Reading::Good;
    }
    case StunAttribute::ResponsePort:
        return judged(out.responsePort || readPadded(value, out.responsePort));
    case StunAttribute::ResponseOrigin:
        return judged(out.responseOrigin || (out.responseOrigin = readAddress(value, NoMask)));
    case StunAttribute::OtherAddress:
        return judged(out.otherAddress || (out.otherAddress = readAddress(value, NoMask)));
    case StunAttribute::Padding:
        out.padding = value.size();
        return Reading::Good;
    default:
        return Reading::NotMine;
    }
}

bool readFamilyAttribute(ByteSpan value, std::optional<StunFamily> &out)
{
    std::optional<std::uint8_t> number;
    if (out)
        return true;
    return readPadded(value, number) && (out = readFamily(*number));
}

bool readAddressError(ByteSpan value, std::optional<StunAddressError> &out)
{
    ByteReader reader(value);
    const std::optional<StunFamily> family = readFamily(reader.u8().value_or(0));
    reader.skip(1);
    const std::optional<StunErrorCode> error = readError(reader);
    if (!family || !error)
        return false;
    if (!out)
        out = {*family, *error};
    return true;
}

bool readIcmp(ByteSpan value, std::optional<StunIcmp> &out)
{
    ByteReader reader(value);
    reader.skip(2);
    const auto type = reader.u8();
    const auto code = reader.u8();
    const auto data = reader.u32();
    if (!type || !code || !data || reader.remaining() != 0)
        return false;
    if (!out)
        out = {*type, *code, *data};
    return true;
}

/// RFC 8656 section 7.3: one of each family when both were asked for.
bool readRelayed(ByteSpan value, StunMessage &out)
{
    if (out.xorRelayedAddress && out.secondRelayedAddress)
        return true;
    const auto relayed = readAddress(value, stunAddressMask(out.transaction));
    (out.xorRelayedAddress ? out.secondRelayedAddress : out.xorRelayedAddress) = relayed;
    return relayed.has_value();
}

// RFC 8656
Reading readTurn(StunAttribute type, ByteSpan value, StunMessage &out)
{
    switch (type) {
    case StunAttribute::ChannelNumber:
        return judged(out.channelNumber || readPadded(value, out.channelNumber));
    case StunAttribute::Lifetime:
        return judged(out.lifetime || readNumber(value, out.lifetime));
    case StunAttribute::XorPeerAddress: {
        const auto peer = readAddress(value, stunAddressMask(out.transaction));
        if (peer)
            out.xorPeerAddresses.push_back(*peer);
        return judged(peer.has_value());
    }
    case StunAttribute::Data:
        if (!out.data)
            out.data.emplace(value.begin(), value.end());
        return Reading::Good;
    case StunAttribute::XorRelayedAddress:
        return judged(readRelayed(value, out));
    case StunAttribute::RequestedAddressFamily:
        return judged(readFamilyAttribute(value, out.requestedFamily));
    case StunAttribute::AdditionalAddressFamily:
        return judged(readFamilyAttribute(value, out.additionalFamily));
    case StunAttribute::EvenPort:
        if (value.size() == 1 && !out.evenPort)
            out.evenPort = (value[0] & 0x80U) != 0;
        return judged(value.size() == 1);
    case StunAttribute::RequestedTransport:
        return judged(out.requestedTransport || readPadded(value, out.requestedTransport));
    case StunAttribute::DontFragment:
        out.dontFragment = true;
        return judged(value.empty());
    case StunAttribute::ReservationToken:
        return judged(out.reservationToken || readArray(value, out.reservationToken));
    case StunAttribute::AddressErrorCode:
        return judged(readAddressError(value, out.addressError));
    case StunAttribute::Icmp:
        return judged(readIcmp(value, out.icmp));
    default:
        return Reading::NotMine;
    }
}

} // namespace

StunAddressMask stunAddressMask(const StunTransactionId &transaction)
{
    StunAddressMask mask{0x21, 0x12, 0xa4, 0x42};
    std::copy(transaction.begin(), transaction.end(), mask.begin() + 4);
    return mask;
}

bool readStunAttribute(std::uint16_t type, ByteSpan value, StunMessage &out)
{
    constexpr std::uint16_t firstOptional = 0x8000;
    for (const auto read : {readBasic, readDiscovery, readTurn}) {
        const Reading reading = read(static_cast<StunAttribute>(type), value, out);
        if (reading != Reading::NotMine)
            return reading == Reading::Good;
    }
    if (type < firstOptional)
        out.notUnderstood.push_back(type);
    return true;
}

} // namespace higgs::protocol
