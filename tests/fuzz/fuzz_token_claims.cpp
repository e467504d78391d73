// SPDX-License-Identifier: GPL-3.0-or-later
// Any claims in a token that is signed with the right key, as another version or a stolen key could
// make it: none is accepted but in the spelling that is issued.
#include "shared/crypto/hmac.h"
#include "shared/crypto/jwt.h"

#include <cstdlib>

using namespace higgs;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static const Secret<32> key;
    static const NodeTokens tokens{Secret<32>()};
    std::string token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.";
    token += toBase64(ByteSpan(data, size), Base64::Url);
    const std::string mac = toBase64(hmacSha256(key.bytes(), asBytes(token)), Base64::Url);
    token += '.' + mac;
    const Result<NodeTokenClaims> claims = tokens.verifySigned(token);
    if (!claims)
        return 0;
    const WallTime issued{claims->issuedAt.count() * 1000};
    if (claims->expiry() < WallTime{0})
        std::abort();
    // The same claims issued again are the same text, unless they live for another time.
    const SecretText again = tokens.issue(claims->node, issued, claims->tokenId);
    const bool isOfOurLife = claims->expiresAt == claims->issuedAt + NodeTokenLife;
    if ((again.reveal() == token) != isOfOurLife && claims->tokenId.size() < 500)
        std::abort();
    if (tokens.verify(token, claims->expiry()))
        std::abort();
    return 0;
}
