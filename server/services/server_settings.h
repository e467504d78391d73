// SPDX-License-Identifier: GPL-3.0-or-later
// What the operator decided, as the rules read it.
#pragma once

#include "server/limits.h"
#include "shared/base/endpoint.h"
#include "shared/base/secret.h"
#include "shared/protocol/server_info.h"

#include <string>
#include <vector>

namespace higgs::server {

/// Fixed while the program runs, but for what SIGHUP puts in force.
struct ServerSettings
{
    std::string name = "boson";
    std::string publicHost;
    std::uint16_t publicPort = 0;
    bool severalServers = false; ///< others open sessions on the same database
    protocol::Access access = protocol::Access::Open;
    protocol::NodeAccess nodeAccess = protocol::NodeAccess::Open;
    Seconds sessionLife = Seconds(3600);
    std::vector<IpAddress> dns;
    SecretText metricsToken;      ///< empty: /metrics on the main port is for loopback only
    std::vector<IpPrefix> fronts; ///< who speaks for others by PROXY headers
    int journalDays = 0; ///< how long it is known whose key was on which node; 0: not at all
    Limits limits;
};

} // namespace higgs::server
