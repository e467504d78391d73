// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace higgs {

/// A part of `text`, without any of `space` around it. The default is OWS (RFC 9110, section
/// 5.6.3).
inline std::string_view trimmed(std::string_view text, std::string_view space = " \t")
{
    const std::size_t first = text.find_first_not_of(space);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

} // namespace higgs
