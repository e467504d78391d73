// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/locations.h"

#include <algorithm>

namespace higgs::server {

namespace {

std::optional<std::string> listed(const std::string &region)
{
    return region.empty() ? std::nullopt : std::optional(region);
}

protocol::NodeSummary summaryOf(const RouteIndex::Member &member)
{
    const NodeFigures &figures = member.figures;
    protocol::NodeSummary summary;
    summary.nodeId = member.node->record.id;
    summary.country = member.node->record.country;
    summary.region = listed(RouteIndex::regionOf(member));
    summary.activeConnections = figures.sessions;
    summary.maxConnections = figures.places;
    summary.load = loadOf(figures.sessions, figures.places);
    summary.latency = figures.latency;
    summary.natType = figures.natType;
    return summary;
}

} // namespace

protocol::LocationsResponse locationsOf(const RouteIndex &index)
{
    protocol::LocationsResponse response;
    index.forEachPlace([&response](const RouteIndex::Place &place) {
        protocol::Location location;
        location.country = place.country;
        location.region = listed(place.region);
        location.nodes = static_cast<unsigned>(place.nodes);
        location.available = static_cast<unsigned>(place.available);
        location.load = place.load;
        location.latency = place.latency;
        response.locations.push_back(std::move(location));
    });
    return response;
}

protocol::NodesResponse nodesOf(const RouteIndex &index,
                                const std::optional<protocol::CountryCode> &country)
{
    std::vector<const RouteIndex::Member *> members;
    index.forEachIn(country, [&members](const auto &member) { members.push_back(&member); });
    std::sort(members.begin(), members.end(),
              [](const auto *a, const auto *b) { return a->node->record.id < b->node->record.id; });
    protocol::NodesResponse response;
    response.nodes.reserve(members.size());
    for (const RouteIndex::Member *member : members)
        response.nodes.push_back(summaryOf(*member));
    return response;
}

} // namespace higgs::server
