// SPDX-License-Identifier: GPL-3.0-or-later
// What `higgs-vpnctl diagnose` is told: each thing a connection needs, whether it is there, and
// what to do if not.
#pragma once

#include "app-vpn/engine/client_status.h"
#include "shared/control/rpc.h"
#include "shared/tunnel/privileges.h"

namespace higgs::vpn {

/// `server` is how asking the server for its locations went: their number, or why not.
control::Json diagnosis(const ClientStatus &status, const Result<void> &privileges,
                        const std::string &serverName, const Result<std::size_t> &server);

} // namespace higgs::vpn
