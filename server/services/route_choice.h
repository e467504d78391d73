// SPDX-License-Identifier: GPL-3.0-or-later
// Which node a client is sent to: the filters, which are promises, and the score, which is taste.
#pragma once

#include "server/services/node_registry.h"

namespace higgs::server {

/// The country that the exit must be in, if the client said one: preferredCountry, else that of
/// preferredLocation.
std::optional<protocol::CountryCode> promisedCountry(const protocol::RouteRequirements &wanted);

/// What filters and score look at, in one place: a decision weighs dozens of nodes.
struct NodeFigures
{
    std::optional<double> latency;   ///< ms, between server and node, as it reported
    std::optional<double> bandwidth; ///< Mbit/s, the lower of up and down
    double packetLoss = 0;           ///< percent
    RecentCount failures;
    RecentCount failedSessions;
    unsigned sessions = 0; ///< the server's own count
    unsigned places = 1;
    /// Sessions that came after the figures: those tell nothing of what they cost.
    unsigned arrivals = 0;
    protocol::NatType natType = protocol::NatType::Unknown;
    bool degraded = false;
    bool linkLost = false;
};

NodeFigures figuresOf(const Node &node, unsigned sessions);

/// minBandwidth and maxLatency; a node that reported no figure passes.
bool meetsFigures(const NodeFigures &figures, const protocol::RouteRequirements &wanted);

/// The same and the promised country. Looks neither at load nor at whether the node is online.
bool meetsRequirements(const Node &node, const protocol::RouteRequirements &wanted);

/// The lower of up and down, Mbit/s.
std::optional<double> bandwidthOf(const NodeRecord &node);

/// 0..1: the server's own count of sessions against the node's places.
double loadOf(unsigned sessions, unsigned places);

/// Who asks, and how a node suits him.
struct ScoreInput
{
    BootTime now;
    bool isWantedRegion = false;
    protocol::NatType clientNat = protocol::NatType::Unknown;
    Milliseconds clientLeg{0}; ///< the round trip between client and server
    double chance = 0;         ///< [0, 1), random: spreads clients over equal nodes
};

/// What makes a score: each part is added. Higher is better.
struct ScoreParts
{
    double base = 0;
    double region = 0;
    double direct = 0;
    double bandwidth = 0; ///< that is left for one more
    double latency = 0;   ///< of both legs
    double load = 0;
    double sessions = 0; ///< their number, and those that came after the figures
    double loss = 0;
    double degraded = 0;
    double failures = 0; ///< of its link, and of clients that came in vain
    double chance = 0;

    [[nodiscard]] double total() const
    {
        return base + region + direct + bandwidth + latency + load + sessions + loss + degraded +
               failures + chance;
    }
};

ScoreParts score(const NodeFigures &figures, const ScoreInput &input);

/// What a client may expect of a route.
struct Estimate
{
    double latency = 100;  ///< ms, from the client through the server to the node
    double bandwidth = 10; ///< Mbit/s
};

struct ScoredRoute
{
    NodeId node;
    protocol::RouteType type = protocol::RouteType::Relay;
    double score = 0;
    Estimate expected = {};
};

/// A score as the wire's integer priority, 0..100.
int priorityOf(double score);

} // namespace higgs::server
