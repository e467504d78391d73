// SPDX-License-Identifier: GPL-3.0-or-later
// The server's half of a WebSocket opening handshake, from a parsed request to a released stream.
#pragma once

#include "server/api/api_core.h"
#include "shared/protocol/websocket_upgrade.h"

namespace higgs::server {

struct UpgradedConnection
{
    TlsConnection connection;
    std::optional<protocol::WsDeflate> deflate;
};

/// Answers 101 and takes the connection; nullopt after a refusal (400, 426) or when it is gone.
std::optional<UpgradedConnection> upgradeToWebSocket(ApiCore &core, const ExchangePtr &exchange,
                                                     bool allowDeflate);

} // namespace higgs::server
