// SPDX-License-Identifier: GPL-3.0-or-later
// The node's status as controllers and scripts read it: the contract's names.
#pragma once

#include "app-node/daemon/settings.h"
#include "app-node/engine/node_status.h"

namespace higgs::node {

/// Raised when a controller must know of it; a window refuses a smaller one.
constexpr int ControlVersion = 2;

/// What the daemon's options hold, and a controller cannot change.
struct FixedSettings
{
    bool server = false;
    bool country = false;
    bool region = false;
    bool accessKey = false;
};

/// What a controller sees besides the engine's own state.
struct StatusFrame
{
    const NodeStatus &status;
    const NodeConfig &config;
    bool consent = false;
    FixedSettings fixed;
    std::string settingsFault = {}; ///< why files of before cannot be read; empty: they can
};

/// Absent values are null, so that every name is always there. `guests` is the number of those
/// who are online.
Json statusJson(const StatusFrame &frame);
/// {guests: [...]}: what is known of each; a guest has no identity here.
Json guestsJson(const NodeStatus &status);
/// The last self-test with all its trials.
Json safetyJson(const std::optional<ExitSafety> &safety);
/// {days: [...]} of the last `count` days up to `today`, oldest first.
Json historyJson(const UsageLedger &usage, LocalDay today, LocalDay count);

/// {ok, checks}: each thing sharing needs, whether it is there, and what to do if not.
Json diagnosis(const NodeStatus &status, const Result<void> &privileges);

} // namespace higgs::node
