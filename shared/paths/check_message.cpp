// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/check_message.h"

#include "shared/paths/check_limits.h"

#include <algorithm>
#include <utility>

namespace higgs {

using protocol::Direction;
using protocol::StunClass;
using protocol::StunMessage;

namespace {

std::string userName(const SessionId &session, Direction direction)
{
    return session.text() + ":" + std::string(toString(direction));
}

} // namespace

Result<CheckCodec> CheckCodec::make(const PrivateKey &own, const PublicKey &peer,
                                    const SessionId &session, Direction direction)
{
    const Result<Secret<32>> shared = own.sharedSecret(peer);
    if (!shared)
        return unexpected(shared.error());
    Mac256 mac = hmacSha256(shared->bytes(), asBytes("higgs path check\n" + session.text()));
    HmacSha256Key key(mac);
    wipe(mac);
    return CheckCodec(std::move(key), session, direction);
}

CheckCodec::CheckCodec(HmacSha256Key key, const SessionId &session, Direction direction)
    : m_key(std::move(key)),
      m_own(userName(session, direction)),
      m_served(userName(session, direction == Direction::ClientToNode ? Direction::NodeToClient
                                                                      : Direction::ClientToNode))
{}

protocol::StunMac256 CheckCodec::mac() const
{
    return [this](ByteSpan message) { return m_key.mac(message); };
}

/// The number stands where a connectivity check has its tie-breaker (RFC 8445 section 7.1.3), of
/// which a session with given roles has no need.
Bytes CheckCodec::request(const protocol::StunTransactionId &transaction, std::uint64_t number,
                          bool nominated, bool full) const
{
    StunMessage message;
    message.transaction = transaction;
    message.username = m_own;
    message.iceControlling = number;
    message.useCandidate = nominated;
    return encode(std::move(message), full ? checks::FullProbe : 0);
}

/// RESPONSE-ORIGIN (RFC 5780 section 7.3) says where an answer is from, as others see it.
Bytes CheckCodec::answer(const protocol::StunTransactionId &transaction, const Endpoint &seen,
                         const std::optional<Endpoint> &opened, std::size_t size) const
{
    StunMessage message;
    message.messageClass = StunClass::Success;
    message.transaction = transaction;
    message.xorMappedAddress = seen;
    message.responseOrigin = opened;
    return encode(std::move(message), std::min(size, checks::FullProbe));
}

/// Not beyond `size`, where that leaves room for padding.
Bytes CheckCodec::encode(StunMessage message, std::size_t size) const
{
    const protocol::StunEncoding encoding{.integritySha256 = mac(), .fingerprint = true};
    constexpr std::size_t AttributeHead = 4;
    constexpr std::size_t Boundary = 4; // attributes end on it
    Bytes bare = encodeStun(message, encoding);
    const std::size_t least = bare.size() + AttributeHead;
    if (size <= least)
        return bare;
    message.padding = (size - least) / Boundary * Boundary;
    return encodeStun(message, encoding);
}

bool CheckCodec::isAnswer(const StunMessage &message, ByteSpan datagram) const
{
    return message.messageClass == StunClass::Success &&
           message.method == protocol::StunBindingMethod && message.hasFingerprint &&
           message.xorMappedAddress && message.notUnderstood.empty() &&
           protocol::checkStunIntegritySha256(datagram, mac());
}

std::optional<std::uint64_t> CheckCodec::numberOf(const StunMessage &message,
                                                  ByteSpan datagram) const
{
    const bool isRequest = message.messageClass == StunClass::Request &&
                           message.method == protocol::StunBindingMethod &&
                           message.hasFingerprint && message.username == m_served &&
                           message.iceControlling && message.notUnderstood.empty();
    if (!isRequest || !protocol::checkStunIntegritySha256(datagram, mac()))
        return std::nullopt;
    return message.iceControlling;
}

} // namespace higgs
