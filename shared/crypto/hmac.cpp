// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/crypto/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

namespace higgs {

Mac256 hmacSha256(ByteSpan key, ByteSpan message)
{
    Mac256 mac{};
    crypto_auth_hmacsha256_state state{};
    crypto_auth_hmacsha256_init(&state, key.data(), key.size());
    crypto_auth_hmacsha256_update(&state, message.data(), message.size());
    crypto_auth_hmacsha256_final(&state, mac.data());
    sodium_memzero(&state, sizeof state);
    return mac;
}

Mac160 hmacSha1(ByteSpan key, ByteSpan message)
{
    // libsodium has no SHA-1, and rightly so; OpenSSL still does.
    static constexpr std::uint8_t NoKey = 0; // OpenSSL takes a null pointer for "the last key"
    Mac160 mac{};
    HMAC(EVP_sha1(), key.empty() ? &NoKey : key.data(), static_cast<int>(key.size()),
         message.data(), message.size(), mac.data(), nullptr);
    return mac;
}

} // namespace higgs
