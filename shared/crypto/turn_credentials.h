// SPDX-License-Identifier: GPL-3.0-or-later
// Short-lived TURN credentials as coturn's REST secret makes and checks them (specification 3.2).
#pragma once

#include "shared/base/clock.h"
#include "shared/base/secret.h"

#include <string>
#include <string_view>

namespace higgs {

constexpr Seconds TurnCredentialLife{3600};

struct TurnCredentials
{
    std::string username; ///< "<expiry, Unix seconds>:<user>"
    SecretText password;  ///< base64(HMAC-SHA1(secret, username))
    Seconds ttl{0};
};

/// `user` is whom a server counts them for: it takes no notice of the expiry there.
TurnCredentials makeTurnCredentials(const SecretText &secret, WallTime now, std::string_view user,
                                    Seconds life = TurnCredentialLife);

} // namespace higgs
