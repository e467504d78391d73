// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/waiting_offers.h"

namespace higgs::node {

void WaitingOffers::add(Monotonic now, protocol::SessionConnect session)
{
    forget(session.sessionId);
    if (m_offers.size() >= Most)
        m_offers.pop_front();
    m_offers.push_back({now, std::move(session)});
}

void WaitingOffers::forget(const SessionId &session)
{
    std::erase_if(m_offers, [&](const Offer &each) { return each.session.sessionId == session; });
}

std::vector<protocol::SessionConnect> WaitingOffers::take(Monotonic now)
{
    std::vector<protocol::SessionConnect> sessions;
    for (Offer &each : m_offers) {
        if (now - each.at < Life)
            sessions.push_back(std::move(each.session));
    }
    m_offers.clear();
    return sessions;
}

} // namespace higgs::node
