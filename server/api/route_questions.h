// SPDX-License-Identifier: GPL-3.0-or-later
// An operator's question about routing, and its answer as JSON: for GET /api/v1/routes/explain and
// for the admin socket.
#pragma once

#include "server/api/server_state.h"
#include "shared/protocol/json.h"

#include <span>

namespace higgs::server {

/// What may be asked: country, region, minBandwidth, maxLatency, via, nodeId, natType, clientLeg.
std::span<const std::string_view> routeQuestionNames();

/// `params`: an object of these names, numbers as numbers. Faults name the parameter; another name
/// is one. On the thread that owns the state.
std::variant<protocol::Json, protocol::Faults>
explainRoutes(ServerState &state, const IpAddress &from, const protocol::Json &params);

/// A parameter of a query or of a command line: a number where one is expected and it is one.
protocol::Json routeQuestionValue(std::string_view name, const std::string &text);

} // namespace higgs::server
