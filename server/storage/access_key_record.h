// SPDX-License-Identifier: GPL-3.0-or-later
// Access keys as they are kept: whose they are, what they are good for, and how much of it.
#pragma once

#include "shared/base/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace higgs::server {

enum class KeyPurpose : std::uint8_t {
    Use,   ///< routes and sessions
    Share, ///< registering homes
    Any,   ///< both: all keys were so before they had a purpose
};

/// Whether a key of that purpose is good for `wanted`, which is Use or Share.
constexpr bool isGoodFor(KeyPurpose purpose, KeyPurpose wanted)
{
    return purpose == KeyPurpose::Any || purpose == wanted;
}

/// As in the database, in lists and in terms: "use", "share", "any".
constexpr std::string_view toString(KeyPurpose purpose)
{
    switch (purpose) {
    case KeyPurpose::Share:
        return "share";
    case KeyPurpose::Any:
        return "any";
    case KeyPurpose::Use:
        break;
    }
    return "use";
}

/// nullopt: none of these words.
constexpr std::optional<KeyPurpose> keyPurposeOf(std::string_view text)
{
    for (const KeyPurpose each : {KeyPurpose::Use, KeyPurpose::Share, KeyPurpose::Any}) {
        if (toString(each) == text)
            return each;
    }
    return std::nullopt;
}

/// An account: whoever shows the key is served on its name.
struct AccessKeyRecord
{
    std::string name;
    std::string digest; ///< hex SHA-256 of the key
    WallTime createdAt;
    std::string note = {};                  ///< the operator's words
    std::optional<WallTime> expiresAt = {}; ///< absent: never
    std::optional<WallTime> lastUsed = {};  ///< by the hour, so that it is no diary
    /// Of those who use, absent: Limits::sessionsPerKey; and the most homes, absent: any.
    std::optional<unsigned> maxSessions = {};
    std::optional<unsigned> relayMbps = {}; ///< of all its sessions together; absent: any
    KeyPurpose purpose = KeyPurpose::Any;

    [[nodiscard]] bool isExpired(WallTime now) const { return expiresAt && *expiresAt <= now; }
    friend bool operator==(const AccessKeyRecord &, const AccessKeyRecord &) = default;
};

/// Which sessions are a key's: their SessionRecord::clientGroup begins so. One that is nothing else
/// is of an earlier version, whose clients were all one.
std::string clientGroupOfKey(std::string_view name);
/// clientGroupOfKey() of a session's group; empty: no key was shown.
std::string_view keyPartOf(std::string_view clientGroup);

} // namespace higgs::server
