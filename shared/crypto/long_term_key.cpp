// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/crypto/long_term_key.h"

#include "shared/crypto/sha256.h"

#include <openssl/evp.h>

namespace higgs {

namespace {

SecretText keyText(std::string_view user, std::string_view realm, const SecretText &password)
{
    std::string text;
    text.reserve(user.size() + realm.size() + password.reveal().size() + 2); // no copy left behind
    text.append(user).append(1, ':').append(realm).append(1, ':').append(password.reveal());
    return SecretText(std::move(text));
}

} // namespace

Secret<16> longTermKeyMd5(std::string_view user, std::string_view realm, const SecretText &password)
{
    const SecretText text = keyText(user, realm, password);
    Secret<16> key;
    unsigned length = 0;
    EVP_Digest(text.reveal().data(), text.reveal().size(), key.mutableBytes().data(), &length,
               EVP_md5(), nullptr);
    return key;
}

Secret<32> longTermKeySha256(std::string_view user, std::string_view realm,
                             const SecretText &password)
{
    const SecretText text = keyText(user, realm, password);
    return Secret<32>(sha256(asBytes(text.reveal())));
}

} // namespace higgs
