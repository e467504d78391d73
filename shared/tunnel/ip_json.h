// SPDX-License-Identifier: GPL-3.0-or-later
// How parsers of `ip -j` read its objects. For source files only: the JSON library is dear.
#pragma once

#include "shared/base/result.h"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace higgs {

/// An array of objects.
Result<nlohmann::json> parseIpArray(std::string_view text);
/// "" when it is absent or no text.
std::string textOf(const nlohmann::json &object, const char *key);
/// 0 when it is absent or no number; clamped.
std::uint32_t numberOf(const nlohmann::json &object, const char *key);

} // namespace higgs
