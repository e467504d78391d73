// SPDX-License-Identifier: GPL-3.0-or-later
// How parsers of `ip -j` and `nft -j` read their objects. For source files only: the JSON library
// is dear.
#pragma once

#include "shared/base/result.h"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace higgs {

/// What a program prints. An interface's name may be of any bytes, which JSON's text may not be:
/// such a document is read with `?` for each byte that is not ASCII, so that one odd name hides
/// nothing of the others. Discarded: it is no JSON.
nlohmann::json parseProgramJson(std::string_view text);

/// An array of objects.
Result<nlohmann::json> parseIpArray(std::string_view text);
/// "" when it is absent or no text.
std::string textOf(const nlohmann::json &object, const char *key);
/// 0 when it is absent or no number; clamped.
std::uint32_t numberOf(const nlohmann::json &object, const char *key);

} // namespace higgs
