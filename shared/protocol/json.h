// SPDX-License-Identifier: GPL-3.0-or-later
// JSON as the wire speaks it: strict RFC 8259 text, with the limits that keep a hostile document
// cheap.
#pragma once

#include "shared/base/result.h"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace higgs::protocol {

using Json = nlohmann::json;

/// A REST request body (WIRE.md, General).
constexpr std::size_t MaxRequestBody = 65536;
/// A REST response as a client takes it: the longest is a list of all nodes.
constexpr std::size_t MaxResponseBody = 1048576;
/// Nesting of arrays and objects (WIRE.md, General).
constexpr std::size_t MaxJsonDepth = 64;

struct JsonLimits
{
    std::size_t bytes = MaxRequestBody;
    std::size_t depth = MaxJsonDepth;
};

/// Malformed (also for duplicate keys, lone surrogates, bad UTF-8, a byte order mark, trailing
/// text, numbers that are not finite, nesting beyond the limit) or TooLarge. The detail names the
/// place, never the content.
Result<Json> parseJson(std::string_view text, JsonLimits limits = {});

/// Compact text. Bytes that are not UTF-8 become U+FFFD, so that this cannot fail.
std::string dumpJson(const Json &json);

} // namespace higgs::protocol
