// SPDX-License-Identifier: GPL-3.0-or-later
// STUN messages (RFC 8489) as values, with the attributes of connectivity checks (RFC 8445), of NAT
// behaviour discovery (RFC 5780) and of TURN (RFC 8656).
//
//   0                   1                   2                   3
//   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//  |0 0|     STUN Message Type     |         Message Length        |
//  |                         Magic Cookie                          |
//  |                     Transaction ID (96 bits)                  |
#pragma once

#include "shared/base/bytes.h"
#include "shared/base/endpoint.h"

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace higgs::protocol {

constexpr std::uint32_t StunMagicCookie = 0x2112a442;
constexpr std::size_t StunHeaderSize = 20;
/// Longer datagrams are not STUN to us: no message that we know comes near. Clients of RFC 5780
/// fill a request up beyond an Ethernet frame (PADDING), and have to be told that it is refused.
constexpr std::size_t MaxStunMessage = 1600;
constexpr std::uint16_t StunBindingMethod = 0x001;

enum class StunClass : std::uint8_t { Request = 0, Indication = 1, Success = 2, Error = 3 };

using StunTransactionId = std::array<std::uint8_t, 12>;

struct StunErrorCode
{
    int code = 0; ///< 300..699
    std::string reason;

    friend bool operator==(const StunErrorCode &, const StunErrorCode &) = default;
};

/// RFC 5780 section 7.2: from where the answer shall come.
struct StunChange
{
    bool address = false;
    bool port = false;

    friend bool operator==(const StunChange &, const StunChange &) = default;
};

/// RFC 8656 section 18.13: what came back to an allocation instead of a datagram.
struct StunIcmp
{
    std::uint8_t type = 0;
    std::uint8_t code = 0;
    std::uint32_t data = 0;

    friend bool operator==(const StunIcmp &, const StunIcmp &) = default;
};

/// The numbers that STUN writes for the families.
enum class StunFamily : std::uint8_t { V4 = 1, V6 = 2 };

struct StunAddressError
{
    StunFamily family = StunFamily::V4;
    StunErrorCode error;

    friend bool operator==(const StunAddressError &, const StunAddressError &) = default;
};

struct StunMessage
{
    StunClass messageClass = StunClass::Request;
    std::uint16_t method = StunBindingMethod; ///< 12 bits
    StunTransactionId transaction{};

    std::optional<Endpoint> xorMappedAddress;
    std::optional<Endpoint> mappedAddress; ///< what RFC 3489 servers give
    std::optional<std::string> username;
    std::optional<std::string> realm;
    std::optional<std::string> nonce;
    std::optional<std::string> software;
    std::optional<StunErrorCode> error;
    std::vector<std::uint16_t> unknownAttributes; ///< of an error 420
    std::optional<std::uint32_t> priority;        ///< RFC 8445
    std::optional<std::uint64_t> iceControlled;
    std::optional<std::uint64_t> iceControlling;
    bool useCandidate = false;

    // RFC 8489 section 9.2: long-term credentials beyond MD5, and servers that send elsewhere
    std::optional<std::array<std::uint8_t, 32>> userHash;
    std::vector<std::uint16_t> passwordAlgorithms; ///< 1: MD5, 2: SHA-256; without parameters
    std::optional<std::uint16_t> passwordAlgorithm;
    std::optional<Endpoint> alternateServer;
    std::optional<std::string> alternateDomain;

    // RFC 5780 section 7
    std::optional<StunChange> changeRequest;
    std::optional<std::uint16_t> responsePort;
    std::optional<Endpoint> responseOrigin;
    std::optional<Endpoint> otherAddress;
    std::optional<std::size_t> padding; ///< bytes of it

    // RFC 8656 section 18
    std::optional<std::uint16_t> channelNumber;
    std::optional<std::uint32_t> lifetime; ///< seconds
    std::vector<Endpoint> xorPeerAddresses;
    std::optional<Bytes> data;
    std::optional<Endpoint> xorRelayedAddress;
    std::optional<Endpoint> secondRelayedAddress; ///< of the additional family: likewise repeated
    std::optional<StunFamily> requestedFamily;
    std::optional<StunFamily> additionalFamily;
    std::optional<bool> evenPort;                   ///< true: the next port is reserved, too
    std::optional<std::uint8_t> requestedTransport; ///< an IP protocol: 17 is UDP
    bool dontFragment = false;
    std::optional<std::array<std::uint8_t, 8>> reservationToken;
    std::optional<StunAddressError> addressError;
    std::optional<StunIcmp> icmp;

    // Filled by decoding only.
    std::vector<std::uint16_t> notUnderstood; ///< comprehension-required, and not known here
    bool hasIntegrity = false;                ///< present; only checkStunIntegrity() verifies
    bool hasIntegritySha256 = false;          ///< likewise
    bool hasFingerprint = false;              ///< present and right

    friend bool operator==(const StunMessage &, const StunMessage &) = default;
};

/// HMAC-SHA1 under the caller's key: 20 bytes. This library has no cryptography of its own.
using StunMac = std::function<std::array<std::uint8_t, 20>(ByteSpan message)>;
/// HMAC-SHA256, for MESSAGE-INTEGRITY-SHA256.
using StunMac256 = std::function<std::array<std::uint8_t, 32>(ByteSpan message)>;

/// Cheap test for telling STUN from WireGuard on one socket: top bits, cookie and length fit.
bool looksLikeStun(ByteSpan datagram);

/// Total on any input; Malformed for what RFC 8489 forbids, also for a wrong FINGERPRINT. What
/// follows MESSAGE-INTEGRITY is ignored, as section 14.5 demands, but for
/// MESSAGE-INTEGRITY-SHA256 and FINGERPRINT.
Result<StunMessage> decodeStun(ByteSpan datagram);

struct StunEncoding
{
    StunMac integrity{};          ///< empty: no MESSAGE-INTEGRITY
    StunMac256 integritySha256{}; ///< empty: no MESSAGE-INTEGRITY-SHA256
    bool fingerprint = false;     ///< FINGERPRINT as the last attribute
};

Bytes encodeStun(const StunMessage &message, const StunEncoding &encoding = {});

/// False without MESSAGE-INTEGRITY, or when it is not what `mac` makes of the message.
bool checkStunIntegrity(ByteSpan datagram, const StunMac &mac);
/// The same of MESSAGE-INTEGRITY-SHA256, which must not be truncated (section 14.6 leaves that to
/// usages, and ours does not).
bool checkStunIntegritySha256(ByteSpan datagram, const StunMac256 &mac);

} // namespace higgs::protocol
