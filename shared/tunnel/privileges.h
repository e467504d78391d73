// SPDX-License-Identifier: GPL-3.0-or-later
// Asks before the first change whether this process may make any: capability, TUN device, programs.
#pragma once

#include "shared/base/result.h"
#include "shared/tunnel/device.h"

namespace higgs {

/// Permission or NotFound, with one line that says what to do. Changes nothing.
Result<void> checkTunnelPrivileges(TunnelKind kind);

/// CAP_NET_ADMIN in the effective set (capabilities(7)).
bool hasNetAdmin();

} // namespace higgs
