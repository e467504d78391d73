// SPDX-License-Identifier: GPL-3.0-or-later
// The node's status as controllers and scripts read it: the contract's names.
#pragma once

#include "app-node/engine/node_status.h"
#include "shared/control/rpc.h"

namespace higgs::node {

/// Absent values are null, so that every name is always there. `guests` is the number of those
/// who are online.
control::Json statusJson(const NodeStatus &status);
control::Json limitsJson(const NodeLimits &limits);
/// {guests: [...]}: what is known of each; a guest has no identity here.
control::Json guestsJson(const NodeStatus &status);

/// {ok, checks}: each thing sharing needs, whether it is there, and what to do if not.
control::Json diagnosis(const NodeStatus &status, const Result<void> &privileges);

} // namespace higgs::node
