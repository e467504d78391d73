// SPDX-License-Identifier: GPL-3.0-or-later
// The receipt of what left outside the tunnel, for a terminal. Pure, and total on any answer.
#pragma once

#include "shared/control/rpc.h"

#include <string>

namespace higgs::vpn {

/// Nothing left outside the tunnel, as far as was counted. False where nothing was.
bool isClean(const control::Json &receipt);

/// Several lines, without the last newline.
std::string receiptText(const control::Json &receipt);

} // namespace higgs::vpn
