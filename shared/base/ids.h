// SPDX-License-Identifier: GPL-3.0-or-later
// Distinct types for the ids on the wire, so that a session's id cannot be passed as a node's.
#pragma once

#include "shared/base/result.h"

#include <compare>
#include <functional>
#include <string>
#include <string_view>

namespace higgs {

/// True for the text form of a UUID of any version (RFC 9562 section 4), either case.
bool isUuid(std::string_view text);

/// An id that is a UUID in lower case. Only parse() makes one from outside text.
template <typename Tag>
class UuidId
{
public:
    UuidId() = default;

    static Result<UuidId> parse(std::string_view text)
    {
        if (!isUuid(text))
            return unexpected(ErrorCode::Malformed, "not a UUID");
        UuidId id;
        id.m_text.reserve(text.size());
        for (const char c : text)
            id.m_text.push_back(c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c);
        return id;
    }

    [[nodiscard]] const std::string &text() const { return m_text; }
    [[nodiscard]] bool isNull() const { return m_text.empty(); }

    friend bool operator==(const UuidId &, const UuidId &) = default;
    friend auto operator<=>(const UuidId &, const UuidId &) = default;

private:
    std::string m_text;
};

using NodeId = UuidId<struct NodeIdTag>;
using ClientId = UuidId<struct ClientIdTag>;
using SessionId = UuidId<struct SessionIdTag>;
using RouteId = UuidId<struct RouteIdTag>;

} // namespace higgs

template <typename Tag>
struct std::hash<higgs::UuidId<Tag>>
{
    std::size_t operator()(const higgs::UuidId<Tag> &id) const noexcept
    {
        return std::hash<std::string>{}(id.text());
    }
};
