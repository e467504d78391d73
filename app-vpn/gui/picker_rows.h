// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of the picker for a list of places and a search: pure, so that order and words are
// tested.
#pragma once

#include "app-vpn/gui/client_view.h"

#include <QHash>
#include <QLocale>
#include <QSet>

namespace higgs::vpn {

/// A country's names, and all of them folded for searching.
struct PlaceNames
{
    QString native;
    QString local; ///< in the window's language
    QString english;
    QString folded; ///< every name and the code, a line each
};

/// Names of countries, looked up once; made anew when the language changes.
class NameIndex
{
public:
    explicit NameIndex(const QLocale &locale = QLocale()) : m_locale(locale) {}

    const PlaceNames &of(const QString &country);

private:
    QLocale m_locale;
    QHash<QString, PlaceNames> m_names;
};

/// Lower case, without accents: "Åland" is found by "aland".
QString foldedForSearch(const QString &text);

struct PickerRow
{
    enum class Kind : std::uint8_t { Section, Fastest, Country, Region };

    Kind kind = Kind::Country;
    QString text;  ///< a section's head, or the native name
    QString below; ///< the name in the window's language where it differs, or why it is unavailable
    QString country;
    QString region;
    int available = 0;
    double load = 0;
    std::optional<double> latencyMs;
    bool usable = true; ///< may be connected to
    bool favourite = false;
    bool foldable = false;
    bool open = false;

    friend bool operator==(const PickerRow &, const PickerRow &) = default;
};

struct PickerQuery
{
    QString search;
    QStringList favourites;
    QStringList recents;
    QSet<QString> open; ///< countries whose regions are shown
};

/// Without a search: fastest, favourites, recent, all. With one: what fits, best first. Countries
/// with room come before full ones, the nearest first, then the least loaded.
std::vector<PickerRow> pickerRows(const std::vector<Place> &places, const PickerQuery &query,
                                  NameIndex &names);

} // namespace higgs::vpn
