// SPDX-License-Identifier: GPL-3.0-or-later
// STUN messages (RFC 8489) as values, with what binding requests and connectivity checks need.
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
/// Longer datagrams are not STUN to us: no message that we know comes near.
constexpr std::size_t MaxStunMessage = 1500;
constexpr std::uint16_t StunBindingMethod = 0x001;

enum class StunClass : std::uint8_t { Request = 0, Indication = 1, Success = 2, Error = 3 };

using StunTransactionId = std::array<std::uint8_t, 12>;

struct StunErrorCode
{
    int code = 0; ///< 300..699
    std::string reason;

    friend bool operator==(const StunErrorCode &, const StunErrorCode &) = default;
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

    // Filled by decoding only.
    std::vector<std::uint16_t> notUnderstood; ///< comprehension-required, and not known here
    bool hasIntegrity = false;                ///< present; only checkStunIntegrity() verifies
    bool hasFingerprint = false;              ///< present and right

    friend bool operator==(const StunMessage &, const StunMessage &) = default;
};

/// HMAC-SHA1 under the caller's key: 20 bytes. This library has no cryptography of its own.
using StunMac = std::function<std::array<std::uint8_t, 20>(ByteSpan message)>;

/// Cheap test for telling STUN from WireGuard on one socket: top bits, cookie and length fit.
bool looksLikeStun(ByteSpan datagram);

/// Total on any input; Malformed for what RFC 8489 forbids, also for a wrong FINGERPRINT. What
/// follows MESSAGE-INTEGRITY is ignored, as section 14.5 demands.
Result<StunMessage> decodeStun(ByteSpan datagram);

struct StunEncoding
{
    StunMac integrity;        ///< empty: no MESSAGE-INTEGRITY
    bool fingerprint = false; ///< FINGERPRINT as the last attribute
};

Bytes encodeStun(const StunMessage &message, const StunEncoding &encoding = {});

/// False without MESSAGE-INTEGRITY, or when it is not what `mac` makes of the message.
bool checkStunIntegrity(ByteSpan datagram, const StunMac &mac);

} // namespace higgs::protocol
