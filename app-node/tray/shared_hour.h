// SPDX-License-Identifier: GPL-3.0-or-later
// What the daemon knows of an hour, and of those before it.
#pragma once

#include "app-node/tray/node_view.h"

#include <QtGlobal>
#include <optional>
#include <vector>

namespace higgs::node {

constexpr std::int64_t MsOfHour = 3'600'000;

/// One hour of UTC, of all guests together.
struct SharedHour
{
    WallTime from;
    WallTime to;
    bool known = false;
    std::optional<WallTime> knownSince; ///< nullopt: nothing was ever counted
    quint64 rxBytes = 0;                ///< from guests
    quint64 txBytes = 0;                ///< to them
    int guests = 0;                     ///< that came in it

    [[nodiscard]] bool hasMoved() const { return rxBytes != 0 || txBytes != 0 || guests != 0; }
    friend bool operator==(const SharedHour &, const SharedHour &) = default;
};

struct History
{
    std::vector<HistoryDay> days;
    std::vector<SharedHour> hours; ///< in which something moved
};

/// Exactly `count` hours up to the one of `now`, oldest first; those that are missing have no
/// traffic.
std::vector<SharedHour> everyHour(const std::vector<SharedHour> &hours, WallTime now, int count);

} // namespace higgs::node
