// SPDX-License-Identifier: GPL-3.0-or-later
// A node's registration and heartbeat (specification 1.1 and 1.2).
#pragma once

#include "shared/base/ids.h"
#include "shared/protocol/connection_limit.h"
#include "shared/protocol/country_code.h"
#include "shared/protocol/server_info.h"
#include "shared/protocol/session_connect.h"

#include <array>
#include <optional>
#include <variant>
#include <vector>

namespace higgs::protocol {

constexpr Seconds DefaultHeartbeatInterval{30};
constexpr Seconds MinHeartbeatInterval{10};
constexpr Seconds MaxHeartbeatInterval{300};

/// Mbit/s.
struct Bandwidth
{
    double up = 0;
    double down = 0;

    friend bool operator==(const Bandwidth &, const Bandwidth &) = default;
};

struct NetworkInfo
{
    std::optional<IpAddress> ipv4;
    std::optional<IpAddress> ipv6;
    NatType natType = NatType::Unknown;
    std::optional<Endpoint> stunMappedAddress;
    std::uint16_t localPort = 0; ///< 0 (not sent) only for a client

    friend bool operator==(const NetworkInfo &, const NetworkInfo &) = default;
};

struct Capabilities
{
    unsigned maxConnections = 1;
    std::optional<Bandwidth> bandwidth;
    std::optional<bool> routing;
    std::optional<bool> natting;

    friend bool operator==(const Capabilities &, const Capabilities &) = default;
};

struct Coordinates
{
    double latitude = 0;
    double longitude = 0;

    friend bool operator==(const Coordinates &, const Coordinates &) = default;
};

struct NodeLocation
{
    CountryCode country;
    std::optional<std::string> region;
    std::optional<Coordinates> coordinates;

    friend bool operator==(const NodeLocation &, const NodeLocation &) = default;
};

/// A node's own figures; each may be missing. Registration gives the first five.
struct Metrics
{
    std::optional<double> latency;     ///< ms
    std::optional<double> jitter;      ///< ms
    std::optional<double> packetLoss;  ///< per cent
    std::optional<double> cpuUsage;    ///< per cent
    std::optional<double> memoryUsage; ///< per cent
    std::optional<std::uint64_t> activeConnections;
    std::optional<Bandwidth> bandwidth; ///< in use

    friend bool operator==(const Metrics &, const Metrics &) = default;
};

/// Possession of the WireGuard private key (WIRE.md, Register).
struct RegistrationProof
{
    WallTime timestamp;
    std::array<std::uint8_t, 32> mac{};

    friend bool operator==(const RegistrationProof &, const RegistrationProof &) = default;
};

struct RegisterRequest
{
    NodeId nodeId;
    KeyText publicKey;
    NetworkInfo networkInfo;
    Capabilities capabilities;
    NodeLocation location;
    std::optional<Metrics> metrics;
    Seconds heartbeatInterval = DefaultHeartbeatInterval;
    std::optional<RegistrationProof> proof;

    friend bool operator==(const RegisterRequest &, const RegisterRequest &) = default;
};

enum class RegistrationStatus : std::uint8_t { Registered, Pending };

std::string_view toString(RegistrationStatus status);

/// Movable, not copyable: holds a token.
struct RegisterResponse
{
    NodeId nodeId;
    RegistrationStatus status = RegistrationStatus::Registered;
    std::vector<RelayServer> relayServers;
    std::vector<StunServer> stunServers;
    SecretText sessionToken;
    WallTime expiresAt;

    friend bool operator==(const RegisterResponse &, const RegisterResponse &) = default;
};

enum class NodeStatus : std::uint8_t { Online, Degraded, Offline };

std::string_view toString(NodeStatus status);

struct HeartbeatRequest
{
    std::optional<Metrics> metrics;
    NodeStatus status = NodeStatus::Online;

    friend bool operator==(const HeartbeatRequest &, const HeartbeatRequest &) = default;
};

struct UpdateConfigAction
{
    Json payload = Json::object();
    friend bool operator==(const UpdateConfigAction &, const UpdateConfigAction &) = default;
};

struct RestartAction
{
    Json payload = Json::object();
    friend bool operator==(const RestartAction &, const RestartAction &) = default;
};

struct MaintenanceAction
{
    Json payload = Json::object();
    friend bool operator==(const MaintenanceAction &, const MaintenanceAction &) = default;
};

/// What the server asks of a node in a heartbeat's answer; SessionConnect only while the node has
/// no signal link.
using NodeAction =
    std::variant<UpdateConfigAction, RestartAction, MaintenanceAction, SessionConnect>;

/// Movable, not copyable.
struct HeartbeatResponse
{
    Seconds nextHeartbeat = DefaultHeartbeatInterval;
    std::vector<NodeAction> actions; ///< decoding skips types that this version does not know

    friend bool operator==(const HeartbeatResponse &, const HeartbeatResponse &) = default;
};

Result<RegisterRequest> decodeRegisterRequest(const Json &json, Faults *faults = nullptr);
Result<RegisterResponse> decodeRegisterResponse(const Json &json, Faults *faults = nullptr);
Result<HeartbeatRequest> decodeHeartbeatRequest(const Json &json, Faults *faults = nullptr);
Result<HeartbeatResponse> decodeHeartbeatResponse(const Json &json, Faults *faults = nullptr);

Json toJson(const RegisterRequest &request);
Json toJson(const RegisterResponse &response);
Json toJson(const HeartbeatRequest &request);
Json toJson(const HeartbeatResponse &response);

} // namespace higgs::protocol
