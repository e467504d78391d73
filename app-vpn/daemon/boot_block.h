// SPDX-License-Identifier: GPL-3.0-or-later
// The block before the network at the machine's start: whether it is due, and whether systemd was
// told to make it.
#pragma once

#include "app-vpn/daemon/settings.h"

#include <optional>
#include <string>

namespace higgs::vpn {

/// Whether nothing may leave until the daemon is there: under lockdown, and when it will connect by
/// itself, unless a pause goes on. `hasServer`: one that the options name.
bool blocksAtBoot(const Settings &settings, bool hasServer, WallTime now);

/// Whether higgs-lockdown.service runs at this machine's start, as the files under `root` say.
/// nullopt: systemd does not run this machine, and nobody can tell.
std::optional<bool> bootBlockEnabled(const std::string &root = {});

/// Puts the block up, and tries again for as long as a starting machine may take to load nftables.
Result<void> blockForBoot(const ClientNetworkOptions &options, const BlockPolicy &policy);

} // namespace higgs::vpn
