// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace higgs {

/// A part of a URL without its escapes (RFC 3986, section 2.1). nullopt for a '%' without two
/// digits, and for control characters, which no value may hold. Total on any input.
std::optional<std::string> percentDecoded(std::string_view text);

/// The same part with escapes for all that is neither unreserved nor in `plain`.
std::string percentEncoded(std::string_view text, std::string_view plain = {});

} // namespace higgs
