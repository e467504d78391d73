// SPDX-License-Identifier: GPL-3.0-or-later
// Pure rules around a routing request: what to ask for, and what an answer's failure means.
#pragma once

#include "app-vpn/engine/client_status.h"
#include "shared/crypto/keys.h"
#include "shared/net/api_client.h"
#include "shared/protocol/rest_locations.h"
#include "shared/protocol/rest_routing.h"

namespace higgs::vpn {

/// `target` overrides the request's node when it is not null. Malformed if the country is none.
Result<protocol::RoutingRequest> routingRequestFor(const ConnectRequest &wish,
                                                   const ClientId &client, const PublicKey &key,
                                                   const NodeId &target);

struct Verdict
{
    Problem problem = Problem::ServerUnreachable;
    /// Only a person can change it: a first attempt ends, instead of being repeated.
    bool permanent = false;
};

Verdict judge(const ApiFailure &failure);

/// The exits of the routes, best first: the last hop of each path.
std::vector<NodeId> exitsOf(const std::vector<protocol::Route> &routes);

/// The server takes this exit for one that is there, and no other of these has a free place.
bool isOnlyExit(const NodeId &exit, const std::vector<protocol::NodeSummary> &nodes);

} // namespace higgs::vpn
