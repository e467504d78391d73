// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/percent_text.h"

#include <charconv>

namespace higgs {

std::optional<std::string> percentDecoded(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            unsigned value = 0;
            const char *const begin = text.data() + i + 1;
            if (i + 2 >= text.size() ||
                std::from_chars(begin, begin + 2, value, 16).ptr != begin + 2)
                return std::nullopt;
            c = static_cast<char>(value);
            i += 2;
        }
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            return std::nullopt;
        out.push_back(c);
    }
    return out;
}

std::string percentEncoded(std::string_view text, std::string_view plain)
{
    constexpr std::string_view Digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool isUnreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                  (c >= '0' && c <= '9') ||
                                  std::string_view("-._~").find(c) != std::string_view::npos;
        if (isUnreserved || plain.find(c) != std::string_view::npos) {
            out.push_back(c);
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += {'%', Digits[byte >> 4U], Digits[byte & 15U]};
    }
    return out;
}

} // namespace higgs
