// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/maintenance.h"

#include <algorithm>

namespace higgs::node {

MaintenanceWish parseMaintenance(const protocol::Json &payload)
{
    MaintenanceWish wish;
    if (!payload.is_object())
        return wish;
    const auto enabled = payload.find("enabled");
    if (enabled != payload.end() && enabled->is_boolean())
        wish.on = enabled->get<bool>();
    const auto within = payload.find("within");
    if (within != payload.end() && within->is_number_unsigned()) {
        const auto longest = static_cast<std::uint64_t>(LongestMaintenanceNotice.count());
        const auto seconds = std::min(within->get<std::uint64_t>(), longest);
        wish.within = Seconds(static_cast<std::int64_t>(seconds));
    }
    return wish;
}

} // namespace higgs::node
