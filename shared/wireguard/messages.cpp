// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/wireguard/messages.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace higgs::wireguard {

namespace {

static_assert(std::endian::native == std::endian::little,
              "numbers of WireGuard's messages are copied as they are");

/// Reads what has been found to be long enough.
class Fields
{
public:
    explicit Fields(ByteSpan message) : m_rest(message.subspan(4)) {}

    template <typename Field>
    Fields &operator>>(Field &field)
    {
        static_assert(std::is_trivially_copyable_v<Field>);
        const ByteSpan bytes = m_rest.first(sizeof field);
        std::memcpy(&field, bytes.data(), bytes.size());
        m_rest = m_rest.subspan(bytes.size());
        return *this;
    }

private:
    ByteSpan m_rest;
};

class FieldWriter
{
public:
    FieldWriter(MutableByteSpan message, MessageType type) : m_rest(message.subspan(4))
    {
        std::fill_n(message.begin(), 4, std::uint8_t{0});
        message[0] = static_cast<std::uint8_t>(type);
    }

    template <typename Field>
    FieldWriter &operator<<(const Field &field)
    {
        static_assert(std::is_trivially_copyable_v<Field>);
        std::memcpy(m_rest.first(sizeof field).data(), &field, sizeof field);
        m_rest = m_rest.subspan(sizeof field);
        return *this;
    }

private:
    MutableByteSpan m_rest;
};

bool isA(MessageType type, ByteSpan datagram)
{
    return messageType(datagram) == type;
}

} // namespace

std::optional<MessageType> messageType(ByteSpan datagram)
{
    if (datagram.size() < KeepaliveSize || datagram[1] != 0 || datagram[2] != 0 || datagram[3] != 0)
        return std::nullopt;
    const auto type = static_cast<MessageType>(datagram[0]);
    switch (type) {
    case MessageType::Initiation:
        return datagram.size() == InitiationSize ? std::optional(type) : std::nullopt;
    case MessageType::Response:
        return datagram.size() == ResponseSize ? std::optional(type) : std::nullopt;
    case MessageType::Cookie:
        return datagram.size() == CookieReplySize ? std::optional(type) : std::nullopt;
    case MessageType::Transport:
        return type;
    }
    return std::nullopt;
}

std::optional<Initiation> decodeInitiation(ByteSpan datagram)
{
    if (!isA(MessageType::Initiation, datagram))
        return std::nullopt;
    Initiation message;
    Fields(datagram) >> message.sender >> message.ephemeral >> message.sealedKey >>
        message.sealedTime >> message.mac1 >> message.mac2;
    return message;
}

std::optional<Response> decodeResponse(ByteSpan datagram)
{
    if (!isA(MessageType::Response, datagram))
        return std::nullopt;
    Response message;
    Fields(datagram) >> message.sender >> message.receiver >> message.ephemeral >>
        message.sealedNothing >> message.mac1 >> message.mac2;
    return message;
}

std::optional<CookieReply> decodeCookieReply(ByteSpan datagram)
{
    if (!isA(MessageType::Cookie, datagram))
        return std::nullopt;
    CookieReply message;
    Fields(datagram) >> message.receiver >> message.nonce >> message.sealedCookie;
    return message;
}

std::optional<TransportHeader> decodeTransport(ByteSpan datagram)
{
    if (!isA(MessageType::Transport, datagram))
        return std::nullopt;
    TransportHeader header;
    Fields(datagram) >> header.receiver >> header.counter;
    return header;
}

std::array<std::uint8_t, InitiationSize> encode(const Initiation &message)
{
    std::array<std::uint8_t, InitiationSize> out{};
    FieldWriter(out, MessageType::Initiation)
        << message.sender << message.ephemeral << message.sealedKey << message.sealedTime
        << message.mac1 << message.mac2;
    return out;
}

std::array<std::uint8_t, ResponseSize> encode(const Response &message)
{
    std::array<std::uint8_t, ResponseSize> out{};
    FieldWriter(out, MessageType::Response)
        << message.sender << message.receiver << message.ephemeral << message.sealedNothing
        << message.mac1 << message.mac2;
    return out;
}

std::array<std::uint8_t, CookieReplySize> encode(const CookieReply &message)
{
    std::array<std::uint8_t, CookieReplySize> out{};
    FieldWriter(out, MessageType::Cookie)
        << message.receiver << message.nonce << message.sealedCookie;
    return out;
}

void encode(const TransportHeader &header, std::span<std::uint8_t, TransportHeaderSize> out)
{
    FieldWriter(out, MessageType::Transport) << header.receiver << header.counter;
}

} // namespace higgs::wireguard
