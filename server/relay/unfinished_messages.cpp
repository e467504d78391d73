// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/relay/unfinished_messages.h"

#include <algorithm>

namespace higgs::relay {

void UnfinishedMessages::set(RelayLeg *leg, const IpAddress &site, std::size_t bytes)
{
    m_latest = site;
    if (bytes <= Blameless) {
        remove(leg);
        return;
    }
    const auto [entry, isNew] = m_legs.try_emplace(leg);
    Site &of = m_sites[site];
    if (isNew) {
        entry->second.site = site;
        entry->second.place = of.legs.insert(of.legs.end(), leg);
    }
    of.sum += bytes - entry->second.bytes;
    m_sum += bytes - entry->second.bytes;
    entry->second.bytes = bytes;
}

void UnfinishedMessages::remove(RelayLeg *leg)
{
    const auto entry = m_legs.find(leg);
    if (entry == m_legs.end())
        return;
    const auto site = m_sites.find(entry->second.site);
    site->second.sum -= entry->second.bytes;
    m_sum -= entry->second.bytes;
    site->second.legs.erase(entry->second.place);
    if (site->second.legs.empty())
        m_sites.erase(site);
    m_legs.erase(entry);
}

RelayLeg *UnfinishedMessages::tooMuch() const
{
    const auto latest = m_sites.find(m_latest);
    if (latest != m_sites.end() && latest->second.sum > m_limit / Shares)
        return latest->second.legs.front();
    if (m_sum <= m_limit)
        return nullptr;
    const auto most =
        std::max_element(m_sites.begin(), m_sites.end(),
                         [](const auto &a, const auto &b) { return a.second.sum < b.second.sum; });
    return most->second.legs.front();
}

} // namespace higgs::relay
