// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/rest_nodes.h"

#include "shared/protocol/field_writer.h"
#include "shared/protocol/session_codec.h"

#include <algorithm>

namespace higgs::protocol {

// In the open namespace, not an unnamed one: the readers and writers of whole documents find these
// overloads by their argument's type, and that look-up does not see into an unnamed namespace.

static void readValue(const Json &json, const Place &place, NetworkInfo &out)
{
    FieldReader reader(json, place);
    reader.optional("ipv4", out.ipv4);
    reader.optional("ipv6", out.ipv6);
    reader.required("natType", out.natType);
    reader.optional("stunMappedAddress", out.stunMappedAddress);
    reader.required("localPort", out.localPort);
    if (out.ipv4 && !out.ipv4->isNull() && !out.ipv4->isV4())
        reader.at("ipv4").fault("must be an IPv4 address");
    if (out.ipv6 && !out.ipv6->isNull() && !out.ipv6->isV6())
        reader.at("ipv6").fault("must be an IPv6 address");
}

static void readValue(const Json &json, const Place &place, Capabilities &out)
{
    FieldReader reader(json, place);
    reader.required("maxConnections", out.maxConnections);
    reader.optional("bandwidth", out.bandwidth);
    reader.optional("routing", out.routing);
    reader.optional("natting", out.natting);
}

static void readValue(const Json &json, const Place &place, Coordinates &out)
{
    if (!json.is_array() || json.size() != 2) {
        place.fault("must be [latitude, longitude]");
        return;
    }
    readValue(json[0], place.element(0), out.latitude);
    readValue(json[1], place.element(1), out.longitude);
}

static void readValue(const Json &json, const Place &place, NodeLocation &out)
{
    FieldReader reader(json, place);
    reader.required("country", out.country);
    reader.optional("region", out.region);
    reader.optional("coordinates", out.coordinates);
    if (!out.region || out.country.isNull())
        return;
    if (const Result<std::string> region = parseRegion(*out.region, out.country))
        out.region = *region;
    else
        reader.at("region").fault("must be an assigned region of that country, as US-CA");
}

static void readValue(const Json &json, const Place &place, Metrics &out)
{
    FieldReader reader(json, place);
    reader.optional("latency", out.latency);
    reader.optional("jitter", out.jitter);
    reader.optional("packetLoss", out.packetLoss);
    reader.optional("cpuUsage", out.cpuUsage);
    reader.optional("memoryUsage", out.memoryUsage);
    reader.optional("activeConnections", out.activeConnections);
    reader.optional("bandwidth", out.bandwidth);
}

static void readValue(const Json &json, const Place &place, RegistrationProof &out)
{
    FieldReader reader(json, place);
    reader.required("timestamp", out.timestamp);
    std::string mac;
    reader.required("mac", mac);
    const Result<Bytes> bytes = fromBase64(mac);
    if (bytes && bytes->size() == out.mac.size())
        std::copy(bytes->begin(), bytes->end(), out.mac.begin());
    else
        reader.at("mac").fault("must be canonical base64 of 32 bytes");
}

static Json asJson(const NetworkInfo &info)
{
    Json json = {{"natType", asJson(info.natType)}, {"localPort", info.localPort}};
    putNullable(json, "ipv4", info.ipv4);
    putNullable(json, "ipv6", info.ipv6);
    putNullable(json, "stunMappedAddress", info.stunMappedAddress);
    return json;
}

static Json asJson(const Capabilities &capabilities)
{
    Json json = {{"maxConnections", capabilities.maxConnections}};
    putOptional(json, "bandwidth", capabilities.bandwidth);
    putOptional(json, "routing", capabilities.routing);
    putOptional(json, "natting", capabilities.natting);
    return json;
}

static Json asJson(const NodeLocation &location)
{
    Json json = {{"country", asJson(location.country)}};
    putOptional(json, "region", location.region);
    if (location.coordinates)
        json["coordinates"] = {location.coordinates->latitude, location.coordinates->longitude};
    return json;
}

static Json asJson(const Metrics &metrics)
{
    Json json = Json::object();
    putOptional(json, "latency", metrics.latency);
    putOptional(json, "jitter", metrics.jitter);
    putOptional(json, "packetLoss", metrics.packetLoss);
    putOptional(json, "cpuUsage", metrics.cpuUsage);
    putOptional(json, "memoryUsage", metrics.memoryUsage);
    putOptional(json, "activeConnections", metrics.activeConnections);
    putOptional(json, "bandwidth", metrics.bandwidth);
    return json;
}

static Json asJson(const NodeAction &action)
{
    struct Case
    {
        Json operator()(const UpdateConfigAction &a) const
        {
            return {{"type", "updateConfig"}, {"payload", a.payload}};
        }
        Json operator()(const RestartAction &a) const
        {
            return {{"type", "restart"}, {"payload", a.payload}};
        }
        Json operator()(const MaintenanceAction &a) const
        {
            return {{"type", "maintenance"}, {"payload", a.payload}};
        }
        Json operator()(const SessionConnect &connect) const
        {
            Json payload = connectPayload(connect);
            payload["sessionId"] = asJson(connect.sessionId);
            return {{"type", "connect"}, {"payload", std::move(payload)}};
        }
    };
    return std::visit(Case{}, action);
}

/// Appends the action; one of a type unknown to this version is skipped.
static void readAction(const Json &json, const Place &place, std::vector<NodeAction> &out)
{
    FieldReader reader(json, place);
    std::string type;
    reader.required("type", type);
    const Json *found = reader.find("payload");
    const Json payload = found ? *found : Json::object();
    const Place payloadPlace = reader.at("payload");
    FieldReader fields(payload, payloadPlace);
    if (type == "updateConfig") {
        out.emplace_back(UpdateConfigAction{payload});
    } else if (type == "restart") {
        out.emplace_back(RestartAction{payload});
    } else if (type == "maintenance") {
        out.emplace_back(MaintenanceAction{payload});
    } else if (type == "connect") {
        SessionConnect connect;
        fields.required("sessionId", connect.sessionId);
        readConnectPayload(payload, payloadPlace, connect);
        out.emplace_back(std::move(connect));
    }
}

void readValue(const Json &json, const Place &place, Bandwidth &out)
{
    FieldReader reader(json, place);
    reader.optional("up", out.up);
    reader.optional("down", out.down);
}

Json asJson(const Bandwidth &bandwidth)
{
    return {{"up", bandwidth.up}, {"down", bandwidth.down}};
}

Result<RegisterRequest> decodeRegisterRequest(const Json &json, Faults *faults)
{
    return decodeDocument<RegisterRequest>(
        json, faults, SchemaName::RegisterRequest,
        [](const Json &document, const Place &place, RegisterRequest &out) {
            FieldReader reader(document, place);
            reader.required("nodeId", out.nodeId);
            reader.required("publicKey", out.publicKey);
            reader.required("networkInfo", out.networkInfo);
            reader.required("capabilities", out.capabilities);
            reader.required("location", out.location);
            reader.optional("metrics", out.metrics);
            reader.optional("heartbeatInterval", out.heartbeatInterval);
            reader.optional("proof", out.proof);
        });
}

Json toJson(const RegisterRequest &request)
{
    Json json = {{"nodeId", asJson(request.nodeId)},
                 {"publicKey", asJson(request.publicKey)},
                 {"networkInfo", asJson(request.networkInfo)},
                 {"capabilities", asJson(request.capabilities)},
                 {"location", asJson(request.location)},
                 {"heartbeatInterval", asJson(request.heartbeatInterval)}};
    if (request.metrics)
        json["metrics"] = asJson(*request.metrics);
    if (request.proof) {
        json["proof"] = {{"timestamp", asJson(request.proof->timestamp)},
                         {"mac", toBase64(request.proof->mac)}};
    }
    return json;
}

Result<RegisterResponse> decodeRegisterResponse(const Json &json, Faults *faults)
{
    return decodeDocument<RegisterResponse>(
        json, faults, std::nullopt,
        [](const Json &document, const Place &place, RegisterResponse &out) {
            FieldReader reader(document, place);
            reader.required("nodeId", out.nodeId);
            reader.required("status", out.status);
            reader.required("relayServers", out.relayServers);
            reader.required("stunServers", out.stunServers);
            reader.required("sessionToken", out.sessionToken);
            reader.required("expiresAt", out.expiresAt);
        });
}

Json toJson(const RegisterResponse &response)
{
    return {{"nodeId", asJson(response.nodeId)},
            {"status", asJson(response.status)},
            {"relayServers", asJson(response.relayServers)},
            {"stunServers", asJson(response.stunServers)},
            {"sessionToken", asJson(response.sessionToken)},
            {"expiresAt", asJson(response.expiresAt)}};
}

Result<HeartbeatRequest> decodeHeartbeatRequest(const Json &json, Faults *faults)
{
    return decodeDocument<HeartbeatRequest>(
        json, faults, SchemaName::HeartbeatRequest,
        [](const Json &document, const Place &place, HeartbeatRequest &out) {
            FieldReader reader(document, place);
            reader.optional("metrics", out.metrics);
            reader.required("status", out.status);
        });
}

Json toJson(const HeartbeatRequest &request)
{
    Json json = {{"status", asJson(request.status)}};
    if (request.metrics)
        json["metrics"] = asJson(*request.metrics);
    return json;
}

Result<HeartbeatResponse> decodeHeartbeatResponse(const Json &json, Faults *faults)
{
    return decodeDocument<HeartbeatResponse>(
        json, faults, std::nullopt,
        [](const Json &document, const Place &place, HeartbeatResponse &out) {
            FieldReader reader(document, place);
            reader.required("nextHeartbeat", out.nextHeartbeat);
            const Json *actions = reader.find("actions");
            if (!actions)
                return;
            const Place actionsPlace = reader.at("actions");
            if (!actions->is_array()) {
                actionsPlace.fault("must be an array");
                return;
            }
            for (std::size_t i = 0; i < actions->size(); ++i)
                readAction((*actions)[i], actionsPlace.element(i), out.actions);
        });
}

Json toJson(const HeartbeatResponse &response)
{
    Json actions = Json::array();
    for (const NodeAction &action : response.actions)
        actions.push_back(asJson(action));
    return {{"status", "ok"},
            {"nextHeartbeat", asJson(response.nextHeartbeat)},
            {"actions", std::move(actions)}};
}

} // namespace higgs::protocol
