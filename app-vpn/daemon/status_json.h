// SPDX-License-Identifier: GPL-3.0-or-later
// The client's status as controllers and scripts read it: the contract's names.
#pragma once

#include "app-vpn/engine/client_status.h"
#include "shared/control/rpc.h"

namespace higgs::vpn {

/// Absent values are null, so that every name is always there.
control::Json statusJson(const ClientStatus &status);

} // namespace higgs::vpn
