// SPDX-License-Identifier: GPL-3.0-or-later
// BLAKE2s (RFC 7693): as a hash, as a MAC with its own key, and under HMAC and HKDF, which Noise
// builds on (revision 34, section 4.3).
#pragma once

#include "shared/base/secret.h"

#include <array>
#include <initializer_list>

namespace higgs {

using Blake2sDigest = std::array<std::uint8_t, 32>;
using Blake2sMac = std::array<std::uint8_t, 16>;

/// Of the parts one after the other.
Blake2sDigest blake2s(std::initializer_list<ByteSpan> parts);
/// Keyed BLAKE2s with 16 bytes of output; the key has 1 to 32 bytes. Compare with
/// equalConstantTime() only.
Blake2sMac blake2sMac(ByteSpan key, ByteSpan message);
/// HMAC (RFC 2104) of the parts; the key has at most a block, 64 bytes.
Blake2sDigest hmacBlake2s(ByteSpan key, std::initializer_list<ByteSpan> parts);
/// HKDF (RFC 5869) with an empty info and `chainingKey` as salt: fills 1 to 3 outputs.
void hkdfBlake2s(const Secret<32> &chainingKey, ByteSpan input,
                 std::initializer_list<Secret<32> *> outputs);

} // namespace higgs
