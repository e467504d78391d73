// SPDX-License-Identifier: GPL-3.0-or-later
// What a country is called where it lies, in the window's language, and in English.
#pragma once

#include <QLocale>
#include <QString>

namespace higgs::widgets {

/// `code` is ISO 3166-1 alpha-2; of an unknown one the answer is the code itself.
QString countryName(const QString &code, const QLocale &locale = QLocale());
/// As it stands in lists of countries, where people say it shorter: "Соединенные Штаты" for "США".
QString longCountryName(const QString &code, const QLocale &locale = QLocale());
QString englishCountryName(const QString &code);
/// In the language most people there speak: "Deutschland", "日本".
QString nativeCountryName(const QString &code);
/// "California" for "US-CA"; of a code without a known name the code without its country ("CA"),
/// and anything else as it is.
QString regionName(const QString &region, const QString &country);

} // namespace higgs::widgets
