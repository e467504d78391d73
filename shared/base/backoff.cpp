// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/backoff.h"

#include <algorithm>

namespace higgs {

Milliseconds Backoff::next(double random)
{
    constexpr unsigned MaxDoublings = 20; // the shift stays far from overflow
    const Milliseconds doubled(m_base.count() << std::min(m_attempt, MaxDoublings));
    const Milliseconds ceiling = std::min(m_cap, doubled);
    ++m_attempt;
    return Milliseconds(static_cast<std::int64_t>(static_cast<double>(ceiling.count()) * random));
}

} // namespace higgs
