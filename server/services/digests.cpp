// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/digests.h"

#include "shared/base/bytes.h"
#include "shared/crypto/sha256.h"

namespace higgs::server {

std::string digestOf(std::string_view secret)
{
    return toHex(sha256(asBytes(secret)));
}

} // namespace higgs::server
