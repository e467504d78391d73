// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the members of a JSON object into a struct and notes every fault with its JSON Pointer; the
// one way in which all decoders of this library look at a document.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/endpoint.h"
#include "shared/base/ids.h"
#include "shared/base/secret.h"
#include "shared/protocol/country_code.h"
#include "shared/protocol/enum_names.h"
#include "shared/protocol/key_text.h"
#include "shared/protocol/relay_endpoint.h"
#include "shared/protocol/schema.h"

#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace higgs::protocol {

/// Where in the document a value stands, and where its faults go.
struct Place
{
    Faults &faults;
    std::string path;

    void fault(std::string message) const { faults.push_back({path, std::move(message)}); }
    [[nodiscard]] Place member(std::string_view name) const;
    [[nodiscard]] Place element(std::size_t index) const;
};

/// Elements of any one array: far above every real list, far below what hurts.
constexpr std::size_t MaxArrayElements = 65536;

// readValue(json, place, out): on a fault notes it and leaves `out` alone.
void readValue(const Json &json, const Place &place, bool &out);
void readValue(const Json &json, const Place &place, double &out);
/// Refuses control characters: texts end up in logs, terminals and windows.
void readValue(const Json &json, const Place &place, std::string &out);
void readValue(const Json &json, const Place &place, SecretText &out);
void readValue(const Json &json, const Place &place, WallTime &out);
void readValue(const Json &json, const Place &place, Seconds &out);
void readValue(const Json &json, const Place &place, IpAddress &out);
void readValue(const Json &json, const Place &place, Endpoint &out);
void readValue(const Json &json, const Place &place, IpPrefix &out);
void readValue(const Json &json, const Place &place, CountryCode &out);
void readValue(const Json &json, const Place &place, PlaceCode &out);
void readValue(const Json &json, const Place &place, KeyText &out);
void readValue(const Json &json, const Place &place, RelayEndpoint &out);
void readValue(const Json &json, const Place &place, Bandwidth &out);
void readValue(const Json &json, const Place &place, Candidate &out);
void readValue(const Json &json, const Place &place, RelayServer &out);
void readValue(const Json &json, const Place &place, StunServer &out);
void readValue(const Json &json, const Place &place, IceServer &out);
void readValue(const Json &json, const Place &place, IceServersResponse &out);

/// Any integer between the bounds; false (and a fault) otherwise.
bool readInteger(const Json &json, const Place &place, std::int64_t min, std::int64_t max,
                 std::int64_t &out);
/// Nullptr (and a fault) when it is no text.
const std::string *readText(const Json &json, const Place &place);

template <typename T>
requires(std::is_integral_v<T> &&
         !std::is_same_v<T, bool>) void readValue(const Json &json, const Place &place, T &out)
{
    // Times 2^53 as other programs' JSON numbers go, which also bounds what is added up.
    constexpr std::int64_t Exact = 9007199254740991;
    constexpr std::int64_t max =
        sizeof(T) < 8 ? static_cast<std::int64_t>(std::numeric_limits<T>::max()) : Exact;
    constexpr std::int64_t min =
        std::is_signed_v<T>
            ? (sizeof(T) < 8 ? static_cast<std::int64_t>(std::numeric_limits<T>::min()) : -Exact)
            : 0;
    std::int64_t value = 0;
    if (readInteger(json, place, min, max, value))
        out = static_cast<T>(value);
}

template <typename T>
requires std::is_enum_v<T>
void readValue(const Json &json, const Place &place, T &out)
{
    const std::string *text = readText(json, place);
    if (!text)
        return;
    if (const std::optional<T> value = parseEnum<T>(*text))
        out = *value;
    else
        place.fault("is none of the values known here");
}

template <typename Tag>
void readValue(const Json &json, const Place &place, UuidId<Tag> &out)
{
    const std::string *text = readText(json, place);
    if (!text)
        return;
    if (Result<UuidId<Tag>> id = UuidId<Tag>::parse(*text))
        out = std::move(*id);
    else
        place.fault("must be a UUID");
}

template <typename T>
void readValue(const Json &json, const Place &place, std::vector<T> &out)
{
    if (!json.is_array() || json.size() > MaxArrayElements) {
        place.fault("must be an array");
        return;
    }
    out.clear();
    out.reserve(json.size());
    for (const Json &element : json) {
        T value{};
        readValue(element, place.element(out.size()), value);
        out.push_back(std::move(value));
    }
}

/// The members of one object. A document that is no object has none, and that is its fault.
class FieldReader
{
public:
    FieldReader(const Json &object, const Place &place);

    template <typename T>
    void required(std::string_view name, T &out)
    {
        if (const Json *member = find(name))
            readValue(*member, m_place.member(name), out);
        else if (m_isObject)
            m_place.member(name).fault("is required");
    }

    /// Missing and null leave `out` as it is.
    template <typename T>
    void optional(std::string_view name, T &out)
    {
        if (const Json *member = find(name))
            readValue(*member, m_place.member(name), out);
    }

    template <typename T>
    void optional(std::string_view name, std::optional<T> &out)
    {
        if (const Json *member = find(name)) {
            T value{};
            readValue(*member, m_place.member(name), value);
            out = std::move(value);
        }
    }

    /// Nullptr when it is missing or null.
    [[nodiscard]] const Json *find(std::string_view name) const;
    [[nodiscard]] Place at(std::string_view name) const { return m_place.member(name); }

private:
    const Json &m_object;
    Place m_place;
    bool m_isObject;
};

/// The frame of every public decoder: reads the whole document into a T; `read(document, place,
/// T&)` does the reading. With a schema name the schema comes first, and its faults end it.
template <typename T, typename Read>
Result<T> decodeDocument(const Json &json, Faults *faults, std::optional<SchemaName> schema,
                         Read read)
{
    Faults found;
    if (schema)
        found = validate(*schema, json);
    T value{};
    if (found.empty())
        read(json, Place{found, {}}, value);
    if (found.empty())
        return value;
    Error error = faultError(found);
    if (faults)
        faults->insert(faults->end(), found.begin(), found.end());
    return unexpected(std::move(error));
}

} // namespace higgs::protocol
