// SPDX-License-Identifier: GPL-3.0-or-later
// What words of commands mean, where several commands have them.
#pragma once

#include "shared/base/clock.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace higgs::server {

// The server's limit of bans and of keys' lives, which it would tell of in other words.
constexpr Seconds LongestWordedDuration{std::chrono::hours(24LL * 3650)};

/// "90s", "30m", "12h", "7d"; nullopt: no such duration, or one of more than ten years.
std::optional<Seconds> durationOfWord(const std::string &text);

/// The numbers from 0 to `most`; nullopt: no such number.
std::optional<std::uint32_t> numberOfWord(const std::string &text, std::uint32_t most);

/// "note=for the office" in two; nullopt: there is no "=", or nothing before it.
std::optional<std::pair<std::string_view, std::string>> pairOfWord(const std::string &word);

/// A moment, or all of the minute or second that a word names.
struct Moment
{
    WallTime from;
    WallTime to; ///< its last millisecond
};
/// "2026-11-29T14:03", with seconds or not, with a "Z" or not: UTC in any case. "14:03": the latest
/// that there was before `now`. nullopt: no such moment.
std::optional<Moment> momentOfWord(std::string_view word, WallTime now);

/// "2026-11-29" in UTC.
std::string dayText(WallTime time);
/// "2026-11-29 14:03:21" in UTC.
std::string secondText(WallTime time);

} // namespace higgs::server
