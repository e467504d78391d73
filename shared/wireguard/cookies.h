// SPDX-License-Identifier: GPL-3.0-or-later
// The two MACs of messages 1 and 2 and the cookies under load (the paper, sections 5.3, 5.4.4 and
// 5.4.7): nobody makes us calculate who does not know our public key, and under load nobody who
// does not receive at the address that it sends from.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/endpoint.h"
#include "shared/crypto/keys.h"
#include "shared/wireguard/messages.h"

#include <functional>

namespace higgs::wireguard {

/// Fills a buffer with what nobody can guess.
using Entropy = std::function<void(MutableByteSpan)>;

/// The keys that everybody can make of a public key: Hash(label || S).
struct MacKeys
{
    explicit MacKeys(const PublicKey &receiver);

    Blake2sDigest mac1;
    Blake2sDigest cookie;
};

/// The receiver's end.
class CookieIssuer
{
public:
    explicit CookieIssuer(const PublicKey &own) : m_keys(own) {}

    /// Messages 1 and 2, whole. Constant time, as is hasMac2().
    [[nodiscard]] bool hasMac1(ByteSpan message) const;
    /// Under the cookie that this address has been given.
    [[nodiscard]] bool hasMac2(BootTime now, ByteSpan message, const Endpoint &from) const;
    /// The answer to a message whose mac1 is right.
    CookieReply reply(BootTime now, ByteSpan message, Index sender, const Endpoint &from,
                      const Entropy &entropy);

private:
    [[nodiscard]] Blake2sMac cookieOf(const Endpoint &from) const;

    MacKeys m_keys;
    Secret<32> m_secret;
    BootTime m_changes{}; ///< when the secret is to be another one; before it: valid
};

/// The sender's end: one for each peer.
class CookieJar
{
public:
    explicit CookieJar(const PublicKey &peer) : m_keys(peer) {}

    /// Writes both MACs to the end of an encoded message; mac2 is zero without a cookie.
    void sign(BootTime now, MutableByteSpan message);
    /// False: it does not answer the message that was signed last.
    bool take(BootTime now, const CookieReply &reply);

private:
    MacKeys m_keys;
    std::optional<Blake2sMac> m_lastMac1; ///< a reply is taken once
    Secret<16> m_cookie;
    BootTime m_expires{};
};

} // namespace higgs::wireguard
