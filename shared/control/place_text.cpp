// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/place_text.h"

#include "shared/control/pasted_text.h"

#include <QLocale>
#include <array>

namespace higgs::control {

namespace {

using protocol::CountryCode;
using protocol::PlaceCode;

constexpr std::size_t LongestName = 64;
constexpr std::size_t CodeSize = 2;

struct OtherCode
{
    const char *written;
    const char *assigned;
};
// ISO reserves UK for the United Kingdom; the European Union writes EL for Greece; and the
// abbreviations that people say.
constexpr std::array OtherCodes = {OtherCode{"UK", "GB"}, OtherCode{"EL", "GR"},
                                   OtherCode{"USA", "US"}, OtherCode{"UAE", "AE"}};

std::string codeOf(std::string_view text)
{
    const QString upper = QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()))
                              .normalized(QString::NormalizationForm_KC)
                              .simplified()
                              .toUpper();
    for (const OtherCode &other : OtherCodes) {
        if (upper == QLatin1String(other.written))
            return other.assigned;
    }
    if (upper.size() == static_cast<qsizetype>(CodeSize))
        return upper.toStdString();
    QLocale::Territory found = QLocale::AnyTerritory;
    for (int each = QLocale::AnyTerritory + 1;
         found == QLocale::AnyTerritory && each <= QLocale::LastTerritory; ++each) {
        const auto territory = static_cast<QLocale::Territory>(each);
        if (QLocale::territoryToString(territory).toUpper() == upper)
            found = territory;
    }
    return QLocale::territoryToCode(found).toStdString();
}

} // namespace

Result<CountryCode> parseCountryText(std::string_view text)
{
    text = pasted(text);
    if (text.empty() || text.size() > LongestName)
        return unexpected(ErrorCode::Malformed, "not a country");
    return CountryCode::parse(codeOf(text));
}

Result<PlaceCode> parsePlaceText(std::string_view text)
{
    text = pasted(text);
    if (text.size() <= CodeSize || text[CodeSize] != '-') {
        const Result<CountryCode> country = parseCountryText(text);
        if (!country)
            return unexpected(country.error());
        return PlaceCode{*country, country->text()};
    }
    const Result<CountryCode> country = parseCountryText(text.substr(0, CodeSize));
    if (!country)
        return unexpected(country.error());
    return PlaceCode::parse(country->text() + std::string(text.substr(CodeSize)));
}

} // namespace higgs::control
