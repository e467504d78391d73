// SPDX-License-Identifier: GPL-3.0-or-later
// What a person told a daemon to remember: one small JSON object in its data directory.
#pragma once

#include "shared/base/clock.h"
#include "shared/protocol/json.h"

#include <optional>
#include <string>

namespace higgs::control {

/// Settings are a handful of words; more than this is not ours.
constexpr std::size_t MaxSettingsSize = 65536;

/// An empty object when there is no file. An error, with the path, for one that cannot be read or
/// is damaged: it may have forbidden what the defaults allow.
Result<protocol::Json> readSettings(const std::string &path);

/// As replaceFile(), mode 0600: a crash or a power loss leaves the old file or the new one, and the
/// owner of the directory can read it, whoever wrote. On a full disk the old file is overwritten.
Result<void> writeSettings(const std::string &path, const protocol::Json &settings);

/// In the place of one that readSettings() refused, which is kept beside: a person may want to
/// rescue it. The path that it has now. Whatever fails leaves it where it is.
Result<std::string> replaceDamaged(const std::string &path, const protocol::Json &settings);

/// A moment as these files and a daemon's answers have it: whole milliseconds from 1970 to the end
/// of 9999, so that sums with it stay within their type. nullopt for anything else.
std::optional<WallTime> momentOf(const protocol::Json &value);

/// Makes `path` if it is missing (0700) and proves that files can be written in it. One sentence
/// that says what to do otherwise.
Result<void> prepareDataDirectory(const std::string &path);

} // namespace higgs::control
