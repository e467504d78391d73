// SPDX-License-Identifier: GPL-3.0-or-later
// A daemon's JSON as a window reads it: each member as what it should be or as nothing. Pure, and
// total.
#pragma once

#include "shared/base/clock.h"
#include "shared/protocol/json.h"

#include <QStringList>
#include <array>
#include <optional>

namespace higgs::widgets {

/// Ids, codes and addresses; nothing of ours is longer.
constexpr qsizetype MaxWord = 128;
constexpr int MaxCount = 1'000'000;
/// 2^53 - 1, what JSON numbers keep.
constexpr std::int64_t MaxExact = 9007199254740991;

/// A word on the socket and what it means; a table of them is an array of these.
template <typename Enum>
struct WireName
{
    std::string_view text;
    Enum value;
};
template <typename Enum>
WireName(const char *, Enum) -> WireName<Enum>; // clang 14 does not deduce aggregates

template <typename Enum, std::size_t N>
std::optional<Enum> valueOf(const std::array<WireName<Enum>, N> &names, std::string_view text)
{
    for (const WireName<Enum> &name : names) {
        if (name.text == text)
            return name.value;
    }
    return std::nullopt;
}

/// Refers to the object, which may be anything: of what is no object every member is missing.
class JsonMembers
{
public:
    using Json = protocol::Json;

    explicit JsonMembers(const Json &object) : m_object(object) {}

    /// Missing and null are the same.
    [[nodiscard]] const Json *find(const char *name) const;
    [[nodiscard]] std::string_view raw(const char *name) const;
    /// Fit to stand in a window (plainText).
    [[nodiscard]] QString text(const char *name, qsizetype most = MaxWord) const;
    [[nodiscard]] bool flag(const char *name) const;
    [[nodiscard]] std::optional<bool> maybeFlag(const char *name) const;
    /// 0 .. most
    [[nodiscard]] std::optional<std::int64_t> integer(const char *name, std::int64_t most) const;
    [[nodiscard]] int count(const char *name) const;
    [[nodiscard]] quint64 bytes(const char *name) const;
    /// Finite, and not negative.
    [[nodiscard]] std::optional<double> number(const char *name) const;
    [[nodiscard]] std::optional<WallTime> time(const char *name) const;
    /// Empty unless it is an assigned ISO 3166-1 code.
    [[nodiscard]] QString country(const char *name) const;
    /// The texts of an array, at most `most` of them.
    [[nodiscard]] QStringList words(const char *name, qsizetype most) const;

private:
    const Json &m_object;
};

/// The elements of a member that must be an array, at most `most` of them.
template <typename Read>
Result<void> eachElement(const protocol::Json &answer, const char *name, std::size_t most,
                         Read read)
{
    const protocol::Json *array = JsonMembers(answer).find(name);
    if (array == nullptr || !array->is_array())
        return unexpected(ErrorCode::Malformed, std::string("the answer has no ") + name);
    for (std::size_t i = 0; i < std::min(array->size(), most); ++i)
        read(JsonMembers((*array)[i]));
    return {};
}

/// Unavailable for a status of an older control protocol than `least`.
Result<void> checkControlVersion(const protocol::Json &status, int least);

} // namespace higgs::widgets
