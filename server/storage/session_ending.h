// SPDX-License-Identifier: GPL-3.0-or-later
// How a session ends in the database.
#pragma once

#include "server/instance_id.h"
#include "shared/base/clock.h"

#include <optional>

namespace higgs::server {

/// Why a session is no longer there; what the storage keeps until the sweep.
enum class SessionEnd { Closed, Error };

/// How a session ends, and what has to be so for it, where who orders it may not know the latest.
struct SessionEnding
{
    SessionEnd how = SessionEnd::Closed;
    std::optional<InstanceId> onlyOf = {};  ///< while that server relays it; absent: in any case
    std::optional<WallTime> expiredBy = {}; ///< if it has expired by then; absent: in any case

    friend bool operator==(const SessionEnding &, const SessionEnding &) = default;
};

} // namespace higgs::server
