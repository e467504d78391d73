// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/server_fleet.h"

#include "shared/protocol/relay_endpoint.h"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace higgs {

namespace {

template <typename T>
bool parseWhole(const std::string &text, T &number)
{
    const char *const end = text.data() + text.size();
    return std::from_chars(text.data(), end, number).ptr == end && !text.empty();
}

} // namespace

std::vector<ServerPlace> ServerFleet::others() const
{
    std::vector<ServerPlace> places;
    for (const Other &each : m_others)
        places.push_back(each.place);
    return places;
}

std::vector<ServerPlace> ServerFleet::all() const
{
    std::vector<ServerPlace> places = others();
    places.insert(places.begin(), m_entry);
    return places;
}

bool ServerFleet::told(WallTime now, const std::vector<protocol::RelayServer> &named)
{
    std::vector<Other> good;
    const std::size_t looked = std::min(named.size(), MostNamed);
    for (std::size_t i = 0; i < looked; ++i) {
        const protocol::RelayServer &each = named[i];
        if (each.port != 0 && each.protocol == "websocket" && protocol::isHostText(each.host))
            good.push_back({{each.host, each.port}, now});
    }
    if (named.size() < 2)
        return false; // it alone, by whatever name
    std::vector<ServerPlace> before = others();
    keep(now, std::move(good));
    std::vector<ServerPlace> after = others();
    std::sort(before.begin(), before.end()); // each names itself first
    std::sort(after.begin(), after.end());
    return before != after;
}

void ServerFleet::keep(WallTime now, std::vector<Other> named)
{
    named.insert(named.end(), m_others.begin(), m_others.end());
    m_others.clear();
    for (Other &each : named) {
        const bool known =
            each.place == m_entry ||
            std::any_of(m_others.begin(), m_others.end(),
                        [&each](const Other &other) { return other.place == each.place; });
        if (!known && m_others.size() < MostOthers && now < each.namedAt + Forgotten)
            m_others.push_back(std::move(each));
    }
}

void ServerFleet::failed(Monotonic now, const ServerPlace &place)
{
    std::erase_if(m_failures,
                  [now](const auto &failure) { return now - failure.second >= FailureMemory; });
    if (m_failures.size() >= MostFailures)
        m_failures.erase(std::min_element(
            m_failures.begin(), m_failures.end(),
            [](const auto &one, const auto &other) { return one.second < other.second; }));
    m_failures[place] = now;
}

bool ServerFleet::failedLately(Monotonic now, const ServerPlace &place) const
{
    const auto failure = m_failures.find(place);
    return failure != m_failures.end() && now - failure->second < FailureMemory;
}

ServerPlace ServerFleet::choose(Monotonic now, const ServerPlace &preferred, const Usable &usable,
                                std::size_t turn) const
{
    if (m_others.empty() || !failedLately(now, preferred))
        return preferred;
    std::vector<ServerPlace> places = all();
    std::rotate(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(turn % places.size()),
                places.end());
    ServerPlace oldest = preferred;
    Monotonic oldestAt = m_failures.at(preferred);
    for (const ServerPlace &each : places) {
        if (each == preferred || !usable(each))
            continue;
        if (!failedLately(now, each))
            return each;
        if (m_failures.at(each) < oldestAt) {
            oldest = each;
            oldestAt = m_failures.at(each);
        }
    }
    return oldest;
}

bool ServerFleet::hasAnother(Monotonic now, const ServerPlace &place, const Usable &usable) const
{
    if (m_others.empty())
        return false;
    const std::vector<ServerPlace> places = all();
    return std::any_of(places.begin(), places.end(), [&](const ServerPlace &each) {
        return each != place && !failedLately(now, each) && usable(each);
    });
}

std::string ServerFleet::text() const
{
    std::string text = m_entry.host + " " + std::to_string(m_entry.port) + " 0\n";
    for (const Other &each : m_others)
        text += each.place.host + " " + std::to_string(each.place.port) + " " +
                std::to_string(each.namedAt.ms) + "\n";
    return text;
}

void ServerFleet::read(WallTime now, std::string_view text)
{
    std::istringstream lines{std::string(text)};
    std::string line;
    std::vector<Other> found;
    bool first = true;
    while (std::getline(lines, line) && found.size() < MostNamed) {
        std::istringstream words(line);
        std::string host;
        std::string port;
        std::string at;
        words >> host >> port >> at;
        Other other;
        const bool good = protocol::isHostText(host) && parseWhole(port, other.place.port) &&
                          other.place.port != 0 && parseWhole(at, other.namedAt.ms);
        other.place.host = std::move(host);
        if (first && (!good || other.place != m_entry))
            return; // another server's
        if (good && !std::exchange(first, false)) {
            other.namedAt = std::min(other.namedAt, now); // a clock that was wrong
            found.push_back(std::move(other));
        }
    }
    keep(now, std::move(found));
}

} // namespace higgs
