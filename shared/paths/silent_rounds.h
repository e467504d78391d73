// SPDX-License-Identifier: GPL-3.0-or-later
// How long what STUN said of a family is believed when nobody answers any more. Pure.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/endpoint.h"

#include <algorithm>
#include <array>

namespace higgs {

/// Counts each family's rounds of questions in a row that nobody answered.
class SilentRounds
{
public:
    /// After so many the mapping is no more. One is lost on a busy line, or with a server that is
    /// started anew, and the other end would not wait for a way that is still there.
    static constexpr unsigned Most = 3;
    /// The next round follows a silent one so soon: what is really gone is not told for long.
    static constexpr Milliseconds Again{1'000};

    void answered(IpAddress::Family family) { of(family) = 0; }
    /// True: what was known of the family is not believed any more. `surely`: there was not even a
    /// route to who was asked.
    bool silent(IpAddress::Family family, bool surely = false)
    {
        unsigned &rounds = of(family);
        rounds = surely ? Most : std::min(rounds + 1, Most);
        return rounds == Most;
    }
    /// What was known is of another network: one silent round is enough.
    void networksChanged() { m_rounds.fill(Most - 1); }

private:
    unsigned &of(IpAddress::Family family)
    {
        return m_rounds[family == IpAddress::Family::V4 ? 0 : 1];
    }

    std::array<unsigned, 2> m_rounds{};
};

} // namespace higgs
