// SPDX-License-Identifier: GPL-3.0-or-later
// The client's status as controllers and scripts read it: the contract's names.
#pragma once

#include "app-vpn/daemon/settings.h"
#include "app-vpn/engine/client_status.h"
#include "shared/tunnel/leak_receipt.h"

namespace higgs::vpn {

/// Raised when a controller must know of it; a window refuses a smaller one.
constexpr int ControlVersion = 2;

/// Whether a program can be run outside the tunnel here, and how many are.
struct ExcludeAbility
{
    std::string reason; ///< why not; empty: it can be done
    std::optional<std::size_t> running;
};

/// What a controller sees besides the engine's own state.
struct StatusFrame
{
    const ClientStatus &status;
    const Settings &settings;
    std::optional<ConfiguredServer> server; ///< in use
    std::optional<bool> accessNeeded;       ///< by that server; nullopt: not asked yet
    bool hasAccessKey = false;
    ExcludeAbility exclude = {};
    /// Nothing leaves before the daemon is there when the machine starts; nullopt: nobody knows.
    std::optional<bool> bootBlock = {};
    std::optional<LeakReceipt> leaks = {};
    std::string settingsFault = {}; ///< why the settings cannot be read; empty: they can
};

/// Absent values are null, so that every name is always there.
Json statusJson(const StatusFrame &frame);

} // namespace higgs::vpn
