// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/crypto/turn_credentials.h"

#include "shared/crypto/hmac.h"

namespace higgs {

TurnCredentials makeTurnCredentials(const SecretText &secret, WallTime now, std::string_view user,
                                    Seconds life)
{
    const std::int64_t expiry = now.ms / 1000 + life.count();
    std::string username = std::to_string(expiry) + ":" + std::string(user);
    const Mac160 mac = hmacSha1(asBytes(secret.reveal()), asBytes(username));
    return {std::move(username), SecretText(toBase64(mac)), life};
}

} // namespace higgs
