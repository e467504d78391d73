// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/recent_count.h"

#include <algorithm>
#include <cmath>

namespace higgs::server {

double RecentCount::valueAt(BootTime now, Milliseconds halfLife) const
{
    if (value <= 0)
        return 0;
    const auto passed = static_cast<double>(std::max<std::int64_t>(0, (now - at).count()));
    return value * std::exp2(-passed / static_cast<double>(halfLife.count()));
}

void RecentCount::add(BootTime now, Milliseconds halfLife, double more)
{
    value = valueAt(now, halfLife) + more;
    at = now;
}

} // namespace higgs::server
