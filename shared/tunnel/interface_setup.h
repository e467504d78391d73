// SPDX-License-Identifier: GPL-3.0-or-later
// What every tunnel interface gets, whoever moves its packets.
#pragma once

#include "shared/tunnel/device.h"

namespace higgs {

/// Addresses and MTU, and up, in one `ip -batch`. Without IPv6 on this machine its addresses are
/// left out. Blocks for some milliseconds.
Result<void> setUpInterface(const DeviceConfig &config);

} // namespace higgs
