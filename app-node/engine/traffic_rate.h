// SPDX-License-Identifier: GPL-3.0-or-later
// How fast totals grow.
#pragma once

#include "app-node/engine/guest_traffic.h"

namespace higgs::node {

struct TrafficRate
{
    /// `seconds` after the last.
    void update(const TrafficCounts &now, double seconds);

    TrafficCounts before;
    double upMbps = 0;
    double downMbps = 0;
};

} // namespace higgs::node
