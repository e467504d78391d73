// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/crypto/aead.h"

#include "shared/crypto/counter_nonce.h"

#include <array>
#include <cassert>
#include <sodium.h>

namespace higgs {

void aeadSeal(const Secret<32> &key, std::uint64_t counter, ByteSpan text, ByteSpan associated,
              MutableByteSpan out)
{
    assert(out.size() == text.size() + AeadTagSize);
    crypto_aead_chacha20poly1305_ietf_encrypt(out.data(), nullptr, text.data(), text.size(),
                                              associated.data(), associated.size(), nullptr,
                                              counterNonce(counter).data(), key.bytes().data());
}

bool aeadOpen(const Secret<32> &key, std::uint64_t counter, ByteSpan sealed, ByteSpan associated,
              MutableByteSpan out)
{
    assert(sealed.size() == out.size() + AeadTagSize);
    return crypto_aead_chacha20poly1305_ietf_decrypt(
               out.data(), nullptr, nullptr, sealed.data(), sealed.size(), associated.data(),
               associated.size(), counterNonce(counter).data(), key.bytes().data()) == 0;
}

void xaeadSeal(std::span<const std::uint8_t, 32> key,
               std::span<const std::uint8_t, XNonceSize> nonce, ByteSpan text, ByteSpan associated,
               MutableByteSpan out)
{
    assert(out.size() == text.size() + AeadTagSize);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out.data(), nullptr, text.data(), text.size(),
                                               associated.data(), associated.size(), nullptr,
                                               nonce.data(), key.data());
}

bool xaeadOpen(std::span<const std::uint8_t, 32> key,
               std::span<const std::uint8_t, XNonceSize> nonce, ByteSpan sealed,
               ByteSpan associated, MutableByteSpan out)
{
    assert(sealed.size() == out.size() + AeadTagSize);
    return crypto_aead_xchacha20poly1305_ietf_decrypt(
               out.data(), nullptr, nullptr, sealed.data(), sealed.size(), associated.data(),
               associated.size(), nonce.data(), key.data()) == 0;
}

} // namespace higgs
