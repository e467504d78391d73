// SPDX-License-Identifier: GPL-3.0-or-later
// What each network holds, by name: who is asked to give way is of the network that is full.
#pragma once

#include "server/cache/network_counts.h"
#include "server/cache/networks.h"

#include <map>
#include <set>

namespace higgs::server {

/// Pure. Ordered by subscriber, so that a network's are next to each other.
template <typename Member>
class NetworkMembers
{
public:
    using Members = std::set<Member>;

    void add(const IpAddress &address, const Member &member)
    {
        if (m_bySubscriber[subscriberOf(address)].insert(member).second)
            m_counts.add(address);
    }
    void remove(const IpAddress &address, const Member &member)
    {
        const auto found = m_bySubscriber.find(subscriberOf(address));
        if (found == m_bySubscriber.end() || found->second.erase(member) == 0)
            return;
        m_counts.remove(address);
        if (found->second.empty())
            m_bySubscriber.erase(found);
    }
    [[nodiscard]] bool empty() const { return m_bySubscriber.empty(); }
    [[nodiscard]] const NetworkCounts &counts() const { return m_counts; }

    /// Visits every subscriber (subscriberOf()) with what it holds, never nothing.
    template <typename Visit>
    void forEach(Visit visit) const
    {
        for (const auto &[subscriber, members] : m_bySubscriber)
            visit(subscriber, members);
    }
    /// Visits each member of `network`, which is one of NetworkCounts.
    template <typename Visit>
    void forEachIn(const IpPrefix &network, Visit visit) const
    {
        for (auto next = m_bySubscriber.lower_bound(network.address);
             next != m_bySubscriber.end() && network.contains(next->first); ++next) {
            for (const Member &member : next->second)
                visit(member);
        }
    }

private:
    std::map<IpAddress, Members> m_bySubscriber;
    NetworkCounts m_counts;
};

} // namespace higgs::server
