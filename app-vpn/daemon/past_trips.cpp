// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/daemon/past_trips.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace higgs::vpn {

using protocol::Json;

namespace {

constexpr double LongestTrip = 60'000;    // ms: beyond it, it is no round trip
constexpr std::size_t LongestRegion = 64; // as the schema has it
constexpr double Worthwhile = 0.1;        // a change that is worth a write

std::string textOf(const Json &object, const char *name)
{
    if (!object.is_object() || !object.contains(name) || !object.at(name).is_string())
        return {};
    return object.at(name).get<std::string>();
}

bool plausible(double milliseconds)
{
    return std::isfinite(milliseconds) && milliseconds >= 0 && milliseconds <= LongestTrip;
}

Json orNull(const std::optional<double> &value)
{
    return value ? Json(*value) : Json();
}

} // namespace

PastTrips PastTrips::fromJson(const Json &document)
{
    PastTrips past;
    if (!document.is_object() || !document.contains("places") || !document.at("places").is_array())
        return past;
    for (const Json &each : document.at("places")) {
        const std::string country = textOf(each, "country");
        const std::string region = textOf(each, "region");
        if (country.size() != 2 || region.size() > LongestRegion || !each.contains("ms") ||
            !each.at("ms").is_array())
            continue;
        for (const Json &figure : each.at("ms")) {
            if (figure.is_number() && plausible(figure.get<double>())) {
                past.m_session.clear();
                past.note({}, country, region, figure.get<double>());
            }
        }
    }
    past.m_last = {};
    return past;
}

Json PastTrips::toJson() const
{
    std::vector<std::pair<Key, Place>> places(m_places.begin(), m_places.end());
    // In the order of use, which reading them again restores.
    std::sort(places.begin(), places.end(),
              [](const auto &a, const auto &b) { return a.second.used < b.second.used; });
    Json list = Json::array();
    for (const auto &[key, place] : places)
        list.push_back(Json{
            {"country", key.first},
            {"region", key.second},
            {"ms", std::vector<double>(place.milliseconds.begin(), place.milliseconds.end())}});
    return Json{{"places", std::move(list)}};
}

PastTrips::Place &PastTrips::placeOf(const Key &key)
{
    if (m_places.size() >= MostPlaces && !m_places.contains(key))
        m_places.erase(
            std::min_element(m_places.begin(), m_places.end(), [](const auto &a, const auto &b) {
                return a.second.used < b.second.used;
            }));
    Place &place = m_places[key];
    place.used = ++m_clock;
    return place;
}

bool PastTrips::note(const std::string &session, const std::string &country,
                     const std::string &region, double milliseconds)
{
    if (country.empty() || !plausible(milliseconds))
        return false;
    const Key key{country, region};
    const bool goesOn = !session.empty() && session == m_session && key == m_last;
    Place &place = placeOf(key);
    m_session = session;
    m_last = key;
    if (goesOn && !place.milliseconds.empty()) {
        const double before = std::exchange(place.milliseconds.back(), milliseconds);
        return std::abs(before - milliseconds) > before * Worthwhile;
    }
    place.milliseconds.push_back(milliseconds);
    if (place.milliseconds.size() > MostSessions)
        place.milliseconds.pop_front();
    return true;
}

std::optional<double> PastTrips::of(const std::string &country, const std::string &region) const
{
    const auto found = m_places.find({country, region});
    if (found == m_places.end() || found->second.milliseconds.empty())
        return std::nullopt;
    std::vector<double> figures(found->second.milliseconds.begin(),
                                found->second.milliseconds.end());
    const auto middle = figures.begin() + static_cast<std::ptrdiff_t>(figures.size() / 2);
    std::nth_element(figures.begin(), middle, figures.end());
    return *middle;
}

Json placesJson(Json locations, std::optional<double> serverRttMs, const PastTrips &past)
{
    locations["serverRttMs"] = orNull(serverRttMs);
    for (Json &each : locations["locations"]) {
        const bool known =
            serverRttMs && each.contains("latency") && each.at("latency").is_number();
        each["estimateMs"] = known ? Json(each.at("latency").get<double>() + *serverRttMs) : Json();
        each["pastMs"] = orNull(past.of(textOf(each, "country"), textOf(each, "region")));
    }
    return locations;
}

} // namespace higgs::vpn
