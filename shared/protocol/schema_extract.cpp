// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/schema_extract.h"

#include <algorithm>
#include <array>

namespace higgs::protocol {

namespace {

// With one of these a schema says more than it says itself.
constexpr std::array<const char *, 12> Combining = {
    "allOf", "anyOf",        "oneOf",    "not",           "if",   "patternProperties",
    "$ref",  "dependencies", "contains", "propertyNames", "enum", "additionalProperties",
};

bool combines(const Json &schema)
{
    return std::any_of(Combining.begin(), Combining.end(),
                       [&](const char *word) { return schema.contains(word); });
}

/// Whether the schema's "type" may be this one; without a type it may be any.
bool mayBe(const Json &schema, const char *type)
{
    const auto found = schema.find("type");
    if (found == schema.end())
        return true;
    if (!found->is_array())
        return *found == type;
    return std::find(found->begin(), found->end(), type) != found->end();
}

Json extractOfObject(const Json &schema, const Json &document)
{
    Json extract = Json::object();
    const auto properties = schema.find("properties");
    if (properties == schema.end() || !mayBe(schema, "object"))
        return mayBe(schema, "object") ? document : extract;
    const auto keep = [&](const std::string &name, const Json &inner) {
        if (const auto member = document.find(name); member != document.end())
            extract[name] = extractFor(inner, *member);
    };
    if (const auto required = schema.find("required"); required != schema.end()) {
        for (const Json &name : *required)
            keep(name.get<std::string>(), Json::object());
    }
    for (const auto &[name, inner] : properties->items())
        keep(name, inner);
    return extract;
}

Json extractOfArray(const Json &schema, const Json &document)
{
    Json extract = Json::array();
    if (!mayBe(schema, "array"))
        return extract;
    std::size_t most = document.size();
    if (const auto maximum = schema.find("maxItems"); maximum != schema.end())
        most = std::min(most, maximum->get<std::size_t>() + 1);
    const auto items = schema.find("items");
    static const Json anything = Json::object();
    for (std::size_t i = 0; i < most; ++i) {
        const Json *inner = &anything;
        if (items != schema.end() && items->is_object())
            inner = &*items;
        else if (items != schema.end() && i < items->size())
            inner = &(*items)[i];
        extract.push_back(extractFor(*inner, document[i]));
    }
    return extract;
}

/// As many characters as the schema needs to say that they are too many; UTF-8, which the parser
/// has checked.
Json extractOfText(const Json &schema, const Json &document)
{
    const auto maximum = schema.find("maxLength");
    const auto &text = document.get_ref<const std::string &>();
    if (maximum == schema.end())
        return document;
    std::size_t left = maximum->get<std::size_t>() + 1;
    if (text.size() <= left)
        return document;
    const auto isFirstByte = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; };
    std::size_t end = 0;
    while (end < text.size() && (left > 0 || !isFirstByte(text[end]))) {
        if (isFirstByte(text[end]))
            --left;
        ++end;
    }
    return text.substr(0, end);
}

} // namespace

Json extractFor(const Json &schema, const Json &document)
{
    if (!schema.is_object() || (document.is_structured() && combines(schema)))
        return document;
    if (document.is_object())
        return extractOfObject(schema, document);
    if (document.is_array())
        return extractOfArray(schema, document);
    return document.is_string() ? extractOfText(schema, document) : document;
}

} // namespace higgs::protocol
