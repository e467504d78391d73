// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/pasted_text.h"

#include <array>

namespace higgs::control {

namespace {

constexpr std::string_view ByteOrderMark = "\xef\xbb\xbf";

// White space, and what is invisible but copied along: no-break, the spaces of U+2000 to U+200F
// (zero width and direction), embeddings, word joiner, ideographic space, byte order mark. Not
// overrides of direction (U+202D, U+202E), which no program copies by itself: they deceive.
constexpr std::array<std::string_view, 34> Around = {
    " ",
    "\t",
    "\r",
    "\n",
    "\v",
    "\f",
    "\xc2\xa0",
    "\xc2\xad",
    "\xe2\x80\x80",
    "\xe2\x80\x81",
    "\xe2\x80\x82",
    "\xe2\x80\x83",
    "\xe2\x80\x84",
    "\xe2\x80\x85",
    "\xe2\x80\x86",
    "\xe2\x80\x87",
    "\xe2\x80\x88",
    "\xe2\x80\x89",
    "\xe2\x80\x8a",
    "\xe2\x80\x8b",
    "\xe2\x80\x8c",
    "\xe2\x80\x8d",
    "\xe2\x80\x8e",
    "\xe2\x80\x8f",
    "\xe2\x80\xa8",
    "\xe2\x80\xa9",
    "\xe2\x80\xaa",
    "\xe2\x80\xab",
    "\xe2\x80\xac",
    "\xe2\x80\xaf",
    "\xe2\x81\xa0",
    "\xe2\x81\x9f",
    "\xe3\x80\x80",
    ByteOrderMark,
};

struct Pair
{
    std::string_view open;
    std::string_view close;
};
constexpr std::array Pairs = {
    Pair{"\"", "\""},
    Pair{"'", "'"},
    Pair{"<", ">"},
    Pair{"\xe2\x80\x9c", "\xe2\x80\x9d"}, // English quotes
    Pair{"\xe2\x80\x9e", "\xe2\x80\x9c"}, // German ones
    Pair{"\xc2\xab", "\xc2\xbb"},         // French and Russian ones
};

} // namespace

std::string_view withoutByteOrderMark(std::string_view text)
{
    if (text.starts_with(ByteOrderMark))
        text.remove_prefix(ByteOrderMark.size());
    return text;
}

Result<void> checkEncoding(std::string_view text, const std::string &what)
{
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff") ||
        text.find('\0') != std::string_view::npos)
        return unexpected(ErrorCode::InvalidArgument,
                          what + " is saved as UTF-16 or damaged: save it as UTF-8");
    return {};
}

std::string_view withoutSpaceAround(std::string_view text)
{
    bool found = true;
    while (found) {
        found = false;
        for (const std::string_view each : Around) {
            if (text.starts_with(each)) {
                text.remove_prefix(each.size());
                found = true;
            }
            if (text.ends_with(each)) {
                text.remove_suffix(each.size());
                found = true;
            }
        }
    }
    return text;
}

std::string_view pasted(std::string_view text)
{
    text = withoutSpaceAround(text);
    for (const Pair &pair : Pairs) {
        if (text.size() >= pair.open.size() + pair.close.size() && text.starts_with(pair.open) &&
            text.ends_with(pair.close))
            return withoutSpaceAround(
                text.substr(pair.open.size(), text.size() - pair.open.size() - pair.close.size()));
    }
    return text;
}

} // namespace higgs::control
