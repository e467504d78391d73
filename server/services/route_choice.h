// SPDX-License-Identifier: GPL-3.0-or-later
// Which node a client is sent to: the filters, which are promises, and the score, which is taste.
#pragma once

#include "server/services/node_registry.h"

namespace higgs::server {

/// The country that the exit must be in, if the client said one: preferredCountry, else that of
/// preferredLocation.
std::optional<protocol::CountryCode> promisedCountry(const protocol::RouteRequirements &wanted);

/// Country, minBandwidth and maxLatency; a node that reported no figure passes. Does not look at
/// load or at whether the node is online.
bool meetsRequirements(const Node &node, const protocol::RouteRequirements &wanted);

/// The lower of up and down, Mbit/s.
std::optional<double> bandwidthOf(const NodeRecord &node);

/// 0..1: the server's own count of sessions against the node's places.
double loadOf(const Node &node, unsigned sessions);

struct ScoredRoute
{
    NodeId node;
    protocol::RouteType type = protocol::RouteType::Relay;
    double score = 0;
};

struct ScoreInput
{
    const Node *node = nullptr;
    unsigned sessions = 0;
    double jitter = 0; ///< [0, 1), random: spreads clients over equal nodes
};

/// Higher is better. Region match, latency, load, loss, bandwidth, degradation, recent failures.
ScoredRoute score(BootTime now, const ScoreInput &input, const protocol::RouteRequirements &wanted,
                  protocol::NatType clientNat);

/// Best first, at most `limit`.
std::vector<ScoredRoute> bestRoutes(std::vector<ScoredRoute> routes, std::size_t limit);

/// A score as the wire's integer priority, 0..100.
int priorityOf(double score);

} // namespace higgs::server
