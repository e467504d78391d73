// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/locations.h"

#include "server/services/route_choice.h"

#include <algorithm>
#include <map>

namespace higgs::server {

namespace {

struct Place
{
    unsigned nodes = 0;
    unsigned available = 0;
    double places = 0;
    double used = 0;
    std::vector<double> latencies;
};

std::optional<double> median(std::vector<double> values)
{
    if (values.empty())
        return std::nullopt;
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    if (values.size() % 2 == 1)
        return values[middle];
    return (values[middle - 1] + values[middle]) / 2;
}

/// What can be asked for: a database of an earlier version may hold other texts.
std::string regionOf(const NodeRecord &record)
{
    const Result<std::string> region = protocol::parseRegion(record.region, record.country);
    return region ? *region : std::string();
}

std::optional<std::string> listed(std::string region)
{
    return region.empty() ? std::nullopt : std::optional(std::move(region));
}

} // namespace

protocol::LocationsResponse locationsOf(const NodeRegistry &nodes, const SessionTable &sessions)
{
    std::map<std::pair<protocol::CountryCode, std::string>, Place> places;
    nodes.forEach([&](const Node &node) {
        if (!node.isOffered())
            return;
        Place &place = places[{node.record.country, regionOf(node.record)}];
        const unsigned live = sessions.countOf(node.record.id);
        ++place.nodes;
        place.available += live < node.record.maxConnections ? 1U : 0U;
        place.places += node.record.maxConnections;
        place.used += live;
        if (node.metrics.latency)
            place.latencies.push_back(*node.metrics.latency);
    });
    protocol::LocationsResponse response;
    for (auto &[where, place] : places) {
        protocol::Location location;
        location.country = where.first;
        location.region = listed(where.second);
        location.nodes = place.nodes;
        location.available = place.available;
        location.load = place.places > 0 ? std::min(1.0, place.used / place.places) : 0;
        location.latency = median(std::move(place.latencies));
        response.locations.push_back(std::move(location));
    }
    return response;
}

protocol::NodesResponse nodesOf(const NodeRegistry &nodes, const SessionTable &sessions,
                                const std::optional<protocol::CountryCode> &country)
{
    protocol::NodesResponse response;
    nodes.forEach([&](const Node &node) {
        if (!node.isOffered() || (country && node.record.country != *country))
            return;
        protocol::NodeSummary summary;
        summary.nodeId = node.record.id;
        summary.country = node.record.country;
        summary.region = listed(regionOf(node.record));
        summary.activeConnections = sessions.countOf(node.record.id);
        summary.maxConnections = node.record.maxConnections;
        summary.load = loadOf(node, summary.activeConnections);
        summary.latency = node.metrics.latency;
        summary.natType = node.record.natType;
        response.nodes.push_back(std::move(summary));
    });
    std::sort(response.nodes.begin(), response.nodes.end(),
              [](const auto &a, const auto &b) { return a.nodeId < b.nodeId; });
    return response;
}

} // namespace higgs::server
