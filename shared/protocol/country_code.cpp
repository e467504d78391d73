// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/country_code.h"

#include "shared/protocol/region_codes.h"

#include <algorithm>

namespace higgs::protocol {

namespace {

// ISO 3166-1 alpha-2, officially assigned (249), in order.
constexpr std::string_view Assigned =
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR "
    "BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ "
    "EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW "
    "GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY "
    "KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV "
    "MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY "
    "QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG "
    "TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM "
    "ZW";
static_assert(Assigned.size() == 249 * 3 - 1);

constexpr std::size_t RegionBegin = 3; // of "CA" in "US-CA"

bool isLetter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

char upper(char c)
{
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string upper(std::string_view text)
{
    std::string result(text);
    for (char &c : result)
        c = upper(c);
    return result;
}

/// "US-CA": two letters, a hyphen, one to three letters or digits.
bool isRegion(std::string_view text)
{
    if (text.size() < 4 || text.size() > 6 || text[2] != '-' || !isLetter(text[0]) ||
        !isLetter(text[1]))
        return false;
    return std::all_of(text.begin() + 3, text.end(),
                       [](char c) { return isLetter(c) || isDigit(c); });
}

} // namespace

Result<CountryCode> CountryCode::parse(std::string_view text)
{
    if (text.size() != 2 || !isLetter(text[0]) || !isLetter(text[1]))
        return unexpected(ErrorCode::Malformed, "not a country code");
    CountryCode code;
    code.m_letters = {upper(text[0]), upper(text[1])};
    for (std::size_t at = 0; at < Assigned.size(); at += 3) {
        if (Assigned[at] == code.m_letters[0] && Assigned[at + 1] == code.m_letters[1])
            return code;
    }
    return unexpected(ErrorCode::Malformed, "not an assigned country code");
}

std::string CountryCode::text() const
{
    return isNull() ? std::string() : std::string(m_letters.data(), m_letters.size());
}

Result<PlaceCode> PlaceCode::parse(std::string_view text)
{
    if (text.size() != 2 && !isRegion(text))
        return unexpected(ErrorCode::Malformed, "not a region");
    const Result<CountryCode> country = CountryCode::parse(text.substr(0, 2));
    if (!country)
        return unexpected(country.error());
    PlaceCode place{*country, upper(text)};
    if (text.size() > 2 &&
        !isRegionOf(country->text(), std::string_view(place.text).substr(RegionBegin)))
        return unexpected(ErrorCode::Malformed, "not an assigned region");
    return place;
}

Result<std::string> parseRegion(std::string_view text, const CountryCode &country)
{
    const Result<PlaceCode> place = PlaceCode::parse(text);
    if (!place || text.size() < RegionBegin)
        return unexpected(ErrorCode::Malformed, "not an assigned region, as US-CA");
    if (place->country != country)
        return unexpected(ErrorCode::InvalidArgument, "a region of another country");
    return place->text;
}

} // namespace higgs::protocol
