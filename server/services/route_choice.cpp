// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/route_choice.h"

#include "server/services/nat_pairs.h"

#include <algorithm>
#include <cmath>

namespace higgs::server {

namespace {

// A node in perfect condition has 60; what follows moves it. The weights say how much of another
// virtue one is worth: half a load weighs as much as the right region, or as a way of 67 ms.
constexpr double BaseScore = 60;
constexpr double RegionBonus = 20;
constexpr double DirectBonus = 3;
// Of an endless way; half of it at LatencyHalf. It grows slower and slower, as it is the ratio of
// two ways that is felt, but it never stops: a client that is far away itself has a choice, too.
constexpr double LatencyWeight = 80;
constexpr double LatencyHalf = 200;    // ms
constexpr double UnknownLatency = 100; // ms: better than a bad one, worse than a good one
constexpr double LoadWeight = 40;
// Tells apart nodes with many places, whose load says nothing for long: for each doubling of some
// few. It has no end either, or the best of nodes that are all beyond it would draw everybody.
constexpr double SessionWeight = 4;
// More came than the figures know of. Counted until the next ones show what they cost, so that a
// node that looked idle does not draw everybody between two heartbeats.
constexpr double ArrivalWeight = 5;
constexpr double LossPerPercent = 3;
constexpr double LossCap = 30;
constexpr double BandwidthBonus = 10; // reached at 1 Gbit/s for each
constexpr double DegradedPenalty = 25;
constexpr double FailurePenalty = 20;
constexpr double FailedSessionPenalty = 25; // half a minute of waiting is dearer than any way
constexpr double FailedSessionCap = 60;
constexpr double LinkLostPenalty = 60;
constexpr double ChanceSpread = 1;

double crowd(double weight, unsigned count)
{
    return weight * std::log2(1 + count / weight);
}

/// Of what one more guest may expect, if all want some at the same time.
double bandwidthBonus(const NodeFigures &figures)
{
    if (!figures.bandwidth)
        return 0;
    const double share = *figures.bandwidth / (figures.sessions + 1);
    return share <= 1 ? 0 : BandwidthBonus * std::min(1.0, std::log10(share) / 3);
}

double failurePenalty(const NodeFigures &figures, BootTime now)
{
    const double links = figures.failures.valueAt(now, NodeRegistry::FailureHalfLife);
    const double sessions =
        figures.failedSessions.valueAt(now, NodeRegistry::FailedSessionHalfLife);
    return links * FailurePenalty + std::min(FailedSessionCap, sessions * FailedSessionPenalty) +
           (figures.linkLost ? LinkLostPenalty : 0);
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

double loadOf(unsigned sessions, unsigned places)
{
    return std::min(1.0, static_cast<double>(sessions) / std::max(1U, places));
}

NodeFigures figuresOf(const Node &node, unsigned sessions)
{
    NodeFigures figures;
    figures.latency = node.metrics.latency;
    figures.bandwidth = bandwidthOf(node.record);
    figures.packetLoss = node.metrics.packetLoss.value_or(0);
    figures.failures = node.recentFailures;
    figures.failedSessions = node.failedSessions;
    figures.sessions = sessions;
    figures.places = node.record.maxConnections;
    figures.natType = node.record.natType;
    figures.degraded = node.reported == protocol::NodeStatus::Degraded;
    figures.linkLost = node.linkLost;
    return figures;
}

bool meetsFigures(const NodeFigures &figures, const protocol::RouteRequirements &wanted)
{
    if (wanted.minBandwidth && figures.bandwidth && *figures.bandwidth < *wanted.minBandwidth)
        return false;
    return !(wanted.maxLatency && figures.latency && *figures.latency > *wanted.maxLatency);
}

bool meetsRequirements(const Node &node, const protocol::RouteRequirements &wanted)
{
    const auto country = promisedCountry(wanted);
    return (!country || node.record.country == *country) &&
           meetsFigures(figuresOf(node, 0), wanted);
}

ScoreParts score(const NodeFigures &figures, const ScoreInput &input)
{
    ScoreParts parts;
    parts.base = BaseScore;
    parts.region = input.isWantedRegion ? RegionBonus : 0;
    parts.direct = directIsExpected(input.clientNat, figures.natType) ? DirectBonus : 0;
    parts.bandwidth = bandwidthBonus(figures);
    const double way =
        figures.latency.value_or(UnknownLatency) + static_cast<double>(input.clientLeg.count());
    parts.latency = -LatencyWeight * way / (way + LatencyHalf);
    parts.load = -LoadWeight * loadOf(figures.sessions, figures.places);
    parts.sessions =
        -crowd(SessionWeight, figures.sessions) - crowd(ArrivalWeight, figures.arrivals);
    parts.loss = -std::min(LossCap, figures.packetLoss * LossPerPercent);
    parts.degraded = figures.degraded ? -DegradedPenalty : 0;
    parts.failures = -failurePenalty(figures, input.now);
    parts.chance = input.chance * ChanceSpread;
    return parts;
}

int priorityOf(double score)
{
    return static_cast<int>(std::clamp(std::lround(score), 0L, 100L));
}

} // namespace higgs::server
