// SPDX-License-Identifier: GPL-3.0-or-later
// Points the machine's name resolution at the tunnel's servers, by whatever manages it there, and
// back. What is to be undone later lies in the ClientState that the caller keeps and writes.
#pragma once

#include "shared/tunnel/network_state.h"

#include <functional>

namespace higgs {

/// Writes the state down; called by setDns() before it changes anything.
using SaveState = std::function<Result<void>()>;

/// systemd-resolved if it is in charge, else resolvconf, else the file. Repeatable with other
/// servers. Permission: nothing that we may use works, and the detail says why.
Result<void> setDns(ClientState &state, const std::vector<IpAddress> &servers,
                    const SaveState &save);

/// Whether what setDns() set is still so, as far as it can be asked.
bool dnsStands(const ClientState &state, const std::vector<IpAddress> &servers);

/// When setDns() failed: programs ask servers on other machines by themselves, so that a
/// redirection of port 53 reaches all of them. systemd-resolved binds its questions to a link
/// instead.
bool redirectWillDo();

/// Takes setDns() back and clears that part of `state`; the caller writes it down. A resolv.conf
/// that somebody else has rewritten since then is left to them.
Result<void> restoreDns(ClientState &state);

} // namespace higgs
