// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/rest_locations.h"

#include "shared/protocol/field_reader.h"
#include "shared/protocol/field_writer.h"

namespace higgs::protocol {

// In the open namespace, not an unnamed one: the readers and writers of whole documents find these
// overloads by their argument's type, and that look-up does not see into an unnamed namespace.

static void readValue(const Json &json, const Place &place, Location &out)
{
    FieldReader reader(json, place);
    reader.required("country", out.country);
    reader.optional("region", out.region);
    reader.required("nodes", out.nodes);
    reader.required("available", out.available);
    reader.required("load", out.load);
    reader.optional("latency", out.latency);
}

static void readValue(const Json &json, const Place &place, NodeSummary &out)
{
    FieldReader reader(json, place);
    reader.required("nodeId", out.nodeId);
    reader.required("country", out.country);
    reader.optional("region", out.region);
    reader.required("load", out.load);
    reader.optional("latency", out.latency);
    reader.required("natType", out.natType);
    reader.required("activeConnections", out.activeConnections);
    reader.required("maxConnections", out.maxConnections);
}

static Json asJson(const Location &location)
{
    Json json = {{"country", asJson(location.country)},
                 {"nodes", location.nodes},
                 {"available", location.available},
                 {"load", location.load}};
    putNullable(json, "region", location.region);
    putNullable(json, "latency", location.latency);
    return json;
}

static Json asJson(const NodeSummary &node)
{
    Json json = {{"nodeId", asJson(node.nodeId)},
                 {"country", asJson(node.country)},
                 {"load", node.load},
                 {"natType", asJson(node.natType)},
                 {"activeConnections", node.activeConnections},
                 {"maxConnections", node.maxConnections}};
    putNullable(json, "region", node.region);
    putNullable(json, "latency", node.latency);
    return json;
}

Result<LocationsResponse> decodeLocationsResponse(const Json &json, Faults *faults)
{
    return decodeDocument<LocationsResponse>(
        json, faults, std::nullopt,
        [](const Json &document, const Place &place, LocationsResponse &out) {
            FieldReader(document, place).required("locations", out.locations);
        });
}

Result<NodesResponse> decodeNodesResponse(const Json &json, Faults *faults)
{
    return decodeDocument<NodesResponse>(
        json, faults, std::nullopt,
        [](const Json &document, const Place &place, NodesResponse &out) {
            FieldReader(document, place).required("nodes", out.nodes);
        });
}

Json toJson(const LocationsResponse &response)
{
    Json locations = Json::array();
    for (const Location &location : response.locations)
        locations.push_back(asJson(location));
    return {{"locations", std::move(locations)}};
}

Json toJson(const NodesResponse &response)
{
    Json nodes = Json::array();
    for (const NodeSummary &node : response.nodes)
        nodes.push_back(asJson(node));
    return {{"nodes", std::move(nodes)}};
}

} // namespace higgs::protocol
