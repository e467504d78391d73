// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/crypto/hmac.h"

#include "shared/crypto/freed_by.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <sodium.h>

namespace higgs {

void HmacSha256Key::Freed::operator()(evp_mac_ctx_st *context) const
{
    EVP_MAC_CTX_free(context);
}

HmacSha256Key::HmacSha256Key(ByteSpan key)
{
    static const std::unique_ptr<EVP_MAC, FreedBy<EVP_MAC_free>> algorithm(
        EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr));
    std::string digest = "SHA2-256";
    const std::array<OSSL_PARAM, 2> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), digest.size()),
        OSSL_PARAM_construct_end()};
    m_context.reset(EVP_MAC_CTX_new(algorithm.get()));
    static constexpr std::uint8_t NoKey = 0; // a null pointer is "the last key"
    require(EVP_MAC_init(m_context.get(), key.empty() ? &NoKey : key.data(), key.size(),
                         parameters.data()) == 1);
}

Mac256 HmacSha256Key::mac(ByteSpan message) const
{
    Mac256 mac{};
    std::size_t size = 0;
    require(EVP_MAC_init(m_context.get(), nullptr, 0, nullptr) == 1);
    require(EVP_MAC_update(m_context.get(), message.data(), message.size()) == 1);
    require(EVP_MAC_final(m_context.get(), mac.data(), &size, mac.size()) == 1);
    return mac;
}

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
