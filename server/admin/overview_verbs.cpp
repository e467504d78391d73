// SPDX-License-Identifier: GPL-3.0-or-later
// The server at a glance: how it is, where its nodes are, which of them are used most, and by whose
// access keys. For `top` and the operator's page, which ask every few seconds.
#include "server/admin/admin_verbs.h"

#include <algorithm>

namespace higgs::server {

namespace {

using protocol::Json;

// What a screen has room for.
constexpr std::size_t MostNodes = 20;
constexpr std::size_t MostKeys = 20;

struct Country
{
    std::size_t nodes = 0;
    std::size_t available = 0;
};

Json countriesOf(const ServerState &state)
{
    std::map<protocol::CountryCode, Country> countries;
    state.routing.index().forEachPlace([&countries](const RouteIndex::Place &place) {
        Country &country = countries[place.country];
        country.nodes += place.nodes;
        country.available += place.available;
    });
    std::vector<std::pair<protocol::CountryCode, Country>> sorted(countries.begin(),
                                                                  countries.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto &a, const auto &b) { return a.second.nodes > b.second.nodes; });
    Json rows = Json::array();
    for (const auto &[code, country] : sorted)
        rows.push_back(
            {{"country", code.text()}, {"nodes", country.nodes}, {"available", country.available}});
    return rows;
}

using Counts = std::map<std::string, std::size_t>;

/// The largest first, `most` of them.
std::vector<std::pair<std::string, std::size_t>> largest(const Counts &counts, std::size_t most)
{
    std::vector<std::pair<std::string, std::size_t>> sorted(counts.begin(), counts.end());
    const std::size_t shown = std::min(most, sorted.size());
    std::partial_sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(shown),
                      sorted.end(), [](const auto &a, const auto &b) {
                          return a.second != b.second ? a.second > b.second : a.first < b.first;
                      });
    sorted.resize(shown);
    return sorted;
}

Json nodesOf(const ServerState &state, const Counts &sessions)
{
    Json rows = Json::array();
    for (const auto &[id, count] : largest(sessions, MostNodes)) {
        const auto parsed = NodeId::parse(id);
        const Node *node = parsed ? state.nodes.find(*parsed) : nullptr;
        if (node == nullptr)
            continue;
        rows.push_back({{"nodeId", id},
                        {"country", node->record.country.text()},
                        {"region", node->record.region},
                        {"online", node->online},
                        {"sessions", count},
                        {"places", node->record.maxConnections}});
    }
    return rows;
}

/// By the names that the operator gave; who came without a key has none.
Json keysOf(const ServerState &state, const Counts &sessions)
{
    std::map<std::string, std::string> names;
    for (const AccessKeyRecord &key : state.accessKeys.all())
        names.emplace(clientGroupOfKey(key.name), key.name);
    Counts named;
    for (const auto &[group, count] : sessions) {
        const auto found = names.find(group);
        named[found == names.end() ? std::string() : found->second] += count;
    }
    Json rows = Json::array();
    for (const auto &[name, count] : largest(named, MostKeys))
        rows.push_back({{"name", name}, {"sessions", count}});
    return rows;
}

void overview(const AdminScene &scene, const Json &params, AdminReply reply)
{
    if (!params.empty())
        return reply(unexpected(ErrorCode::InvalidArgument, "server.overview takes nothing"));
    const ServerState &state = *scene.live;
    Counts ofNodes;
    Counts ofKeys;
    state.sessions.forEach([&](const Session &session) {
        ++ofNodes[session.record.node.text()];
        ++ofKeys[std::string(keyPartOf(session.record.clientGroup))];
    });
    Json told = statusOf(scene);
    told["countries"] = countriesOf(state);
    told["busiestNodes"] = nodesOf(state, ofNodes);
    told["keysInUse"] = keysOf(state, ofKeys);
    reply(told);
}

constexpr AdminVerb Verbs[] = {
    {"server.overview", overview, true},
};

} // namespace

std::span<const AdminVerb> overviewVerbs()
{
    return Verbs;
}

} // namespace higgs::server
