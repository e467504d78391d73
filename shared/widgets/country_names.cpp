// SPDX-License-Identifier: GPL-3.0-or-later
// ICU knows them: QLocale 6.4 names a country in English or by the first of its languages in the
// alphabet, which in the United States is Cherokee.
#include "shared/widgets/country_names.h"

#include "shared/widgets/region_names.h"

#include <array>
#include <unicode/uloc.h>

namespace higgs::widgets {

namespace {

constexpr qsizetype CodeLength = 2;
constexpr int MostName = 128;

bool isCode(const QString &code)
{
    return code.size() == CodeLength && code[0] >= u'A' && code[0] <= u'Z' && code[1] >= u'A' &&
           code[1] <= u'Z';
}

QString displayName(const QString &code, const char *language)
{
    if (!isCode(code))
        return code;
    const QByteArray place = "und_" + code.toLatin1();
    std::array<char16_t, MostName> name;
    UErrorCode error = U_ZERO_ERROR;
    const int32_t length =
        uloc_getDisplayCountry(place.constData(), language, name.data(), MostName, &error);
    if (U_FAILURE(error) != 0 || length <= 0 || length > MostName)
        return code;
    return QString(reinterpret_cast<const QChar *>(name.data()), length);
}

} // namespace

QString countryName(const QString &code, const QLocale &locale)
{
    // The only one whose long name nobody says.
    if (code == QLatin1String("US") && locale.language() == QLocale::Russian)
        return QStringLiteral("США");
    return longCountryName(code, locale);
}

QString longCountryName(const QString &code, const QLocale &locale)
{
    return displayName(code, locale.name().toLatin1().constData());
}

QString englishCountryName(const QString &code)
{
    return displayName(code, "en");
}

QString nativeCountryName(const QString &code)
{
    if (!isCode(code))
        return code;
    std::array<char, MostName> likely;
    UErrorCode error = U_ZERO_ERROR;
    const QByteArray place = "und_" + code.toLatin1();
    uloc_addLikelySubtags(place.constData(), likely.data(), MostName, &error);
    if (U_FAILURE(error) != 0 || error == U_STRING_NOT_TERMINATED_WARNING)
        return englishCountryName(code);
    return displayName(code, likely.data());
}

QString regionName(const QString &region, const QString &country)
{
    if (QString name = subdivisionName(region); !name.isEmpty())
        return name;
    const QString prefix = country + u'-';
    return region.startsWith(prefix) ? region.mid(prefix.size()) : region;
}

} // namespace higgs::widgets
