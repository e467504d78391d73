// SPDX-License-Identifier: GPL-3.0-or-later
// The daemon's JSON to the window's values. Pure, and total: whatever stands on the socket, the
// outcome is a value or an error.
#pragma once

#include "app-node/tray/node_view.h"
#include "app-node/tray/shared_hour.h"

namespace higgs::node {

/// More than there ever are; the rest is left away.
constexpr std::size_t MaxGuests = Limits::MostGuests;
constexpr std::size_t MaxDays = 400;
constexpr std::size_t MaxHours = 48;
constexpr std::size_t MaxAttempts = 2048;

/// Unavailable: a daemon of another control version. Malformed: not a status. A missing member is
/// its empty value; an unknown problem or reason is one that the window can show.
Result<NodeView> decodeNodeView(const protocol::Json &status);

/// The answers of `guests`, `history` and `safety`. Entries that are none are left away.
Result<std::vector<Guest>> decodeGuests(const protocol::Json &answer);
Result<History> decodeHistory(const protocol::Json &answer);
/// The answer of `hour`. Malformed without an hour, or without saying whether it is known.
Result<SharedHour> decodeHour(const protocol::Json &answer);
Result<SafetyReport> decodeSafety(const protocol::Json &answer);

/// What `limits` takes.
protocol::Json encodeLimits(const Limits &limits);

} // namespace higgs::node
