// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "shared/base/clock.h"

namespace higgs::server {

/// A count of what happened lately: old events weigh less and less.
struct RecentCount
{
    double value = 0; ///< as of `at`
    BootTime at;

    [[nodiscard]] double valueAt(BootTime now, Milliseconds halfLife) const;
    void add(BootTime now, Milliseconds halfLife, double more);
};

} // namespace higgs::server
