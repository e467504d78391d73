// SPDX-License-Identifier: GPL-3.0-or-later
// The country picker: where there are nodes, and what a client may know of them (WIRE.md).
#pragma once

#include "shared/protocol/rest_nodes.h"

namespace higgs::protocol {

struct Location
{
    CountryCode country;
    std::optional<std::string> region;
    unsigned nodes = 0;
    unsigned available = 0;        ///< nodes with a free place
    double load = 0;               ///< 0..1
    std::optional<double> latency; ///< ms, median

    friend bool operator==(const Location &, const Location &) = default;
};

struct LocationsResponse
{
    std::vector<Location> locations;

    friend bool operator==(const LocationsResponse &, const LocationsResponse &) = default;
};

struct NodeSummary
{
    NodeId nodeId;
    CountryCode country;
    std::optional<std::string> region;
    double load = 0;               ///< 0..1
    std::optional<double> latency; ///< ms
    NatType natType = NatType::Unknown;
    unsigned activeConnections = 0;
    unsigned maxConnections = 0;

    friend bool operator==(const NodeSummary &, const NodeSummary &) = default;
};

struct NodesResponse
{
    std::vector<NodeSummary> nodes;

    friend bool operator==(const NodesResponse &, const NodesResponse &) = default;
};

Result<LocationsResponse> decodeLocationsResponse(const Json &json, Faults *faults = nullptr);
Result<NodesResponse> decodeNodesResponse(const Json &json, Faults *faults = nullptr);

Json toJson(const LocationsResponse &response);
Json toJson(const NodesResponse &response);

/// The same as text, without a document in between: these grow with the number of nodes.
std::string textOf(const LocationsResponse &response);
std::string textOf(const NodesResponse &response);

} // namespace higgs::protocol
