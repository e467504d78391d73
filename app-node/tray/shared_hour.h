// SPDX-License-Identifier: GPL-3.0-or-later
// What the daemon knows of one hour.
#pragma once

#include "shared/base/clock.h"

#include <QtGlobal>
#include <optional>

namespace higgs::node {

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

} // namespace higgs::node
