// SPDX-License-Identifier: GPL-3.0-or-later
// What a client may see of the nodes: per country and region, and one by one (WIRE.md, Locations).
#pragma once

#include "server/services/route_index.h"
#include "shared/protocol/rest_locations.h"

namespace higgs::server {

/// One entry per country and region with an online node, sorted by both.
protocol::LocationsResponse locationsOf(const RouteIndex &index);

/// The online nodes, of one country if given, sorted by id; no address, no key.
protocol::NodesResponse nodesOf(const RouteIndex &index,
                                const std::optional<protocol::CountryCode> &country);

} // namespace higgs::server
