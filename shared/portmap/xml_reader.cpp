// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/portmap/xml_reader.h"

#include <algorithm>
#include <array>

namespace higgs::portmap {

namespace {

constexpr std::string_view Blanks = " \t\r\n";

struct Entity
{
    std::string_view spelled;
    char meant;
};

constexpr std::array Entities = {Entity{"&amp;", '&'}, Entity{"&lt;", '<'}, Entity{"&gt;", '>'},
                                 Entity{"&quot;", '"'}, Entity{"&apos;", '\''}};

Unexpected malformed(const char *why)
{
    return unexpected(ErrorCode::Malformed, std::string("XML: ") + why);
}

std::string_view localName(std::string_view tag)
{
    const std::string_view name = tag.substr(0, tag.find_first_of(Blanks));
    const std::size_t colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string trimmed(const std::string &text)
{
    const std::size_t begin = text.find_first_not_of(Blanks);
    if (begin == std::string::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(Blanks) - begin + 1);
}

} // namespace

Result<void> XmlReader::skipTo(std::string_view end)
{
    const std::size_t at = m_text.find(end);
    if (at == std::string_view::npos)
        return malformed("it is cut off");
    m_text.remove_prefix(at + end.size());
    return {};
}

Result<void> XmlReader::addText(std::string_view raw)
{
    if (m_open.empty())
        return {}; // between elements: nobody asks for it
    if (m_inside.size() + raw.size() > MaxElementText)
        return unexpected(ErrorCode::TooLarge, "XML: an element is too long");
    while (!raw.empty()) {
        const std::size_t plain = std::min(raw.find('&'), raw.size());
        m_inside += raw.substr(0, plain);
        raw.remove_prefix(plain);
        if (raw.empty())
            break;
        const auto *const entity =
            std::find_if(Entities.begin(), Entities.end(),
                         [raw](const Entity &each) { return raw.starts_with(each.spelled); });
        if (entity == Entities.end())
            return malformed("an entity that is not XML's own");
        m_inside += entity->meant;
        raw.remove_prefix(entity->spelled.size());
    }
    return {};
}

/// From behind its '<'. Nothing: no element ended here.
Result<std::optional<XmlElement>> XmlReader::tag()
{
    const std::size_t end = m_text.find('>');
    if (end == std::string_view::npos)
        return malformed("a tag is cut off");
    std::string_view tag = m_text.substr(0, end);
    m_text.remove_prefix(end + 1);
    const bool closes = tag.starts_with('/');
    if (closes)
        tag.remove_prefix(1);
    const bool empty = !closes && tag.ends_with('/');
    if (empty)
        tag.remove_suffix(1);
    const std::string_view name = localName(tag);
    if (name.empty())
        return malformed("a tag without a name");
    if (empty) {
        m_open = {};
        return std::optional(XmlElement{name, {}, true});
    }
    if (!closes) {
        if (++m_depth > MaxDepth)
            return unexpected(ErrorCode::TooLarge, "XML: elements are nested too deep");
        m_open = name;
        m_inside.clear();
        return std::optional<XmlElement>();
    }
    if (m_depth == 0)
        return malformed("an end without its beginning");
    --m_depth;
    const bool leaf = !m_open.empty();
    if (leaf && m_open != name)
        return malformed("another element's end");
    m_open = {};
    return std::optional(XmlElement{name, leaf ? trimmed(m_inside) : std::string(), leaf});
}

Result<std::optional<XmlElement>> XmlReader::next()
{
    for (;;) {
        const std::size_t begin = std::min(m_text.find('<'), m_text.size());
        if (const Result<void> added = addText(m_text.substr(0, begin)); !added)
            return unexpected(added.error());
        m_text.remove_prefix(begin);
        if (m_text.empty()) {
            if (m_depth != 0)
                return malformed("it is cut off");
            return std::optional<XmlElement>();
        }
        m_text.remove_prefix(1);
        Result<void> skipped;
        if (m_text.starts_with('?')) {
            skipped = skipTo("?>");
        } else if (m_text.starts_with("!--")) {
            m_text.remove_prefix(3);
            skipped = skipTo("-->");
        } else if (m_text.starts_with('!')) {
            return malformed("a document type or a section");
        } else {
            auto element = tag();
            if (!element || *element)
                return element;
        }
        if (!skipped)
            return unexpected(skipped.error());
    }
}

} // namespace higgs::portmap
