// SPDX-License-Identifier: GPL-3.0-or-later
// STUN's long-term credentials from the client's side (RFC 8489 section 9.2): what a challenge
// asks for, the signature under a request, and the proof that an answer is the server's.
#pragma once

#include "shared/base/secret.h"
#include "shared/protocol/stun.h"

namespace higgs {

class TurnAuthentication
{
public:
    TurnAuthentication(std::string user, SecretText password)
        : m_user(std::move(user)), m_password(std::move(password))
    {}

    /// Realm, nonce and algorithm of an error 401, once: the key is made of them. False when it has
    /// none of use, or when its nonce says that algorithms were offered, and none came: somebody
    /// has taken them away (section 9.2.1).
    bool challenge(const protocol::StunMessage &error);
    /// The nonce of an error 438, for the same realm.
    bool renewNonce(const protocol::StunMessage &error);
    /// There is a key.
    [[nodiscard]] bool isChallenged() const { return !m_key.empty(); }

    /// Signed when there is a key.
    [[nodiscard]] Bytes encode(protocol::StunMessage request) const;
    /// Only with a key.
    [[nodiscard]] bool proves(ByteSpan datagram) const;

private:
    std::string m_user;
    SecretText m_password;
    std::string m_realm;
    std::string m_nonce;
    std::vector<std::uint16_t> m_offered; ///< sent back as they came
    std::uint16_t m_algorithm = 0;
    SecretText m_key; ///< its bytes
};

} // namespace higgs
