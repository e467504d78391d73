// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/crypto/sha256.h"

#include <sodium.h>

namespace higgs {

Digest256 sha256(ByteSpan message)
{
    Digest256 digest{};
    crypto_hash_sha256(digest.data(), message.data(), message.size());
    return digest;
}

} // namespace higgs
