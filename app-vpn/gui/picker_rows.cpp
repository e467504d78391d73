// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/picker_rows.h"

#include "shared/widgets/country_names.h"

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
    return RowTexts::tr("All exits taken");
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
    row.text = names.of(code).native;
    const PlaceNames &known = names.of(code);
    row.below = joined(known.local == known.native ? QString() : known.local,
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
    if (orInfinite(a.latencyMs) != orInfinite(b.latencyMs))
        return orInfinite(a.latencyMs) < orInfinite(b.latencyMs);
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
    }
    country.row.load = nodes > 0 ? load / nodes : 0;
    country.row.usable = country.row.available > 0;
}

PickerRow regionRow(const Place &place)
{
    PickerRow row;
    row.kind = Kind::Region;
    row.country = place.country;
    row.region = place.region;
    row.text = place.region.isEmpty() ? RowTexts::tr("Elsewhere", "an exit without a region")
                                      : widgets::regionName(place.region, place.country);
    row.available = place.available;
    row.load = place.load;
    row.latencyMs = place.latencyMs;
    row.usable = place.available > 0;
    row.below = row.usable ? QString() : unavailable();
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
        country.row.text = names.of(code).native;
        sum(country, parts);
        const QString &local = names.of(code).local;
        country.row.below = local != country.row.text ? local : QString();
        if (!country.row.usable)
            country.row.below = joined(country.row.below, unavailable());
        country.row.favourite = query.favourites.contains(code);
        if (parts.size() > 1) {
            for (const Place *place : parts)
                country.regions.push_back(regionRow(*place));
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

const PlaceNames &NameIndex::of(const QString &country)
{
    const auto known = m_names.constFind(country);
    if (known != m_names.constEnd())
        return *known;
    PlaceNames names;
    names.native = widgets::nativeCountryName(country);
    names.local = widgets::countryName(country, m_locale);
    names.english = widgets::englishCountryName(country);
    names.folded = foldedForSearch(names.native + u'\n' + names.local + u'\n' + names.english +
                                   u'\n' + country);
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
    fastest.text = RowTexts::tr("Fastest place");
    fastest.below = RowTexts::tr("Nearest free exit");
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
