// SPDX-License-Identifier: GPL-3.0-or-later
// Values as JSON, the other direction of field_reader.h.
#pragma once

#include "shared/protocol/enum_names.h"
#include "shared/protocol/rest_nodes.h"
#include "shared/protocol/rest_turn.h"

#include <optional>
#include <type_traits>
#include <vector>

namespace higgs::protocol {

template <typename T>
requires std::is_arithmetic_v<T> Json asJson(T value)
{
    return value;
}

template <typename T>
requires std::is_enum_v<T> Json asJson(T value)
{
    return std::string(nameOf(value));
}

template <typename Tag>
Json asJson(const UuidId<Tag> &id)
{
    return id.text();
}

inline Json asJson(const std::string &text)
{
    return text;
}

inline Json asJson(const SecretText &text)
{
    return std::string(text.reveal());
}

inline Json asJson(WallTime time)
{
    return time.ms;
}

inline Json asJson(Seconds span)
{
    return span.count();
}

inline Json asJson(const IpAddress &address)
{
    return address.toString();
}

inline Json asJson(const Endpoint &endpoint)
{
    return endpoint.toString();
}

inline Json asJson(const IpPrefix &prefix)
{
    return prefix.toString();
}

inline Json asJson(const CountryCode &country)
{
    return country.text();
}

inline Json asJson(const PlaceCode &place)
{
    return place.text;
}

inline Json asJson(const KeyText &key)
{
    return key.text();
}

inline Json asJson(const RelayEndpoint &endpoint)
{
    return endpoint.toString();
}

Json asJson(const Bandwidth &bandwidth);
Json asJson(const Candidate &candidate);
Json asJson(const RelayServer &server);
Json asJson(const StunServer &server);
Json asJson(const TurnServer &server);
Json asJson(const IceServer &server);

template <typename T>
Json asJson(const std::vector<T> &values)
{
    Json array = Json::array();
    for (const T &value : values)
        array.push_back(asJson(value));
    return array;
}

/// Left out when there is no value.
template <typename T>
void putOptional(Json &object, const char *name, const std::optional<T> &value)
{
    if (value)
        object[name] = asJson(*value);
}

/// Null when there is no value, where the specification shows null.
template <typename T>
void putNullable(Json &object, const char *name, const std::optional<T> &value)
{
    object[name] = value ? asJson(*value) : Json(nullptr);
}

} // namespace higgs::protocol
