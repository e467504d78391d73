// SPDX-License-Identifier: GPL-3.0-or-later
// SHA-256 (FIPS 180-4): fingerprints of certificates and stored access keys.
#pragma once

#include "shared/base/bytes.h"

#include <array>

namespace higgs {

using Digest256 = std::array<std::uint8_t, 32>;

Digest256 sha256(ByteSpan message);

} // namespace higgs
