// SPDX-License-Identifier: GPL-3.0-or-later
// Sessions that the server has offered while their place was still a guest's that it may have ended
// when nothing of it could be heard: they are taken when that guest leaves. Pure: time is an
// argument.
#pragma once

#include "shared/base/clock.h"
#include "shared/protocol/relay_message.h"

#include <deque>
#include <vector>

namespace higgs::node {

class WaitingOffers
{
public:
    /// As many as guests of a large home; then the oldest gives way.
    static constexpr std::size_t Most = 256;
    /// A client has given up by then.
    static constexpr Milliseconds Life{60'000};

    void add(Monotonic now, protocol::SessionConnect session);
    /// The server has ended it.
    void forget(const SessionId &session);
    void clear() { m_offers.clear(); }
    /// Those that are worth another look, the oldest first; none waits afterwards.
    [[nodiscard]] std::vector<protocol::SessionConnect> take(Monotonic now);

private:
    struct Offer
    {
        Monotonic at;
        protocol::SessionConnect session;
    };
    std::deque<Offer> m_offers; ///< the oldest first
};

} // namespace higgs::node
