// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/clock.h"

namespace higgs {

Monotonic monotonicNow()
{
    return std::chrono::steady_clock::now();
}

WallTime wallNow()
{
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<Milliseconds>(since).count()};
}

} // namespace higgs
