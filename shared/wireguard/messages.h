// SPDX-License-Identifier: GPL-3.0-or-later
// WireGuard's four messages (the paper, sections 5.4.2, 5.4.3, 5.4.6 and 5.4.7) as values.
// Decoding is total: nothing but the message's own size and type is a message.
#pragma once

#include "shared/base/bytes.h"
#include "shared/crypto/blake2s.h"

#include <array>
#include <optional>

namespace higgs::wireguard {

/// The first byte; three of zero follow.
enum class MessageType : std::uint8_t { Initiation = 1, Response = 2, Cookie = 3, Transport = 4 };

/// A number that its owner has made up for one handshake or session, and the other end repeats.
enum class Index : std::uint32_t {};

using KeyBytes = std::array<std::uint8_t, 32>;

constexpr std::size_t MacsSize = 32; ///< mac1 and mac2, at the end of messages 1 and 2
constexpr std::size_t InitiationSize = 148;
constexpr std::size_t ResponseSize = 92;
constexpr std::size_t CookieReplySize = 64;
constexpr std::size_t TransportHeaderSize = 16;
constexpr std::size_t TagSize = 16;
/// The shortest transport message: nothing but a header and a tag.
constexpr std::size_t KeepaliveSize = TransportHeaderSize + TagSize;

struct Initiation
{
    Index sender{};
    KeyBytes ephemeral{};
    std::array<std::uint8_t, 32 + TagSize> sealedKey{};
    std::array<std::uint8_t, 12 + TagSize> sealedTime{};
    Blake2sMac mac1{};
    Blake2sMac mac2{};

    friend bool operator==(const Initiation &, const Initiation &) = default;
};

struct Response
{
    Index sender{};
    Index receiver{};
    KeyBytes ephemeral{};
    std::array<std::uint8_t, TagSize> sealedNothing{};
    Blake2sMac mac1{};
    Blake2sMac mac2{};

    friend bool operator==(const Response &, const Response &) = default;
};

struct CookieReply
{
    Index receiver{};
    std::array<std::uint8_t, 24> nonce{};
    std::array<std::uint8_t, 16 + TagSize> sealedCookie{};

    friend bool operator==(const CookieReply &, const CookieReply &) = default;
};

struct TransportHeader
{
    Index receiver{};
    std::uint64_t counter = 0;

    friend bool operator==(const TransportHeader &, const TransportHeader &) = default;
};

/// What it claims to be; of the right size for that.
std::optional<MessageType> messageType(ByteSpan datagram);

std::optional<Initiation> decodeInitiation(ByteSpan datagram);
std::optional<Response> decodeResponse(ByteSpan datagram);
std::optional<CookieReply> decodeCookieReply(ByteSpan datagram);
/// What follows the header is sealed.
std::optional<TransportHeader> decodeTransport(ByteSpan datagram);

std::array<std::uint8_t, InitiationSize> encode(const Initiation &message);
std::array<std::uint8_t, ResponseSize> encode(const Response &message);
std::array<std::uint8_t, CookieReplySize> encode(const CookieReply &message);
void encode(const TransportHeader &header, std::span<std::uint8_t, TransportHeaderSize> out);

} // namespace higgs::wireguard
