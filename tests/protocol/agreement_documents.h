// SPDX-License-Identifier: GPL-3.0-or-later
// A full document of every message, with its decoder: what schema and decoder are compared on.
#pragma once

#include "shared/protocol/error_body.h"
#include "shared/protocol/relay_message.h"
#include "shared/protocol/rest_locations.h"
#include "shared/protocol/rest_metrics.h"
#include "shared/protocol/rest_nodes.h"
#include "shared/protocol/rest_routing.h"
#include "shared/protocol/rest_turn.h"
#include "shared/protocol/server_info.h"
#include "tests/protocol/wire_examples.h"

namespace higgs::protocol::examples {

constexpr std::string_view RegisterResponse = R"({
  "nodeId": "550e8400-e29b-41d4-a716-446655440000", "status": "registered",
  "relayServers": [{"id": "relay-1", "host": "boson.example", "port": 3000, "protocol": "websocket"}],
  "stunServers": [{"host": "boson.example", "port": 3478}],
  "sessionToken": "e30.e30.c2ln", "expiresAt": 1704153600000})";

constexpr std::string_view HeartbeatResponse = R"({
  "status": "ok", "nextHeartbeat": 30,
  "actions": [{"type": "connect", "payload": {"role": "exit",
    "sessionId": "550e8400-e29b-41d4-a716-446655440002",
    "relayEndpoint": "wss://boson.example.com:3000/relay/550e8400-e29b-41d4-a716-446655440002",
    "clientPublicKey": "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=",
    "clientAddress": "10.86.0.2/32", "clientAddressV6": "fd86::2/128", "natType": "Symmetric",
    "candidates": [{"type": "host", "address": "192.168.1.2:51820"}],
    "expiresAt": 1704067200000}}]})";

constexpr std::string_view ForwardAction = R"({
  "status": "ok", "nextHeartbeat": 30,
  "actions": [{"type": "connect", "payload": {"role": "forward",
    "sessionId": "550e8400-e29b-41d4-a716-446655440002",
    "relayEndpoint": "wss://boson.example.com:3000/relay/550e8400-e29b-41d4-a716-446655440002",
    "candidates": [], "expiresAt": 1704067200000,
    "forward": {"token": "9d1f7a52-0f3c-4b8e-a5a3-0c7b0a6f1e11",
      "relayEndpoint": "wss://boson.example.com:3000/relay/550e8400-e29b-41d4-a716-446655440003"}}}]})";

constexpr std::string_view RoutingResponse = R"({
  "routes": [{"id": "550e8400-e29b-41d4-a716-446655440004", "type": "relay",
    "path": ["550e8400-e29b-41d4-a716-446655440000"], "estimatedLatency": 50.5,
    "estimatedBandwidth": 100, "cost": 2, "priority": 90}],
  "selectedRoute": {"id": "550e8400-e29b-41d4-a716-446655440004",
    "relayEndpoint": "wss://boson.example.com:3000/relay/550e8400-e29b-41d4-a716-446655440002",
    "nodeEndpoint": {"nodeId": "550e8400-e29b-41d4-a716-446655440000", "directConnection": true,
      "wireguardConfig": {"publicKey": "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=",
        "address": "10.86.0.2/32", "addressV6": "fd86::2/128", "dns": ["10.86.0.1"],
        "allowedIps": ["0.0.0.0/0", "::/0"], "endpoint": "203.0.113.1:51820",
        "persistentKeepalive": 25, "mtu": 1420}},
    "sessionToken": "9d1f7a52-0f3c-4b8e-a5a3-0c7b0a6f1e11", "expiresAt": 1704067200000,
    "turnConfig": {"iceServers": [{"urls": "turn:turn.example:3478", "username": "1704067200:x",
      "credential": "c2ln"}]}}})";

constexpr std::string_view ServerInfo = R"({
  "name": "boson", "version": "0.1.0", "time": 1704067200000,
  "publicKey": "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=", "access": "open",
  "nodeAccess": "approve",
  "relayServers": [{"id": "relay-1", "host": "boson.example", "port": 3000, "protocol": "websocket"}],
  "stunServers": [{"host": "boson.example", "port": 3478}],
  "clientAddress": "82.51.100.2",
  "tunnel": {"network4": "10.86.0.0/16", "network6": "fd86::/64"}})";

constexpr std::string_view LocationsResponse = R"({"locations": [
  {"country": "US", "region": "US-CA", "nodes": 3, "available": 2, "load": 0.5, "latency": 20.5}]})";

constexpr std::string_view NodesResponse = R"({"nodes": [
  {"nodeId": "550e8400-e29b-41d4-a716-446655440000", "country": "US", "region": "US-CA",
   "load": 0.5, "latency": 20.5, "natType": "FullCone", "activeConnections": 5,
   "maxConnections": 10}]})";

