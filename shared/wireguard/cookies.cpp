// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/wireguard/cookies.h"

#include "shared/crypto/aead.h"
#include "shared/wireguard/limits.h"

#include <algorithm>

namespace higgs::wireguard {

namespace {

ByteSpan beforeMac1(ByteSpan message)
{
    return message.first(message.size() - MacsSize);
}

ByteSpan mac1Of(ByteSpan message)
{
    return message.subspan(message.size() - MacsSize, MacsSize / 2);
}

/// mac2 covers mac1.
ByteSpan beforeMac2(ByteSpan message)
{
    return message.first(message.size() - MacsSize / 2);
}

} // namespace

MacKeys::MacKeys(const PublicKey &receiver)
    : mac1(blake2s({asBytes("mac1----"), receiver.bytes()})),
      cookie(blake2s({asBytes("cookie--"), receiver.bytes()}))
{}

bool CookieIssuer::hasMac1(ByteSpan message) const
{
    return equalConstantTime(blake2sMac(m_keys.mac1, beforeMac1(message)), mac1Of(message));
}

bool CookieIssuer::hasMac2(BootTime now, ByteSpan message, const Endpoint &from) const
{
    if (now >= m_changes)
        return false;
    return equalConstantTime(blake2sMac(cookieOf(from), beforeMac2(message)),
                             message.last(MacsSize / 2));
}

CookieReply CookieIssuer::reply(BootTime now, ByteSpan message, Index sender, const Endpoint &from,
                                const Entropy &entropy)
{
    if (now >= m_changes) {
        entropy(m_secret.mutableBytes());
        m_changes = now + CookieSecretLife;
    }
    CookieReply reply;
    reply.receiver = sender;
    entropy(reply.nonce);
    xaeadSeal(m_keys.cookie, reply.nonce, cookieOf(from), mac1Of(message), reply.sealedCookie);
    return reply;
}

/// Mac(R, A): the address and the port that the message came from.
Blake2sMac CookieIssuer::cookieOf(const Endpoint &from) const
{
    std::array<std::uint8_t, 18> place{};
    const ByteSpan address = from.address.bytes();
    std::copy(address.begin(), address.end(), place.begin());
    place[address.size()] = static_cast<std::uint8_t>(from.port >> 8U);
    place[address.size() + 1] = static_cast<std::uint8_t>(from.port);
    return blake2sMac(m_secret.bytes(), ByteSpan(place).first(address.size() + 2));
}

void CookieJar::sign(BootTime now, MutableByteSpan message)
{
    const Blake2sMac mac1 = blake2sMac(m_keys.mac1, beforeMac1(message));
    Blake2sMac mac2{};
    const auto end = message.last(MacsSize);
    std::copy(mac1.begin(), mac1.end(), end.begin());
    if (now < m_expires)
        mac2 = blake2sMac(m_cookie.bytes(), beforeMac2(message));
    std::copy(mac2.begin(), mac2.end(), end.begin() + MacsSize / 2);
    m_lastMac1 = mac1;
}

bool CookieJar::take(BootTime now, const CookieReply &reply)
{
    if (!m_lastMac1 || !xaeadOpen(m_keys.cookie, reply.nonce, reply.sealedCookie, *m_lastMac1,
                                  m_cookie.mutableBytes()))
        return false;
    m_expires = now + (CookieSecretLife - CookieLatency);
    m_lastMac1.reset();
    return true;
}

} // namespace higgs::wireguard
