// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/picker_rows.h"

#include "shared/widgets/country_names.h"
#include "shared/widgets/format.h"

#include <QCoreApplication>
#include <algorithm>
#include <limits>
#include <map>

namespace higgs::vpn {

using Kind = PickerRow::Kind;

namespace {

struct RowTexts
{
    Q_DECLARE_TR_FUNCTIONS(Picker)
};

struct Country
{
    PickerRow row;
    std::vector<PickerRow> regions;
};

QString unavailable()
{
    return RowTexts::tr("All homes are taken");
}

/// Places, not speed: a home with room can be slow, and a full one may be free in a minute.
QString homesText(int available, int nodes)
{
    return RowTexts::tr("%1 of %n home(s) free", "homes of a country", nodes)
        .arg(QLocale().toString(available));
}

/// What there is to say under a name, before the native name.
QString stateOf(const PickerRow &row)
{
    if (row.here == Here::Connected)
        return RowTexts::tr("Connected", "a place in the list");
    if (row.here == Here::Wanted)
        return RowTexts::tr("Connecting", "a place in the list");
    if (row.silent)
        return row.nodes <= 1 ? RowTexts::tr("Does not answer", "an exit")
                              : RowTexts::tr("One of %n home(s) does not answer", "", row.nodes);
    return row.usable ? homesText(row.available, row.nodes) : unavailable();
}

/// The shorter way of two, and whether it was measured.
void takeWay(PickerRow &row, const Place &place)
{
    const std::optional<double> own = place.pastMs ? place.pastMs : place.estimateMs;
    if (!own || (row.roundTripMs && *row.roundTripMs <= *own))
        return;
    row.roundTripMs = own;
    row.measured = place.pastMs.has_value();
}

/// The reason first: where there is no room for both, the name is what may be cut.
QString joined(const QString &name, const QString &why)
{
    return name.isEmpty() ? why : why + QStringLiteral(" \u00B7 ") + name;
}

PickerRow absent(const QString &code, NameIndex &names)
{
    PickerRow row;
    row.country = code;
    const PlaceNames &known = names.of(code);
    row.text = known.local;
    row.below = joined(known.local == known.native ? QString() : known.native,
                       RowTexts::tr("Nobody shares there"));
    row.usable = false;
    return row;
}

double orInfinite(const std::optional<double> &latency)
{
    return latency.value_or(std::numeric_limits<double>::infinity());
}

bool better(const PickerRow &a, const PickerRow &b)
{
    if (a.usable != b.usable)
        return a.usable;
    const double left = orInfinite(a.roundTripMs ? a.roundTripMs : a.latencyMs);
    const double right = orInfinite(b.roundTripMs ? b.roundTripMs : b.latencyMs);
    if (left != right)
        return left < right;
    if (a.load != b.load)
        return a.load < b.load;
    return a.text.localeAwareCompare(b.text) < 0;
}

/// What the country has altogether: the nearest of its regions, the mean load of its nodes.
void sum(Country &country, const std::vector<const Place *> &places)
{
    double load = 0;
    int nodes = 0;
    for (const Place *place : places) {
        load += place->load * place->nodes;
        nodes += place->nodes;
        country.row.available += place->available;
        const bool counts = place->available > 0 || !country.row.latencyMs;
        if (counts && orInfinite(place->latencyMs) < orInfinite(country.row.latencyMs))
            country.row.latencyMs = place->latencyMs;
        if (place->available > 0)
            takeWay(country.row, *place);
    }
    country.row.nodes = nodes;
    country.row.load = nodes > 0 ? load / nodes : 0;
    country.row.usable = country.row.available > 0;
}

void judge(PickerRow &row, const Freshness &freshness)
{
    row.dated = freshness.dated;
    const bool whole = row.kind == Kind::Country;
    row.silent = !freshness.silentCountry.isEmpty() && row.country == freshness.silentCountry &&
                 (whole || row.region == freshness.silentRegion);
    if (row.silent && row.nodes <= 1) {
        row.roundTripMs.reset();
        row.latencyMs.reset();
    }
}

void mark(PickerRow &row, const Marked &marked)
{
    if (marked.here == Here::No || row.country != marked.country)
        return;
    if (row.kind == Kind::Country || row.region == marked.region)
        row.here = marked.here;
}

PickerRow regionRow(const Place &place, const PickerQuery &query)
{
    PickerRow row;
    row.kind = Kind::Region;
    row.country = place.country;
    row.region = place.region;
    row.text = place.region.isEmpty() ? RowTexts::tr("Elsewhere", "an exit without a region")
                                      : widgets::regionName(place.region, place.country);
    row.nodes = place.nodes;
    row.available = place.available;
    row.load = place.load;
    row.latencyMs = place.latencyMs;
    row.usable = place.available > 0;
    if (row.usable)
        takeWay(row, place);
    judge(row, query.freshness);
    mark(row, query.marked);
    row.below = stateOf(row);
    return row;
}

std::vector<Country> countriesOf(const std::vector<Place> &places, const PickerQuery &query,
                                 NameIndex &names)
{
    std::map<QString, std::vector<const Place *>> byCountry;
    for (const Place &place : places)
        byCountry[place.country].push_back(&place);
    std::vector<Country> countries;
    for (const auto &[code, parts] : byCountry) {
        Country country;
        country.row.country = code;
        const PlaceNames &known = names.of(code);
        country.row.text = known.local;
        sum(country, parts);
        judge(country.row, query.freshness);
        mark(country.row, query.marked);
        country.row.below =
            joined(known.native == known.local ? QString() : known.native, stateOf(country.row));
        country.row.favourite = query.favourites.contains(code);
        if (parts.size() > 1) {
            for (const Place *place : parts)
                country.regions.push_back(regionRow(*place, query));
            std::stable_sort(country.regions.begin(), country.regions.end(), better);
            country.row.foldable = true;
            country.row.open = query.open.contains(code);
        }
        countries.push_back(std::move(country));
    }
    std::stable_sort(countries.begin(), countries.end(),
                     [](const Country &a, const Country &b) { return better(a.row, b.row); });
    return countries;
}

PickerRow section(const QString &text)
{
    PickerRow row;
    row.kind = Kind::Section;
    row.text = text;
    row.usable = false;
    return row;
}

void addWithRegions(std::vector<PickerRow> &rows, const Country &country)
{
    rows.push_back(country.row);
    if (country.row.open)
        rows.insert(rows.end(), country.regions.begin(), country.regions.end());
}

void addChosen(std::vector<PickerRow> &rows, const QString &head, const QStringList &codes,
               const std::vector<Country> &countries, const PickerQuery &query, NameIndex &names)
{
    if (codes.isEmpty())
        return;
    rows.push_back(section(head));
    for (const QString &code : codes) {
        const auto found =
            std::find_if(countries.begin(), countries.end(),
                         [&code](const Country &each) { return each.row.country == code; });
        PickerRow row = found == countries.end() ? absent(code, names) : found->row;
        row.favourite = query.favourites.contains(code);
        // Regions fold out in the list of all, so that a row stands once with them.
        row.foldable = false;
        row.open = false;
        rows.push_back(row);
    }
}

/// 0: does not fit. A name that begins so comes before one that has it in the middle.
int fit(const QString &folded, const QString &search)
{
    if (folded.startsWith(search) || folded.contains(u'\n' + search))
        return 2;
    return folded.contains(search) ? 1 : 0;
}

std::vector<PickerRow> found(const std::vector<Country> &countries, const QString &search,
                             NameIndex &names)
{
    std::vector<PickerRow> first;
    std::vector<PickerRow> second;
    for (const Country &country : countries) {
        const int own = fit(names.of(country.row.country).folded, search);
        std::vector<PickerRow> regions;
        for (const PickerRow &region : country.regions) {
            if (fit(foldedForSearch(region.text + u'\n' + region.region), search) > 0)
                regions.push_back(region);
        }
        if (own == 0 && regions.empty())
            continue;
        std::vector<PickerRow> &rows = own == 2 ? first : second;
        Country shown = country;
        if (own == 0) {
            shown.regions = regions;
            shown.row.open = true;
        }
        addWithRegions(rows, shown);
    }
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

} // namespace

Freshness freshnessOf(LinkState link, const ClientView &view, bool refused, Milliseconds age)
{
    constexpr Milliseconds Old = 3 * DaemonLink::PlacesInterval;
    const bool lost = view.state == State::Reconnecting || view.state == State::Blocked;
    Freshness freshness;
    freshness.dated = link != LinkState::Up || refused || age > Old ||
                      (lost && view.problem != Problem::Lockdown);
    const bool gone = view.problem == Problem::NodeLost || view.problem == Problem::NodeOffline;
    if (link == LinkState::Up && lost && gone) {
        freshness.silentCountry = view.country;
        freshness.silentRegion = view.region;
    }
    return freshness;
}

Marked markedOf(LinkState link, const ClientView &view)
{
    if (link != LinkState::Up)
        return {};
    switch (view.state) {
    case State::Connected:
    case State::Reconnecting:
        return {view.state == State::Connected ? Here::Connected : Here::Wanted, view.country,
                view.region};
    case State::Connecting:
        return {Here::Wanted, view.request ? view.request->country : QString(), {}};
    case State::Disconnected:
    case State::Disconnecting:
    case State::Blocked:
        break;
    }
    return {};
}

QString roundTripText(const PickerRow &row)
{
    if (!row.roundTripMs)
        return QStringLiteral("\u2013");
    const QString figure = widgets::latencyText(*row.roundTripMs);
    return row.measured ? RowTexts::tr("%1 last time", "a round trip; %1: 31 ms").arg(figure)
                        : RowTexts::tr("about %1", "a round trip; %1: 34 ms").arg(figure);
}

QString fastestText()
{
    return RowTexts::tr("Fastest", "place to leave from");
}

QString fastestBelow()
{
    return RowTexts::tr("The server picks a free home");
}

const PlaceNames &NameIndex::of(const QString &country)
{
    const auto known = m_names.constFind(country);
    if (known != m_names.constEnd())
        return *known;
    PlaceNames names;
    names.native = widgets::nativeCountryName(country);
    names.local = widgets::countryName(country, m_locale);
    names.english = widgets::englishCountryName(country);
    names.folded = foldedForSearch(QStringList{names.native, names.local,
                                               widgets::longCountryName(country, m_locale),
                                               names.english, country}
                                       .join(u'\n'));
    return *m_names.insert(country, names);
}

QString foldedForSearch(const QString &text)
{
    const QString parted = text.normalized(QString::NormalizationForm_KD);
    QString folded;
    folded.reserve(parted.size());
    for (const QChar each : parted) {
        if (each.category() != QChar::Mark_NonSpacing)
            folded += each;
    }
    return folded.toCaseFolded();
}

std::vector<PickerRow> pickerRows(const std::vector<Place> &places, const PickerQuery &query,
                                  NameIndex &names)
{
    const std::vector<Country> countries = countriesOf(places, query, names);
    const QString search = foldedForSearch(query.search.simplified());
    if (!search.isEmpty())
        return found(countries, search, names);
    std::vector<PickerRow> rows;
    PickerRow fastest;
    fastest.kind = Kind::Fastest;
    fastest.text = fastestText();
    mark(fastest, query.marked);
    fastest.below = fastest.here == Here::No ? fastestBelow() : stateOf(fastest);
    fastest.usable = std::any_of(countries.begin(), countries.end(),
                                 [](const Country &each) { return each.row.usable; });
    rows.push_back(fastest);
    addChosen(rows, RowTexts::tr("Favourites"), query.favourites, countries, query, names);
    addChosen(rows, RowTexts::tr("Recent"), query.recents, countries, query, names);
    rows.push_back(section(RowTexts::tr("All countries")));
    for (const Country &country : countries)
        addWithRegions(rows, country);
    return rows;
}

} // namespace higgs::vpn
