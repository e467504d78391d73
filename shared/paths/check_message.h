// SPDX-License-Identifier: GPL-3.0-or-later
// The probes by which the two ends of a session find a direct way: STUN Binding requests (RFC 8489)
// under a key that only the two have, so that neither the server nor a stranger can make one.
#pragma once

#include "shared/base/ids.h"
#include "shared/crypto/hmac.h"
#include "shared/crypto/keys.h"
#include "shared/protocol/relay_message.h"
#include "shared/protocol/stun.h"

namespace higgs {

/// What the probes of one session are made and judged with, at one of its ends.
class CheckCodec
{
public:
    /// The key is HMAC-SHA256(X25519(own, peer), "higgs path check\n" sessionId). `direction`: what
    /// this end sends. Malformed for a key that nobody can have.
    static Result<CheckCodec> make(const PrivateKey &own, const PublicKey &peer,
                                   const SessionId &session, protocol::Direction direction);

    /// USERNAME of the requests that come: "sessionId:client-to-node" or "...:node-to-client".
    [[nodiscard]] const std::string &served() const { return m_served; }

    /// `number` orders an end's requests: what is not above those before it is a repetition.
    /// `nominated`: the client sends its datagrams this way, and asks for the node's.
    /// `full`: as large as the largest datagram of the tunnel (PADDING, RFC 5780 section 7.6).
    [[nodiscard]] Bytes request(const protocol::StunTransactionId &transaction,
                                std::uint64_t number, bool nominated, bool full = false) const;
    /// The answer to a request that came from `seen`. `opened`: where our router lets anybody in,
    /// as it was asked to. A request of `size` bytes is answered by as many as its padding allows,
    /// so that the way back is proven for them, too, and nobody is sent more than it sends.
    [[nodiscard]] Bytes answer(const protocol::StunTransactionId &transaction, const Endpoint &seen,
                               const std::optional<Endpoint> &opened = {},
                               std::size_t size = 0) const;
    /// A success answer of the other end. The transaction is for the caller to look up.
    [[nodiscard]] bool isAnswer(const protocol::StunMessage &message, ByteSpan datagram) const;
    /// A request of the other end, with its number; nothing for any other.
    [[nodiscard]] std::optional<std::uint64_t> numberOf(const protocol::StunMessage &message,
                                                        ByteSpan datagram) const;

private:
    CheckCodec(HmacSha256Key key, const SessionId &session, protocol::Direction direction);
    [[nodiscard]] protocol::StunMac256 mac() const;
    [[nodiscard]] Bytes encode(protocol::StunMessage message, std::size_t size) const;

    HmacSha256Key m_key;
    std::string m_own;
    std::string m_served;
};

} // namespace higgs
