// SPDX-License-Identifier: GPL-3.0-or-later
// What left outside the tunnel, as controllers and scripts read it.
#pragma once

#include "shared/control/rpc.h"
#include "shared/tunnel/leak_receipt.h"

#include <optional>

namespace higgs::vpn {

/// {counting, since, until, seconds, gaps, left: {outside: {packets, bytes}, ...}, refused: {names:
/// ..., ...}}; all but counting and gaps are null where nothing was counted.
control::Json receiptJson(const std::optional<LeakReceipt> &receipt);
/// {counting, outside, gaps}, for the status: outside is null where nothing was counted.
control::Json leaksJson(const std::optional<LeakReceipt> &receipt);

} // namespace higgs::vpn
