// SPDX-License-Identifier: GPL-3.0-or-later
// GET /api/v1/server: what a BosonServer says of itself, and the servers it names elsewhere too.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/endpoint.h"
#include "shared/protocol/key_text.h"
#include "shared/protocol/schema.h"

#include <cstdint>
#include <string>
#include <vector>

namespace higgs::protocol {

struct RelayServer
{
    std::string id;
    std::string host;
    std::uint16_t port = 0;
    std::string protocol = "websocket";

    friend bool operator==(const RelayServer &, const RelayServer &) = default;
};

struct StunServer
{
    std::string host;
    std::uint16_t port = 0;

    friend bool operator==(const StunServer &, const StunServer &) = default;
};

enum class Access : std::uint8_t { Open, Key };
enum class NodeAccess : std::uint8_t { Open, Key, Approve };

std::string_view toString(Access access);
std::string_view toString(NodeAccess access);

struct ServerInfo
{
    std::string name;
    std::string version;
    WallTime time;
    KeyText publicKey;
    Access access = Access::Open;
    NodeAccess nodeAccess = NodeAccess::Open;
    std::vector<RelayServer> relayServers;
    std::vector<StunServer> stunServers;
    IpPrefix tunnelNetwork4;
    IpPrefix tunnelNetwork6;
    /// Of who asked, as the server sees it and so every site; none where that is not on the
    /// Internet.
    std::optional<IpAddress> clientAddress;

    friend bool operator==(const ServerInfo &, const ServerInfo &) = default;
};

/// Malformed with the first fault; all of them are appended to `faults` if it is given. The same
/// holds for every decoder of this library.
Result<ServerInfo> decodeServerInfo(const Json &json, Faults *faults = nullptr);
Json toJson(const ServerInfo &info);

} // namespace higgs::protocol
