// SPDX-License-Identifier: GPL-3.0-or-later
// A counter as ChaCha20-Poly1305's nonce: 32 bits of zero, then the counter in little-endian order
// (Noise, revision 34, section 12.3).
#pragma once

#include <array>
#include <cstdint>

namespace higgs {

inline std::array<std::uint8_t, 12> counterNonce(std::uint64_t counter)
{
    std::array<std::uint8_t, 12> nonce{};
    for (std::size_t i = 0; i < 8; ++i)
        nonce[4 + i] = static_cast<std::uint8_t>(counter >> (8 * i));
    return nonce;
}

} // namespace higgs