constexpr std::string_view RenewResponse = R"({
  "sessionId": "550e8400-e29b-41d4-a716-446655440002", "expiresAt": 1704067200000})";

constexpr std::string_view StunServersResponse =
    R"({"servers": [{"host": "boson.example", "port": 3478}]})";

constexpr std::string_view TurnServersResponse = R"({"servers": [
  {"host": "turn.example", "port": 3478, "realm": "turn.example", "username": "1704067200:x",
   "password": "c2ln", "ttl": 3600}]})";

constexpr std::string_view IceServersResponse = R"({"iceServers": [
  {"urls": "turn:turn.example:3478", "username": "1704067200:x", "credential": "c2ln"}]})";

constexpr std::string_view StatusResponse = R"({"status": "ok"})";

constexpr std::string_view ErrorBody = R"({"error": {"code": "validation_failed",
  "message": "no", "details": [{"path": "/a", "message": "must be b"}]}})";

constexpr std::string_view SignalDisconnect = R"({
  "type": "control", "sessionId": "550e8400-e29b-41d4-a716-446655440002",
  "direction": "server",
  "payload": {"action": "disconnect", "errorCode": "gone", "errorMessage": "gone"}})";

constexpr std::string_view SignalCandidates = R"({
  "type": "control", "sessionId": "550e8400-e29b-41d4-a716-446655440002",
  "direction": "node-to-client",
  "payload": {"action": "candidates", "candidates": [
    {"type": "host", "address": "192.168.1.2:51820"}]}})";

} // namespace higgs::protocol::examples

namespace higgs::protocol {

/// True if the decoder takes the document.
using Decodes = bool (*)(const Json &);

template <auto Decode>
bool decodes(const Json &json)
{
    return Decode(json, nullptr).has_value();
}

struct Message
{
    const char *name;
    SchemaName schema;
    Decodes decodes;
    std::string_view document;
};

namespace examples {

inline const Message Messages[] = {
    {"register", SchemaName::RegisterRequest, decodes<decodeRegisterRequest>, RegisterRequest},
    {"registered", SchemaName::RegisterResponse, decodes<decodeRegisterResponse>, RegisterResponse},
    {"heartbeat", SchemaName::HeartbeatRequest, decodes<decodeHeartbeatRequest>, HeartbeatRequest},
    {"actions", SchemaName::HeartbeatResponse, decodes<decodeHeartbeatResponse>, HeartbeatResponse},
    {"forward action", SchemaName::HeartbeatResponse, decodes<decodeHeartbeatResponse>,
     ForwardAction},
    {"routing", SchemaName::RoutingRequest, decodes<decodeRoutingRequest>, RoutingRequest},
    {"routed", SchemaName::RoutingResponse, decodes<decodeRoutingResponse>, RoutingResponse},
    {"metrics", SchemaName::MetricsReport, decodes<decodeMetricsReport>, MetricsReport},
    {"server", SchemaName::ServerInfo, decodes<decodeServerInfo>, ServerInfo},
    {"locations", SchemaName::LocationsResponse, decodes<decodeLocationsResponse>,
     LocationsResponse},
    {"nodes", SchemaName::NodesResponse, decodes<decodeNodesResponse>, NodesResponse},
    {"renewed", SchemaName::RenewResponse, decodes<decodeRenewResponse>, RenewResponse},
    {"stun", SchemaName::StunServersResponse, decodes<decodeStunServersResponse>,
     StunServersResponse},
    {"turn", SchemaName::TurnServersResponse, decodes<decodeTurnServersResponse>,
     TurnServersResponse},
    {"ice", SchemaName::IceServersResponse, decodes<decodeIceServersResponse>, IceServersResponse},
    {"status", SchemaName::StatusResponse, decodes<decodeStatusResponse>, StatusResponse},
    {"error", SchemaName::ErrorBody, decodes<decodeErrorBody>, ErrorBody},
    {"relay data", SchemaName::RelayMessage, decodes<decodeRelayMessage>, RelayData},
    {"relay control", SchemaName::RelayMessage, decodes<decodeRelayMessage>, RelayControl},
    {"relay candidates", SchemaName::RelayMessage, decodes<decodeRelayMessage>, RelayCandidates},
    {"relay heartbeat", SchemaName::RelayMessage, decodes<decodeRelayMessage>, RelayHeartbeat},
    {"signal connect", SchemaName::SignalMessage, decodes<decodeSignalMessage>, SignalConnect},
    {"signal forward", SchemaName::SignalMessage, decodes<decodeSignalMessage>, SignalForward},
    {"signal disconnect", SchemaName::SignalMessage, decodes<decodeSignalMessage>,
     SignalDisconnect},
    {"signal candidates", SchemaName::SignalMessage, decodes<decodeSignalMessage>,
     SignalCandidates},
};

} // namespace examples

} // namespace higgs::protocol
