// SPDX-License-Identifier: GPL-3.0-or-later
// Letters as protocols have them: ASCII alone, whatever the locale. Pure.
#pragma once

#include <string>
#include <string_view>

namespace higgs {

/// With small letters for capital ones; all other bytes stay.
inline std::string asciiLowered(std::string_view text)
{
    std::string result(text);
    for (char &c : result)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return result;
}

} // namespace higgs
