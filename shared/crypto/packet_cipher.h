// SPDX-License-Identifier: GPL-3.0-or-later
// ChaCha20-Poly1305 (RFC 8439) for very many packets with one key and a counter as nonce: OpenSSL's
// context is made once, and only the nonce is set for each packet. Nothing is allocated for one.
#pragma once

#include "shared/base/secret.h"

#include <memory>

struct evp_cipher_ctx_st;

namespace higgs {

/// One direction of one key. OpenSSL keeps the key in memory of its own, which it wipes when this
/// object goes; no copy stays elsewhere.
class PacketCipher
{
public:
    static constexpr std::size_t TagSize = 16;
    enum class Direction { Seal, Open };

    PacketCipher(Direction direction, const Secret<32> &key);

    /// Seals `text` where it is. A counter is never given twice.
    void seal(std::uint64_t counter, MutableByteSpan text, std::span<std::uint8_t, TagSize> tag);
    /// Opens `text` where it is. False: it was not sealed like this, and what stands in `text` is
    /// to be thrown away.
    [[nodiscard]] bool open(std::uint64_t counter, MutableByteSpan text,
                            std::span<const std::uint8_t, TagSize> tag);

private:
    struct Freed
    {
        void operator()(evp_cipher_ctx_st *context) const;
    };
    std::unique_ptr<evp_cipher_ctx_st, Freed> m_context;
};

} // namespace higgs
