// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/plain_text.h"

#include "shared/base/utf8.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace higgs::control {

std::size_t controlLength(std::string_view text)
{
    const auto byte = [text](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    if (text.empty())
        return 0;
    if (byte(0) < 0x20 || byte(0) == 0x7f)
        return 1;
    // In UTF-8: U+0080 to U+009F; U+061C; U+200E, U+200F, U+2028 to U+202E; U+2066 to U+2069;
    // U+FEFF.
    if ((byte(0) == 0xc2 && byte(1) >= 0x80 && byte(1) < 0xa0) ||
        (byte(0) == 0xd8 && byte(1) == 0x9c))
        return 2;
    if (byte(0) == 0xef && byte(1) == 0xbb && byte(2) == 0xbf)
        return 3;
    const bool turns = (byte(1) == 0x80 && ((byte(2) >= 0x8e && byte(2) <= 0x8f) ||
                                            (byte(2) >= 0xa8 && byte(2) <= 0xae))) ||
                       (byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9);
    return byte(0) == 0xe2 && turns ? 3 : 0;
}

std::string spelledOut(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        std::size_t length = controlLength(text);
        if (length > 0 && text.front() != '\n') {
            std::array<char, 8> escaped{};
            std::snprintf(escaped.data(), escaped.size(), "\\u%04x",
                          static_cast<unsigned>(utf8Character(text, length)));
            out += escaped.data();
        } else {
            length = 1;
            out.push_back(text.front());
        }
        text.remove_prefix(length);
    }
    return out;
}

bool isPlainText(std::string_view text)
{
    for (; !text.empty(); text.remove_prefix(1)) {
        if (controlLength(text) > 0)
            return false;
    }
    return true;
}

bool isCredentialText(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

} // namespace higgs::control
