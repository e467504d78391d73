// SPDX-License-Identifier: GPL-3.0-or-later
// What a "maintenance" action asks of a node. Pure.
#pragma once

#include "shared/base/clock.h"
#include "shared/protocol/json.h"

#include <optional>

namespace higgs::node {

/// How long guests may stay where the server does not say.
constexpr Seconds MaintenanceNotice{600};
constexpr Seconds LongestMaintenanceNotice{86'400};

struct MaintenanceWish
{
    bool on = true;                ///< `enabled`
    std::optional<Seconds> within; ///< `within`: when the last guest has to go

    friend bool operator==(const MaintenanceWish &, const MaintenanceWish &) = default;
};

/// Total: what is absent or not understood is as if it were not there, and a longer notice is the
/// longest. An action without payload begins maintenance.
MaintenanceWish parseMaintenance(const protocol::Json &payload);

} // namespace higgs::node
