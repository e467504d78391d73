// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/turn/turn_authentication.h"

#include "shared/crypto/hmac.h"
#include "shared/crypto/long_term_key.h"

#include <algorithm>

namespace higgs {

namespace {

constexpr std::uint16_t Md5 = 1;
constexpr std::uint16_t Sha256 = 2;
/// RFC 8489 sections 14.9 and 14.10 allow 763 bytes each; requests have to fit into a datagram.
constexpr std::size_t MaxRealmAndNonce = 800;
/// Section 9.2: a nonce that tells what the server can do begins so, 24 bits in base64 follow.
constexpr std::string_view NonceCookie = "obMatJos2";
constexpr std::size_t FeatureCharacters = 4;
constexpr std::uint8_t PasswordAlgorithmsBit = 0x80;

bool offersAlgorithms(std::string_view nonce)
{
    if (!nonce.starts_with(NonceCookie) || nonce.size() < NonceCookie.size() + FeatureCharacters)
        return false;
    const auto features = fromBase64(nonce.substr(NonceCookie.size(), FeatureCharacters));
    return features && !features->empty() && ((*features)[0] & PasswordAlgorithmsBit) != 0;
}

bool has(const std::vector<std::uint16_t> &numbers, std::uint16_t number)
{
    return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

} // namespace

bool TurnAuthentication::challenge(const protocol::StunMessage &error)
{
    if (isChallenged() || !error.realm || !error.nonce || error.nonce->empty() ||
        error.realm->size() + error.nonce->size() > MaxRealmAndNonce)
        return false;
    const std::vector<std::uint16_t> &offered = error.passwordAlgorithms;
    if (offered.empty() ? offersAlgorithms(*error.nonce)
                        : !has(offered, Sha256) && !has(offered, Md5))
        return false;
    m_realm = *error.realm;
    m_nonce = *error.nonce;
    m_offered = offered;
    m_algorithm = has(offered, Sha256) ? Sha256 : Md5;
    if (m_algorithm == Sha256) {
        const auto key = longTermKeySha256(m_user, m_realm, m_password);
        m_key = SecretText(std::string(asText(key.bytes())));
    } else {
        const auto key = longTermKeyMd5(m_user, m_realm, m_password);
        m_key = SecretText(std::string(asText(key.bytes())));
    }
    return true;
}

bool TurnAuthentication::renewNonce(const protocol::StunMessage &error)
{
    if (!isChallenged() || !error.nonce || error.nonce->empty() ||
        (error.realm && *error.realm != m_realm) ||
        m_realm.size() + error.nonce->size() > MaxRealmAndNonce)
        return false;
    m_nonce = *error.nonce;
    return true;
}

Bytes TurnAuthentication::encode(protocol::StunMessage request) const
{
    protocol::StunEncoding encoding{.fingerprint = true};
    if (!isChallenged())
        return protocol::encodeStun(request, encoding);
    request.username = m_user;
    request.realm = m_realm;
    request.nonce = m_nonce;
    const ByteSpan key = asBytes(m_key.reveal());
    if (m_offered.empty()) {
        encoding.integrity = [key](ByteSpan message) { return hmacSha1(key, message); };
    } else {
        request.passwordAlgorithms = m_offered;
        request.passwordAlgorithm = m_algorithm;
        encoding.integritySha256 = [key](ByteSpan message) { return hmacSha256(key, message); };
    }
    return protocol::encodeStun(request, encoding);
}

bool TurnAuthentication::proves(ByteSpan datagram) const
{
    if (!isChallenged())
        return false;
    const ByteSpan key = asBytes(m_key.reveal());
    if (m_offered.empty())
        return protocol::checkStunIntegrity(
            datagram, [key](ByteSpan message) { return hmacSha1(key, message); });
    return protocol::checkStunIntegritySha256(
        datagram, [key](ByteSpan message) { return hmacSha256(key, message); });
}

} // namespace higgs
