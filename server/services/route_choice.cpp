// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/route_choice.h"

#include "server/services/nat_pairs.h"

#include <algorithm>
#include <cmath>

namespace higgs::server {

namespace {

// A node in perfect condition has 60; what follows moves it. The weights say how much of another
// virtue one is worth: 100 ms of latency weigh as much as half a load, or the right region.
constexpr double BaseScore = 60;
constexpr double RegionBonus = 20;
constexpr double DirectBonus = 3;
constexpr double LatencyPerMs = 0.2;
constexpr double LatencyCap = 40;
constexpr double UnknownLatency = 100; // ms: better than a bad one, worse than a good one
constexpr double LoadWeight = 40;
constexpr double SessionWeight = 0.5; // tells apart nodes with many places
constexpr double SessionCap = 10;
constexpr double LossPerPercent = 3;
constexpr double LossCap = 30;
constexpr double BandwidthBonus = 10; // reached at 1 Gbit/s
constexpr double DegradedPenalty = 25;
constexpr double FailurePenalty = 20;
constexpr double LinkLostPenalty = 60;
constexpr double JitterSpread = 1;

double bandwidthBonus(const NodeRecord &record)
{
    const auto bandwidth = bandwidthOf(record);
    if (!bandwidth || *bandwidth <= 1)
        return 0;
    return BandwidthBonus * std::min(1.0, std::log10(*bandwidth) / 3);
}

} // namespace

std::optional<protocol::CountryCode> promisedCountry(const protocol::RouteRequirements &wanted)
{
    if (wanted.preferredCountry)
        return wanted.preferredCountry;
    if (wanted.preferredLocation)
        return wanted.preferredLocation->country;
    return std::nullopt;
}

std::optional<double> bandwidthOf(const NodeRecord &node)
{
    if (!node.bandwidthUp || !node.bandwidthDown)
        return std::nullopt;
    return std::min(*node.bandwidthUp, *node.bandwidthDown);
}

double loadOf(const Node &node, unsigned sessions)
{
    return std::min(1.0, static_cast<double>(sessions) / std::max(1U, node.record.maxConnections));
}

bool meetsRequirements(const Node &node, const protocol::RouteRequirements &wanted)
{
    const auto country = promisedCountry(wanted);
    if (country && node.record.country != *country)
        return false;
    const auto bandwidth = bandwidthOf(node.record);
    if (wanted.minBandwidth && bandwidth && *bandwidth < *wanted.minBandwidth)
        return false;
    const auto &latency = node.metrics.latency;
    return !(wanted.maxLatency && latency && *latency > *wanted.maxLatency);
}

ScoredRoute score(BootTime now, const ScoreInput &input, const protocol::RouteRequirements &wanted,
                  protocol::NatType clientNat)
{
    const Node &node = *input.node;
    ScoredRoute route;
    route.node = node.record.id;
    const bool direct = directIsExpected(clientNat, node.record.natType);
    route.type = direct ? protocol::RouteType::Direct : protocol::RouteType::Relay;
    double value = BaseScore + (direct ? DirectBonus : 0) + bandwidthBonus(node.record);
    if (wanted.preferredLocation && wanted.preferredLocation->text == node.record.region)
        value += RegionBonus;
    value -= std::min(LatencyCap, node.metrics.latency.value_or(UnknownLatency) * LatencyPerMs);
    value -= loadOf(node, input.sessions) * LoadWeight;
    value -= std::min(SessionCap, input.sessions * SessionWeight);
    value -= std::min(LossCap, node.metrics.packetLoss.value_or(0) * LossPerPercent);
    value -= node.failuresAt(now) * FailurePenalty;
    if (node.reported == protocol::NodeStatus::Degraded)
        value -= DegradedPenalty;
    if (node.linkLost)
        value -= LinkLostPenalty;
    route.score = value + input.jitter * JitterSpread;
    return route;
}

std::vector<ScoredRoute> bestRoutes(std::vector<ScoredRoute> routes, std::size_t limit)
{
    const std::size_t kept = std::min(limit, routes.size());
    std::partial_sort(routes.begin(), routes.begin() + static_cast<std::ptrdiff_t>(kept),
                      routes.end(), [](const ScoredRoute &a, const ScoredRoute &b) {
                          return a.score != b.score ? a.score > b.score : a.node < b.node;
                      });
    routes.resize(kept);
    return routes;
}

int priorityOf(double score)
{
    return static_cast<int>(std::clamp(std::lround(score), 0L, 100L));
}

} // namespace higgs::server
