// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/field_reader.h"

#include <algorithm>
#include <cmath>

namespace higgs::protocol {

namespace {

constexpr std::int64_t LastTime = 9007199254740991; // 2^53 - 1, exact in any JSON reader

/// For every type with T::parse(text) -> Result<T>.
template <typename T>
void readParsed(const Json &json, const Place &place, const char *expected, T &out)
{
    const std::string *text = readText(json, place);
    if (!text)
        return;
    if (Result<T> value = T::parse(*text))
        out = std::move(*value);
    else
        place.fault(expected);
}

std::string escapedToken(std::string_view name)
{
    std::string token;
    for (const char c : name) {
        if (c == '~')
            token += "~0";
        else if (c == '/')
            token += "~1";
        else
            token.push_back(c);
    }
    return token;
}

} // namespace

Place Place::member(std::string_view name) const
{
    return {faults, path + "/" + escapedToken(name)};
}

Place Place::element(std::size_t index) const
{
    return {faults, path + "/" + std::to_string(index)};
}

FieldReader::FieldReader(const Json &object, const Place &place)
    : m_object(object), m_place(place), m_isObject(object.is_object())
{
    if (!m_isObject)
        place.fault("must be an object");
}

const Json *FieldReader::find(std::string_view name) const
{
    if (!m_isObject)
        return nullptr;
    const auto member = m_object.find(name);
    if (member == m_object.end() || member->is_null())
        return nullptr;
    return &*member;
}

const std::string *readText(const Json &json, const Place &place)
{
    const auto *text = json.get_ptr<const Json::string_t *>();
    if (!text)
        place.fault("must be a string");
    return text;
}

bool readInteger(const Json &json, const Place &place, std::int64_t min, std::int64_t max,
                 std::int64_t &out)
{
    const std::string message =
        "must be an integer from " + std::to_string(min) + " to " + std::to_string(max);
    if (!json.is_number_integer()) {
        place.fault(message);
        return false;
    }
    const auto *big = json.get_ptr<const Json::number_unsigned_t *>();
    const bool tooBig = big && *big > static_cast<std::uint64_t>(max);
    const std::int64_t value = tooBig ? max : json.get<std::int64_t>();
    if (tooBig || value < min || value > max) {
        place.fault(message);
        return false;
    }
    out = value;
    return true;
}

void readValue(const Json &json, const Place &place, bool &out)
{
    if (json.is_boolean())
        out = json.get<bool>();
    else
        place.fault("must be true or false");
}

void readValue(const Json &json, const Place &place, double &out)
{
    if (json.is_number() && std::isfinite(json.get<double>()))
        out = json.get<double>();
    else
        place.fault("must be a number");
}

void readValue(const Json &json, const Place &place, std::string &out)
{
    const std::string *text = readText(json, place);
    if (!text)
        return;
    const bool control = std::any_of(text->begin(), text->end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
    });
    if (control)
        place.fault("must not contain control characters");
    else
        out = *text;
}

void readValue(const Json &json, const Place &place, SecretText &out)
{
    std::string text;
    const std::size_t before = place.faults.size();
    readValue(json, place, text);
    if (place.faults.size() != before)
        return;
    if (text.empty())
        place.fault("must not be empty");
    else
        out = SecretText(std::move(text));
}

void readValue(const Json &json, const Place &place, WallTime &out)
{
    readInteger(json, place, 0, LastTime, out.ms);
}

void readValue(const Json &json, const Place &place, Seconds &out)
{
    constexpr std::int64_t LongestSpan = 366 * 86400;
    std::int64_t value = 0;
    if (readInteger(json, place, 0, LongestSpan, value))
        out = Seconds(value);
}

void readValue(const Json &json, const Place &place, IpAddress &out)
{
    readParsed(json, place, "must be an IP address", out);
}

void readValue(const Json &json, const Place &place, Endpoint &out)
{
    readParsed(json, place,
               "must be an address and port, as 192.0.2.1:51820 or [2001:db8::1]:51820", out);
}

void readValue(const Json &json, const Place &place, IpPrefix &out)
{
    readParsed(json, place, "must be a prefix, as 192.0.2.0/24", out);
}

void readValue(const Json &json, const Place &place, CountryCode &out)
{
    readParsed(json, place, "must be an assigned ISO 3166-1 alpha-2 country code", out);
}

void readValue(const Json &json, const Place &place, PlaceCode &out)
{
    readParsed(json, place, "must be a region of an assigned country, as US-CA", out);
}

void readValue(const Json &json, const Place &place, KeyText &out)
{
    readParsed(json, place, "must be canonical base64 of 32 bytes", out);
}

void readValue(const Json &json, const Place &place, RelayEndpoint &out)
{
    readParsed(json, place, "must be wss://host:port/relay/<session id>", out);
}

} // namespace higgs::protocol
