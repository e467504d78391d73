// SPDX-License-Identifier: GPL-3.0-or-later
// How many connections a node may have at most: `capabilities.maxConnections` on the wire, and what
// tables of theirs are made for.
#pragma once

namespace higgs::protocol {

constexpr unsigned MaxConnectionsLimit = 10'000;

} // namespace higgs::protocol
