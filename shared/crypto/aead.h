// SPDX-License-Identifier: GPL-3.0-or-later
// Authenticated encryption of short messages with a key each: ChaCha20-Poly1305 (RFC 8439) under a
// counter as Noise has it, and XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) under a random
// nonce. For many messages with one key there is packet_cipher.h.
#pragma once

#include "shared/base/secret.h"

namespace higgs {

constexpr std::size_t AeadTagSize = 16;
constexpr std::size_t XNonceSize = 24;

/// `out` has AeadTagSize bytes more than `text`. The nonce is 32 bits of zero and the counter in
/// little-endian order (Noise, section 12.3).
void aeadSeal(const Secret<32> &key, std::uint64_t counter, ByteSpan text, ByteSpan associated,
              MutableByteSpan out);
/// `out` has AeadTagSize bytes less than `sealed`. False: it was not sealed like this, and `out`
/// holds nothing of it.
[[nodiscard]] bool aeadOpen(const Secret<32> &key, std::uint64_t counter, ByteSpan sealed,
                            ByteSpan associated, MutableByteSpan out);

void xaeadSeal(std::span<const std::uint8_t, 32> key,
               std::span<const std::uint8_t, XNonceSize> nonce, ByteSpan text, ByteSpan associated,
               MutableByteSpan out);
[[nodiscard]] bool xaeadOpen(std::span<const std::uint8_t, 32> key,
                             std::span<const std::uint8_t, XNonceSize> nonce, ByteSpan sealed,
                             ByteSpan associated, MutableByteSpan out);

} // namespace higgs
