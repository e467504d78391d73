// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/rest_routing.h"

#include "shared/protocol/field_reader.h"
#include "shared/protocol/field_writer.h"

namespace higgs::protocol {

// In the open namespace, not an unnamed one: the readers and writers of whole documents find these
// overloads by their argument's type, and that look-up does not see into an unnamed namespace.

static void readValue(const Json &json, const Place &place, RouteRequirements &out)
{
    FieldReader reader(json, place);
    reader.optional("minBandwidth", out.minBandwidth);
    reader.optional("maxLatency", out.maxLatency);
    reader.optional("preferredLocation", out.preferredLocation);
    reader.optional("preferredCountry", out.preferredCountry);
    reader.optional("via", out.via);
    const bool both = out.preferredLocation && out.preferredCountry;
    if (both && !out.preferredLocation->country.isNull() && !out.preferredCountry->isNull() &&
        out.preferredLocation->country != *out.preferredCountry)
        reader.at("preferredLocation").fault("must be inside preferredCountry");
}

static void readValue(const Json &json, const Place &place, ClientNetworkInfo &out)
{
    FieldReader reader(json, place);
    reader.optional("ipv4", out.ipv4);
    reader.optional("ipv6", out.ipv6);
    reader.optional("natType", out.natType);
    reader.optional("stunMappedAddress", out.stunMappedAddress);
    if (out.ipv4 && !out.ipv4->isNull() && !out.ipv4->isV4())
        reader.at("ipv4").fault("must be an IPv4 address");
    if (out.ipv6 && !out.ipv6->isNull() && !out.ipv6->isV6())
        reader.at("ipv6").fault("must be an IPv6 address");
}

static void readValue(const Json &json, const Place &place, Route &out)
{
    FieldReader reader(json, place);
    reader.required("id", out.id);
    reader.required("type", out.type);
    reader.required("path", out.path);
    reader.required("estimatedLatency", out.estimatedLatency);
    reader.required("estimatedBandwidth", out.estimatedBandwidth);
    reader.required("cost", out.cost);
    reader.required("priority", out.priority);
}

static void readValue(const Json &json, const Place &place, WireguardConfig &out)
{
    constexpr int MinMtu = 1280; // IPv6 needs it (RFC 8200 section 5)
    constexpr int MaxMtu = 65455;
    constexpr Seconds LongestKeepalive{65535}; // WireGuard has 16 bits for it
    FieldReader reader(json, place);
    reader.required("publicKey", out.publicKey);
    reader.required("address", out.address);
    reader.required("addressV6", out.addressV6);
    reader.required("dns", out.dns);
    reader.required("allowedIps", out.allowedIps);
    reader.optional("endpoint", out.endpoint);
    reader.required("persistentKeepalive", out.persistentKeepalive);
    reader.required("mtu", out.mtu);
    if (reader.find("address") && (!out.address.address.isV4() || out.address.length != 32))
        reader.at("address").fault("must be an IPv4 address with /32");
    if (reader.find("addressV6") && (!out.addressV6.address.isV6() || out.addressV6.length != 128))
        reader.at("addressV6").fault("must be an IPv6 address with /128");
    if (out.persistentKeepalive > LongestKeepalive)
        reader.at("persistentKeepalive").fault("must be from 0 to 65535");
    if (reader.find("mtu") && (out.mtu < MinMtu || out.mtu > MaxMtu))
        reader.at("mtu").fault("must be from 1280 to 65455");
}

static void readValue(const Json &json, const Place &place, NodeEndpoint &out)
{
    FieldReader reader(json, place);
    reader.required("nodeId", out.nodeId);
    reader.required("wireguardConfig", out.wireguardConfig);
    reader.required("directConnection", out.directConnection);
}

static void readValue(const Json &json, const Place &place, SelectedRoute &out)
{
    FieldReader reader(json, place);
    reader.required("id", out.id);
    reader.required("relayEndpoint", out.relayEndpoint);
    reader.required("nodeEndpoint", out.nodeEndpoint);
    reader.required("sessionToken", out.sessionToken);
    reader.required("expiresAt", out.expiresAt);
    reader.optional("turnConfig", out.turnConfig);
}

static Json asJson(const RouteRequirements &requirements)
{
    Json json = Json::object();
    putOptional(json, "minBandwidth", requirements.minBandwidth);
    putOptional(json, "maxLatency", requirements.maxLatency);
    putOptional(json, "preferredLocation", requirements.preferredLocation);
    putOptional(json, "preferredCountry", requirements.preferredCountry);
    putOptional(json, "via", requirements.via);
    return json;
}

static Json asJson(const ClientNetworkInfo &info)
{
    Json json = {{"natType", asJson(info.natType)}};
    putNullable(json, "ipv4", info.ipv4);
    putOptional(json, "ipv6", info.ipv6);
    putNullable(json, "stunMappedAddress", info.stunMappedAddress);
    return json;
}

static Json asJson(const Route &route)
{
    return {{"id", asJson(route.id)},
            {"type", asJson(route.type)},
            {"path", asJson(route.path)},
            {"estimatedLatency", route.estimatedLatency},
            {"estimatedBandwidth", route.estimatedBandwidth},
            {"cost", route.cost},
            {"priority", route.priority}};
}

static Json asJson(const WireguardConfig &config)
{
    Json json = {{"publicKey", asJson(config.publicKey)},
                 {"address", asJson(config.address)},
                 {"addressV6", asJson(config.addressV6)},
                 {"dns", asJson(config.dns)},
                 {"allowedIps", asJson(config.allowedIps)},
                 {"persistentKeepalive", asJson(config.persistentKeepalive)},
                 {"mtu", config.mtu}};
    putNullable(json, "endpoint", config.endpoint);
    return json;
}

static Json asJson(const SelectedRoute &route)
{
    Json json = {{"id", asJson(route.id)},
                 {"relayEndpoint", asJson(route.relayEndpoint)},
                 {"nodeEndpoint",
                  {{"nodeId", asJson(route.nodeEndpoint.nodeId)},
                   {"wireguardConfig", asJson(route.nodeEndpoint.wireguardConfig)},
                   {"directConnection", route.nodeEndpoint.directConnection}}},
                 {"sessionToken", asJson(route.sessionToken)},
                 {"expiresAt", asJson(route.expiresAt)}};
    if (route.turnConfig)
        json["turnConfig"] = toJson(*route.turnConfig);
    return json;
}

Result<RoutingRequest> decodeRoutingRequest(const Json &json, Faults *faults)
{
    return decodeDocument<RoutingRequest>(
        json, faults, SchemaName::RoutingRequest,
        [](const Json &document, const Place &place, RoutingRequest &out) {
            FieldReader reader(document, place);
            reader.required("clientId", out.clientId);
            reader.optional("targetNodeId", out.targetNodeId);
            reader.optional("requirements", out.requirements);
            reader.optional("clientNetworkInfo", out.clientNetworkInfo);
            reader.optional("clientPublicKey", out.clientPublicKey);
        });
}

Json toJson(const RoutingRequest &request)
{
    Json json = {{"clientId", asJson(request.clientId)},
                 {"requirements", asJson(request.requirements)}};
    putOptional(json, "targetNodeId", request.targetNodeId);
    putOptional(json, "clientPublicKey", request.clientPublicKey);
    if (request.clientNetworkInfo)
        json["clientNetworkInfo"] = asJson(*request.clientNetworkInfo);
    return json;
}

Result<RoutingResponse> decodeRoutingResponse(const Json &json, Faults *faults)
{
    return decodeDocument<RoutingResponse>(
        json, faults, std::nullopt,
        [](const Json &document, const Place &place, RoutingResponse &out) {
            FieldReader reader(document, place);
            reader.required("routes", out.routes);
            reader.required("selectedRoute", out.selectedRoute);
        });
}

Json toJson(const RoutingResponse &response)
{
    Json routes = Json::array();
    for (const Route &route : response.routes)
        routes.push_back(asJson(route));
    return {{"routes", std::move(routes)}, {"selectedRoute", asJson(response.selectedRoute)}};
}

Result<RenewResponse> decodeRenewResponse(const Json &json, Faults *faults)
{
    return decodeDocument<RenewResponse>(
        json, faults, std::nullopt,
        [](const Json &document, const Place &place, RenewResponse &out) {
            FieldReader reader(document, place);
            reader.required("sessionId", out.sessionId);
            reader.required("expiresAt", out.expiresAt);
        });
}

Json toJson(const RenewResponse &response)
{
    return {{"sessionId", asJson(response.sessionId)}, {"expiresAt", asJson(response.expiresAt)}};
}

} // namespace higgs::protocol
