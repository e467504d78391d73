// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/relay/read_turns.h"

#include <algorithm>

namespace higgs::relay {

namespace {

// Sites that have done nothing for so many turns are forgotten; looked at as seldom.
constexpr std::uint64_t ForgottenAfter = 4096;

} // namespace

bool ReadTurns::mayRead(RelayLeg *leg, const IpAddress &site, std::uint64_t turn)
{
    const auto known = m_sites.find(site);
    if (known == m_sites.end())
        return true;
    Site &of = known->second;
    const bool hasLeft = of.turn != turn || of.used < PerTurn;
    if (hasLeft && of.waiting.empty())
        return true;
    of.waiting.push_back(leg);
    ++m_waiting;
    return false;
}

void ReadTurns::worked(const IpAddress &site, std::uint64_t turn, std::size_t cost)
{
    Site &of = m_sites[site];
    if (of.turn != turn) {
        of.turn = turn;
        of.used = 0;
    }
    of.used += cost;
    if (turn - m_sweptAt < ForgottenAfter)
        return;
    m_sweptAt = turn;
    std::erase_if(m_sites, [turn](const auto &each) {
        return each.second.waiting.empty() && turn - each.second.turn >= ForgottenAfter;
    });
}

std::vector<RelayLeg *> ReadTurns::wake()
{
    std::vector<RelayLeg *> woken;
    for (auto &[address, site] : m_sites) {
        const std::size_t count = std::min(site.waiting.size(), WokenPerTurn);
        const auto end = site.waiting.begin() + static_cast<std::ptrdiff_t>(count);
        woken.insert(woken.end(), site.waiting.begin(), end);
        site.waiting.erase(site.waiting.begin(), end);
    }
    m_waiting -= woken.size();
    return woken;
}

void ReadTurns::remove(RelayLeg *leg, const IpAddress &site)
{
    const auto of = m_sites.find(site);
    if (of != m_sites.end())
        m_waiting -= std::erase(of->second.waiting, leg);
}

} // namespace higgs::relay
