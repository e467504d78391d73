// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/crypto/packet_cipher.h"

#include "shared/crypto/counter_nonce.h"
#include "shared/crypto/freed_by.h"

#include <array>
#include <cassert>
#include <openssl/evp.h>

namespace higgs {

namespace {

/// Looked up once: a look-up takes longer than a packet.
const EVP_CIPHER *algorithm()
{
    static const std::unique_ptr<EVP_CIPHER, FreedBy<EVP_CIPHER_free>> found(
        EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr));
    return found.get();
}

} // namespace

void PacketCipher::Freed::operator()(evp_cipher_ctx_st *context) const
{
    EVP_CIPHER_CTX_free(context);
}

PacketCipher::PacketCipher(Direction direction, const Secret<32> &key)
    : m_context(EVP_CIPHER_CTX_new())
{
    require(EVP_CipherInit_ex2(m_context.get(), algorithm(), key.bytes().data(), nullptr,
                               direction == Direction::Seal ? 1 : 0, nullptr) == 1);
}

void PacketCipher::seal(std::uint64_t counter, MutableByteSpan text,
                        std::span<std::uint8_t, TagSize> tag)
{
    EVP_CIPHER_CTX *context = m_context.get();
    int length = 0;
    require(EVP_EncryptInit_ex2(context, nullptr, nullptr, counterNonce(counter).data(), nullptr) ==
            1);
    // A keepalive has no text, and OpenSSL takes an update of nothing for an error of nothing.
    require(text.empty() || EVP_EncryptUpdate(context, text.data(), &length, text.data(),
                                              static_cast<int>(text.size())) == 1);
    require(EVP_EncryptFinal_ex(context, tag.data(), &length) == 1);
    require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TagSize, tag.data()) == 1);
}

bool PacketCipher::open(std::uint64_t counter, MutableByteSpan text,
                        std::span<const std::uint8_t, TagSize> tag)
{
    EVP_CIPHER_CTX *context = m_context.get();
    int length = 0;
    // OpenSSL asks for a pointer that it might write by, and copies from it.
    std::array<std::uint8_t, TagSize> expected{};
    std::copy(tag.begin(), tag.end(), expected.begin());
    require(EVP_DecryptInit_ex2(context, nullptr, nullptr, counterNonce(counter).data(), nullptr) ==
            1);
    require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TagSize, expected.data()) == 1);
    require(text.empty() || EVP_DecryptUpdate(context, text.data(), &length, text.data(),
                                              static_cast<int>(text.size())) == 1);
    return EVP_DecryptFinal_ex(context, expected.data(), &length) == 1;
}

} // namespace higgs
