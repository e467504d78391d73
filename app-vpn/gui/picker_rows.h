// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of the picker for a list of places and a search: pure, so that order and words are
// tested.
#pragma once

#include "app-vpn/gui/client_view.h"
#include "app-vpn/gui/daemon_link.h"

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

/// What a place is to the connection at this moment.
enum class Here : std::uint8_t {
    No,
    Wanted,    ///< it is on its way there
    Connected, ///< the traffic leaves from there
};

struct PickerRow
{
    enum class Kind : std::uint8_t { Section, Fastest, Country, Region };

    Kind kind = Kind::Country;
    QString text;  ///< a section's head, or the name in the window's language
    QString below; ///< how many homes are free, or why none; and the native name where it differs
    QString country;
    QString region;
    int nodes = 0;
    int available = 0;
    double load = 0;
    std::optional<double> latencyMs;   ///< not this person's: of use in the order only
    std::optional<double> roundTripMs; ///< to shown: this computer to the home and back
    bool measured = false;             ///< in an own session, and no estimate
    bool dated = false;                ///< what is said of it may be so no more
    bool silent = false;               ///< the exit that stopped answering is here
    bool usable = true;                ///< may be connected to
    Here here = Here::No;
    bool favourite = false;
    bool foldable = false;
    bool open = false;

    friend bool operator==(const PickerRow &, const PickerRow &) = default;
};

/// Whether what the list says can be taken for what is.
struct Freshness
{
    bool dated = false;
    /// Where the exit stopped answering; empty: none did.
    QString silentCountry;
    QString silentRegion;

    friend bool operator==(const Freshness &, const Freshness &) = default;
};

/// `age`: of the list. Blocked or coming back, the client saw an exit or the server go; without the
/// daemon or its answer nothing is new.
Freshness freshnessOf(LinkState link, const ClientView &view, bool refused, Milliseconds age);

/// The place that is marked in the list.
struct Marked
{
    Here here = Here::No;
    QString country; ///< empty while the server chooses
    QString region;

    friend bool operator==(const Marked &, const Marked &) = default;
};

Marked markedOf(LinkState link, const ClientView &view);

struct PickerQuery
{
    QString search;
    QStringList favourites;
    QStringList recents;
    QSet<QString> open; ///< countries whose regions are shown
    Freshness freshness;
    Marked marked;
};

/// "about 34 ms", or "31 ms last time" where it was measured; a dash where nothing is known.
QString roundTripText(const PickerRow &row);
/// What is asked for without a country: its name, and who chooses.
QString fastestText();
QString fastestBelow();

/// Without a search: fastest, favourites, recent, all. With one: what fits, best first. Countries
/// with room come before full ones, the shortest way first, then the least loaded.
std::vector<PickerRow> pickerRows(const std::vector<Place> &places, const PickerQuery &query,
                                  NameIndex &names);

} // namespace higgs::vpn
