// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/crypto/jwt.h"

#include "shared/crypto/hmac.h"

#include <nlohmann/json.hpp>
#include <optional>

namespace higgs {

namespace {

using Json = nlohmann::json;

constexpr std::string_view Issuer = "boson";

/// {"alg":"HS256","typ":"JWT"}: the only header there is, so that "alg", "crit", "kid", "jwk" and
/// the like are never looked at, let alone believed.
constexpr std::string_view Header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

std::string payloadText(const NodeTokenClaims &claims)
{
    const Json payload = {{"sub", claims.node.text()},
                          {"iss", Issuer},
                          {"iat", claims.issuedAt.count()},
                          {"exp", claims.expiresAt.count()},
                          {"jti", claims.tokenId}};
    return payload.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<NodeTokenClaims> parsePayload(std::string_view text)
{
    const Json payload = Json::parse(text, nullptr, false);
    if (!payload.is_object())
        return std::nullopt;
    const auto textOf = [&](const char *name) {
        const auto member = payload.find(name);
        return member != payload.end() ? member->get_ptr<const std::string *>() : nullptr;
    };
    const auto numberOf = [&](const char *name) {
        const auto member = payload.find(name);
        return member != payload.end() ? member->get_ptr<const Json::number_unsigned_t *>()
                                       : nullptr;
    };
    const auto *subject = textOf("sub");
    const auto *tokenId = textOf("jti");
    const auto *issuedAt = numberOf("iat");
    const auto *expiresAt = numberOf("exp");
    constexpr std::uint64_t LatestSecond = 253402300799; // the year 9999
    if (!subject || !tokenId || !issuedAt || !expiresAt || *issuedAt > LatestSecond ||
        *expiresAt > LatestSecond)
        return std::nullopt;
    const Result<NodeId> node = NodeId::parse(*subject);
    if (!node)
        return std::nullopt;
    return NodeTokenClaims{*node, Seconds(*issuedAt), Seconds(*expiresAt), *tokenId};
}

} // namespace

SecretText NodeTokens::issue(const NodeId &node, WallTime now, std::string_view tokenId) const
{
    NodeTokenClaims claims;
    claims.node = node;
    claims.issuedAt = Seconds(now.ms / 1000);
    claims.expiresAt = claims.issuedAt + NodeTokenLife;
    claims.tokenId = tokenId;
    std::string token(Header);
    token += "." + toBase64(asBytes(payloadText(claims)), Base64::Url);
    token += "." + toBase64(hmacSha256(m_key.bytes(), asBytes(token)), Base64::Url);
    return SecretText(std::move(token));
}

void NodeTokens::rotate(Secret<32> key)
{
    m_former = std::exchange(m_key, std::move(key));
}

bool NodeTokens::isSigned(std::string_view text, ByteSpan mac) const
{
    return equalConstantTime(mac, hmacSha256(m_key.bytes(), asBytes(text))) ||
           (m_former && equalConstantTime(mac, hmacSha256(m_former->bytes(), asBytes(text))));
}

Result<NodeTokenClaims> NodeTokens::verify(std::string_view token, WallTime now) const
{
    Result<NodeTokenClaims> claims = verifySigned(token);
    if (claims && now >= claims->expiry())
        return unexpected(ErrorCode::Unauthorized, "not a valid token");
    return claims;
}

Result<NodeTokenClaims> NodeTokens::verifySigned(std::string_view token) const
{
    const Unexpected refused = unexpected(ErrorCode::Unauthorized, "not a valid token");
    if (token.size() > MaxTokenText)
        return refused;
    const std::size_t firstDot = token.find('.');
    const std::size_t lastDot = token.rfind('.');
    if (firstDot == std::string_view::npos || lastDot == firstDot ||
        token.substr(0, firstDot) != Header)
        return refused;
    const Result<Bytes> mac = fromBase64(token.substr(lastDot + 1), Base64::Url);
    if (!mac || !isSigned(token.substr(0, lastDot), *mac))
        return refused;

    // From here on the text is the key holder's. It must also be exactly what issue() would say,
    // which leaves no room for duplicate claims or other spellings.
    const std::string_view encoded = token.substr(firstDot + 1, lastDot - firstDot - 1);
    const Result<Bytes> payload = fromBase64(encoded, Base64::Url);
    if (!payload)
        return refused;
    std::optional<NodeTokenClaims> claims = parsePayload(asText(*payload));
    if (!claims || payloadText(*claims) != asText(*payload))
        return refused;
    return std::move(*claims);
}

} // namespace higgs
