// SPDX-License-Identifier: GPL-3.0-or-later
// What of a text is UTF-8 (RFC 3629). Total on any bytes.
#pragma once

#include <cstddef>
#include <string_view>

namespace higgs {

/// Of the whole character that `text` begins with; 0: it begins with none, or is empty.
std::size_t utf8Length(std::string_view text);
/// The character of such a length.
char32_t utf8Character(std::string_view text, std::size_t length);

} // namespace higgs
