// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/shared_hour.h"

#include <algorithm>

namespace higgs::node {

std::vector<SharedHour> everyHour(const std::vector<SharedHour> &hours, WallTime now, int count)
{
    const std::int64_t last = now.ms - now.ms % MsOfHour;
    std::vector<SharedHour> every;
    for (int i = count - 1; i >= 0; --i) {
        const WallTime from{last - i * MsOfHour};
        const auto found = std::find_if(hours.begin(), hours.end(), [from](const SharedHour &each) {
            return each.from == from;
        });
        every.push_back(found != hours.end() ? *found
                                             : SharedHour{from, {from.ms + MsOfHour}, true, {}});
    }
    return every;
}

} // namespace higgs::node
