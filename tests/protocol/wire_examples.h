// SPDX-License-Identifier: GPL-3.0-or-later
// Valid documents for the tests of shared/protocol: the specification's own examples, with real
// ids and keys where it has place holders.
#pragma once

#include <string_view>

namespace higgs::protocol::examples {

constexpr std::string_view RegisterRequest = R"({
  "nodeId": "550E8400-e29b-41d4-a716-446655440000",
  "publicKey": "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=",
  "networkInfo": {"ipv4": "192.168.1.1", "ipv6": null, "natType": "FullCone",
                  "stunMappedAddress": "203.0.113.1:51820", "localPort": 51820},
  "capabilities": {"maxConnections": 100, "bandwidth": {"up": 100, "down": 100},
                   "routing": true, "natting": true},
  "location": {"country": "us", "region": "us-ca", "coordinates": [37.7749, -122.4194]},
  "metrics": {"latency": 50, "jitter": 5, "packetLoss": 0.1, "cpuUsage": 30, "memoryUsage": 40,
              "activeConnections": 5, "bandwidth": {"up": 10, "down": 50}},
  "heartbeatInterval": 30,
  "proof": {"timestamp": 1704067200000, "mac": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}
})";

constexpr std::string_view HeartbeatRequest = R"({
  "metrics": {"latency": 50, "jitter": 5, "packetLoss": 0.1, "cpuUsage": 30, "memoryUsage": 40,
              "activeConnections": 5, "bandwidth": {"up": 10, "down": 50}},
  "status": "degraded"
})";

constexpr std::string_view RoutingRequest = R"({
  "clientId": "550e8400-e29b-41d4-a716-446655440001",
  "targetNodeId": "550e8400-e29b-41d4-a716-446655440000",
  "requirements": {"minBandwidth": 10, "maxLatency": 100, "preferredLocation": "US-CA",
                   "preferredCountry": "US", "via": "DE"},
  "clientNetworkInfo": {"ipv4": "192.168.1.2", "ipv6": "2001:db8::2", "natType": "Symmetric",
                        "stunMappedAddress": null},
  "clientPublicKey": "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw="
})";

constexpr std::string_view MetricsReport = R"({
  "nodeId": "550e8400-e29b-41d4-a716-446655440000",
  "timestamp": 1704067200000,
  "metrics": {
    "network": {"latency": 50, "jitter": 5, "packetLoss": 0.1, "bandwidth": {"up": 10, "down": 50}},
    "system": {"cpuUsage": 30, "memoryUsage": 40, "diskUsage": 60, "loadAverage": 1.5},
    "wireguard": {"packets": {"sent": 1000, "received": 2000, "errors": 0},
                  "bytes": {"sent": 1000000, "received": 2000000}},
    "connections": {"active": 5, "total": 100, "failed": 2}
  }
})";

constexpr std::string_view RelayData = R"({
  "type": "data", "sessionId": "550e8400-e29b-41d4-a716-446655440002",
  "direction": "client-to-node", "payload": "AQIDBA=="
})";

constexpr std::string_view RelayControl = R"({
  "type": "control", "sessionId": "550e8400-e29b-41d4-a716-446655440002",
  "direction": "server",
  "payload": {"action": "error", "errorCode": "peer_lost", "errorMessage": "gone"}
})";

constexpr std::string_view RelayCandidates = R"({
  "type": "control", "sessionId": "550e8400-e29b-41d4-a716-446655440002",
  "direction": "node-to-client",
  "payload": {"action": "candidates", "candidates": [
    {"type": "host", "address": "192.168.1.2:51820"},
    {"type": "srflx", "address": "[2001:db8::1]:51820"}]}
})";

constexpr std::string_view RelayHeartbeat = R"({
  "type": "heartbeat", "sessionId": "550e8400-e29b-41d4-a716-446655440002",
  "direction": "server", "payload": {"timestamp": 1704067200000}
})";

constexpr std::string_view SignalConnect = R"({
  "type": "control", "sessionId": "550e8400-e29b-41d4-a716-446655440002",
  "direction": "server",
  "payload": {"action": "connect", "role": "exit",
    "relayEndpoint": "wss://boson.example.com:3000/relay/550e8400-e29b-41d4-a716-446655440002",
    "clientPublicKey": "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=",
    "clientAddress": "10.86.0.2/32", "clientAddressV6": "fd86::2/128", "natType": "Symmetric",
    "candidates": [{"type": "host", "address": "192.168.1.2:51820"}],
    "expiresAt": 1704067200000}
})";

constexpr std::string_view SignalForward = R"({
  "type": "control", "sessionId": "550e8400-e29b-41d4-a716-446655440002",
  "direction": "server",
  "payload": {"action": "connect", "role": "forward",
    "relayEndpoint": "wss://boson.example.com:3000/relay/550e8400-e29b-41d4-a716-446655440002",
    "candidates": [], "expiresAt": 1704067200000,
    "forward": {"token": "9d1f7a52-0f3c-4b8e-a5a3-0c7b0a6f1e11",
      "relayEndpoint": "wss://boson.example.com:3000/relay/550e8400-e29b-41d4-a716-446655440003"}}
})";

} // namespace higgs::protocol::examples
