// SPDX-License-Identifier: GPL-3.0-or-later
// Elements without children, and the ends of the others, of an XML text, one after the other. Pure,
// without recursion, entities of its own or a memory of what was read: its work is the text's size.
#pragma once

#include "shared/base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace higgs::portmap {

struct XmlElement
{
    std::string_view name; ///< without its prefix
    std::string text;      ///< trimmed; of one with children nothing
    bool leaf = false;     ///< it had no children
};

class XmlReader
{
public:
    /// Deeper is nobody's description.
    static constexpr unsigned MaxDepth = 32;
    static constexpr std::size_t MaxElementText = 1'024;

    explicit XmlReader(std::string_view text) : m_text(text) {}

    /// The next element whose end was reached; nullopt at the end of the text. Malformed for a
    /// document type, a CDATA section, an entity that is not XML's own, an end without its
    /// beginning and whatever is cut off; TooLarge beyond the limits.
    Result<std::optional<XmlElement>> next();

private:
    Result<void> skipTo(std::string_view end);
    Result<std::optional<XmlElement>> tag();
    Result<void> addText(std::string_view raw);

    std::string_view m_text; ///< that is left
    std::string_view m_open; ///< of the element that began last; empty when one has ended since
    std::string m_inside;    ///< its text up to now
    unsigned m_depth = 0;
};

} // namespace higgs::portmap
