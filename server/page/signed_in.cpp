// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/page/signed_in.h"

#include "server/services/digests.h"
#include "shared/crypto/keys.h"

namespace higgs::server {

namespace {

constexpr std::size_t RandomBytes = 24;

std::string randomWord()
{
    Bytes random(RandomBytes);
    fillRandom(random);
    std::string text = toBase64(random, Base64::Url);
    wipe(random);
    return text;
}

} // namespace

std::optional<SignedIn::Begun> SignedIn::begin(Monotonic now)
{
    forgetOld(now);
    if (m_all.size() >= Most)
        return std::nullopt;
    SecretText cookie(randomWord());
    m_all[digestOf(cookie.reveal())] = {randomWord(), now, now};
    return Begun{std::move(cookie)};
}

const std::string *SignedIn::find(std::string_view cookie, Monotonic now)
{
    forgetOld(now);
    // By the digest of a random word: what a comparison takes says nothing of the cookie.
    const auto found = m_all.find(digestOf(cookie));
    if (found == m_all.end())
        return nullptr;
    found->second.used = now;
    return &found->second.formWord;
}

void SignedIn::end(std::string_view cookie)
{
    m_all.erase(digestOf(cookie));
}

void SignedIn::forgetOld(Monotonic now)
{
    std::erase_if(m_all, [now](const auto &each) {
        return now - each.second.used > Idle || now - each.second.began > Longest;
    });
}

} // namespace higgs::server
