// SPDX-License-Identifier: GPL-3.0-or-later
// TAI64N (Bernstein, "TAI64, TAI64N, and TAI64NA"): the time in an initiation, of which the
// responder remembers each peer's greatest, so that none is answered twice (section 5.1).
#pragma once

#include "shared/base/clock.h"

#include <array>
#include <compare>
#include <span>

namespace higgs::wireguard {

/// Ordered as its bytes are, which are big-endian.
using Tai64n = std::array<std::uint8_t, 12>;

/// Rounded down to 16.8 ms (Linux: timestamps tell nobody how this machine's clock goes), and later
/// than `last` in any case: where the clock was set back, initiations would be taken for replays.
Tai64n tai64n(WallTime now, const Tai64n &last = {});

} // namespace higgs::wireguard
