// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/admin/new_access_key.h"

#include "shared/crypto/keys.h"

namespace higgs::server {

namespace {

constexpr std::size_t AccessKeyBytes = 24;

} // namespace

SecretText newAccessKey()
{
    Bytes random(AccessKeyBytes);
    fillRandom(random);
    SecretText key("hk_" + toBase64(random, Base64::Url));
    wipe(random);
    return key;
}

} // namespace higgs::server
