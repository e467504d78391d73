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

/// A node to be sorted, without a look at it where the beginning of its id decides.
struct Row
{
    std::uint64_t beginning;
    const RouteIndex::Member *member;
};

/// Ordered as the text is.
std::uint64_t beginningOf(const NodeId &id)
{
    std::uint64_t beginning = 0;
    for (std::size_t i = 0; i < sizeof beginning; ++i)
        beginning = beginning << 8U | static_cast<unsigned char>(id.text()[i]);
    return beginning;
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
    std::vector<Row> rows;
    index.forEachIn(country, [&rows](const auto &member) {
        rows.push_back({beginningOf(member.node->record.id), &member});
    });
    std::sort(rows.begin(), rows.end(), [](const Row &a, const Row &b) {
        return a.beginning != b.beginning ? a.beginning < b.beginning
                                          : a.member->node->record.id < b.member->node->record.id;
    });
    protocol::NodesResponse response;
    response.nodes.reserve(rows.size());
    for (const Row &row : rows)
        response.nodes.push_back(summaryOf(*row.member));
    return response;
}

} // namespace higgs::server
