// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/crypto/blake2s.h"

#include "shared/crypto/freed_by.h"

#include <algorithm>
#include <cassert>
#include <memory>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace higgs {

namespace {

constexpr std::size_t BlockSize = 64;

using DigestContext = std::unique_ptr<EVP_MD_CTX, FreedBy<EVP_MD_CTX_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, FreedBy<EVP_MAC_CTX_free>>;

/// Looking an algorithm up costs more than a short message's hash, so each is looked up once.
const EVP_MD *algorithm()
{
    static const std::unique_ptr<EVP_MD, FreedBy<EVP_MD_free>> found(
        EVP_MD_fetch(nullptr, "BLAKE2S-256", nullptr));
    return found.get();
}

EVP_MAC *keyedAlgorithm()
{
    static const std::unique_ptr<EVP_MAC, FreedBy<EVP_MAC_free>> found(
        EVP_MAC_fetch(nullptr, "BLAKE2SMAC", nullptr));
    return found.get();
}

} // namespace

Blake2sDigest blake2s(std::initializer_list<ByteSpan> parts)
{
    Blake2sDigest digest{};
    const DigestContext context(EVP_MD_CTX_new());
    require(EVP_DigestInit_ex2(context.get(), algorithm(), nullptr) == 1);
    for (const ByteSpan part : parts)
        require(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
    require(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1);
    return digest;
}

Blake2sMac blake2sMac(ByteSpan key, ByteSpan message)
{
    Blake2sMac mac{};
    std::size_t size = mac.size();
    const std::array<OSSL_PARAM, 2> parameters{
        OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size), OSSL_PARAM_construct_end()};
    const MacContext context(EVP_MAC_CTX_new(keyedAlgorithm()));
    require(EVP_MAC_init(context.get(), key.data(), key.size(), parameters.data()) == 1);
    require(EVP_MAC_update(context.get(), message.data(), message.size()) == 1);
    require(EVP_MAC_final(context.get(), mac.data(), &size, mac.size()) == 1);
    return mac;
}

Blake2sDigest hmacBlake2s(ByteSpan key, std::initializer_list<ByteSpan> parts)
{
    assert(key.size() <= BlockSize && parts.size() <= 2);
    std::array<std::uint8_t, BlockSize> inner{};
    std::array<std::uint8_t, BlockSize> outer{};
    std::copy(key.begin(), key.end(), inner.begin());
    outer = inner;
    for (std::size_t i = 0; i < BlockSize; ++i) {
        inner[i] ^= 0x36U;
        outer[i] ^= 0x5cU;
    }
    const ByteSpan first = parts.size() > 0 ? parts.begin()[0] : ByteSpan();
    const ByteSpan second = parts.size() > 1 ? parts.begin()[1] : ByteSpan();
    const Blake2sDigest message = blake2s({inner, first, second});
    const Blake2sDigest mac = blake2s({outer, message});
    wipe(inner);
    wipe(outer);
    return mac;
}

void hkdfBlake2s(const Secret<32> &chainingKey, ByteSpan input,
                 std::initializer_list<Secret<32> *> outputs)
{
    // "Extract": the outputs may be the chaining key itself, which is not looked at again.
    Blake2sDigest extracted = hmacBlake2s(chainingKey.bytes(), {input});
    Blake2sDigest expanded{};
    ByteSpan previous;
    std::uint8_t number = 0;
    for (Secret<32> *output : outputs) {
        ++number;
        expanded = hmacBlake2s(extracted, {previous, ByteSpan(&number, 1)});
        previous = expanded;
        *output = Secret<32>(expanded);
    }
    wipe(extracted);
    wipe(expanded);
}

} // namespace higgs
