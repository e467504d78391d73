// SPDX-License-Identifier: GPL-3.0-or-later
// Who is signed in to the operator's page: random cookies, kept as digests, each with the word that
// every form must bring back. Pure: time comes as an argument.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/secret.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace higgs::server {

class SignedIn
{
public:
    /// Browsers at once. More than an operator has.
    static constexpr std::size_t Most = 32;
    /// Since it was last used, and since it was begun.
    static constexpr Milliseconds Idle = std::chrono::hours(1);
    static constexpr Milliseconds Longest = std::chrono::hours(12);

    struct Begun
    {
        SecretText cookie;
    };
    /// nullopt: as many as there may be.
    std::optional<Begun> begin(Monotonic now);
    /// The form's word of the one with this cookie; nullptr: nobody. It is used by that.
    const std::string *find(std::string_view cookie, Monotonic now);
    void end(std::string_view cookie);
    /// The token is another one now.
    void endAll() { m_all.clear(); }

private:
    struct One
    {
        std::string formWord;
        Monotonic began;
        Monotonic used;
    };
    void forgetOld(Monotonic now);

    std::map<std::string, One> m_all; ///< by the digest of the cookie
};

} // namespace higgs::server
