// SPDX-License-Identifier: GPL-3.0-or-later
// The keys of STUN's long-term credentials (RFC 8489 section 9.2.2 and 18.5.1).
#pragma once

#include "shared/base/secret.h"

#include <string_view>

namespace higgs {

/// MD5 of "user:realm:password": a key that servers store, and no more than a name for it.
Secret<16> longTermKeyMd5(std::string_view user, std::string_view realm,
                          const SecretText &password);
Secret<32> longTermKeySha256(std::string_view user, std::string_view realm,
                             const SecretText &password);

} // namespace higgs
