// SPDX-License-Identifier: GPL-3.0-or-later
// Asking for a route, and the life of the session that comes with it (specification 1.3, 2.4).
#pragma once

#include "shared/protocol/rest_nodes.h"
#include "shared/protocol/rest_turn.h"

namespace higgs::protocol {

struct RouteRequirements
{
    std::optional<double> minBandwidth; ///< Mbit/s
    std::optional<double> maxLatency;   ///< ms
    std::optional<PlaceCode> preferredLocation;
    std::optional<CountryCode> preferredCountry; ///< a promise, not a wish
    std::optional<CountryCode> via;              ///< asks for a cascade whose first node is there

    friend bool operator==(const RouteRequirements &, const RouteRequirements &) = default;
};

struct ClientNetworkInfo
{
    std::optional<IpAddress> ipv4;
    std::optional<IpAddress> ipv6;
    NatType natType = NatType::Unknown;
    std::optional<Endpoint> stunMappedAddress;

    friend bool operator==(const ClientNetworkInfo &, const ClientNetworkInfo &) = default;
};

struct RoutingRequest
{
    ClientId clientId;
    std::optional<NodeId> targetNodeId;
    RouteRequirements requirements;
    std::optional<ClientNetworkInfo> clientNetworkInfo;
    std::optional<KeyText> clientPublicKey;

    friend bool operator==(const RoutingRequest &, const RoutingRequest &) = default;
};

enum class RouteType : std::uint8_t { Direct, Relay, Cascade };

std::string_view toString(RouteType type);

struct Route
{
    RouteId id;
    RouteType type = RouteType::Relay;
    std::vector<NodeId> path;
    double estimatedLatency = 0;   ///< ms
    double estimatedBandwidth = 0; ///< Mbit/s
    int cost = 0;
    int priority = 0;

    friend bool operator==(const Route &, const Route &) = default;
};

struct WireguardConfig
{
    KeyText publicKey;
    IpPrefix address;   ///< a /32
    IpPrefix addressV6; ///< a /128
    std::vector<IpAddress> dns;
    std::vector<IpPrefix> allowedIps;
    std::optional<Endpoint> endpoint; ///< the node's mapped address, where known
    Seconds persistentKeepalive{25};
    int mtu = 1420;

    friend bool operator==(const WireguardConfig &, const WireguardConfig &) = default;
};

struct NodeEndpoint
{
    NodeId nodeId;
    WireguardConfig wireguardConfig;
    bool directConnection = false;

    friend bool operator==(const NodeEndpoint &, const NodeEndpoint &) = default;
};

/// Movable, not copyable: holds a token. The session's id is relayEndpoint.sessionId.
struct SelectedRoute
{
    RouteId id;
    RelayEndpoint relayEndpoint;
    NodeEndpoint nodeEndpoint;
    SecretText sessionToken;
    WallTime expiresAt;
    std::optional<IceServersResponse> turnConfig;

    friend bool operator==(const SelectedRoute &, const SelectedRoute &) = default;
};

/// Movable, not copyable.
struct RoutingResponse
{
    std::vector<Route> routes; ///< by priority, highest first; the selected one is the first
    SelectedRoute selectedRoute;

    friend bool operator==(const RoutingResponse &, const RoutingResponse &) = default;
};

/// POST /api/v1/sessions/:id/renew
struct RenewResponse
{
    SessionId sessionId;
    WallTime expiresAt;

    friend bool operator==(const RenewResponse &, const RenewResponse &) = default;
};

Result<RoutingRequest> decodeRoutingRequest(const Json &json, Faults *faults = nullptr);
Result<RoutingResponse> decodeRoutingResponse(const Json &json, Faults *faults = nullptr);
Result<RenewResponse> decodeRenewResponse(const Json &json, Faults *faults = nullptr);

Json toJson(const RoutingRequest &request);
Json toJson(const RoutingResponse &response);
Json toJson(const RenewResponse &response);

} // namespace higgs::protocol
