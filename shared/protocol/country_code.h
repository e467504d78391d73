// SPDX-License-Identifier: GPL-3.0-or-later
// Countries and regions on the wire: assigned ISO 3166-1 alpha-2 codes, and ISO 3166-2 regions.
#pragma once

#include "shared/base/result.h"

#include <array>
#include <compare>
#include <functional>
#include <string>
#include <string_view>

namespace higgs::protocol {

/// An officially assigned ISO 3166-1 alpha-2 code, in upper case.
class CountryCode
{
public:
    CountryCode() = default;
    /// Either case; Malformed when not assigned (also "XX", "EU", "UK").
    static Result<CountryCode> parse(std::string_view text);

    [[nodiscard]] std::string text() const;
    [[nodiscard]] bool isNull() const { return m_letters[0] == 0; }

    friend bool operator==(const CountryCode &, const CountryCode &) = default;
    friend auto operator<=>(const CountryCode &, const CountryCode &) = default;

private:
    std::array<char, 2> m_letters{};
};

/// A preferred place: an assigned ISO 3166-2 region ("US-CA") or a country alone ("US"), in upper
/// case.
struct PlaceCode
{
    CountryCode country;
    std::string text; ///< the whole, "US-CA"

    static Result<PlaceCode> parse(std::string_view text);
    friend bool operator==(const PlaceCode &, const PlaceCode &) = default;
};

/// A region of this country, in upper case ("US-CA"); either case is taken. Malformed when it is no
/// assigned ISO 3166-2 code, InvalidArgument when it is another country's.
Result<std::string> parseRegion(std::string_view text, const CountryCode &country);

} // namespace higgs::protocol

template <>
struct std::hash<higgs::protocol::CountryCode>
{
    std::size_t operator()(const higgs::protocol::CountryCode &code) const noexcept
    {
        return std::hash<std::string>{}(code.text());
    }
};
