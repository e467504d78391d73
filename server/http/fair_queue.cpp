// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/fair_queue.h"

#include <algorithm>

namespace higgs::server {

void FairQueue::push(const IpAddress &network, std::uint64_t id)
{
    const auto [line, isNew] = m_lines.try_emplace(network);
    if (isNew)
        line->second.turn = m_turns.insert(m_turns.end(), network);
    line->second.ids.push_back(id);
    ++m_size;
}

std::optional<std::uint64_t> FairQueue::pop()
{
    if (m_turns.empty())
        return std::nullopt;
    const auto line = m_lines.find(m_turns.front());
    const std::uint64_t id = line->second.ids.front();
    line->second.ids.pop_front();
    --m_size;
    m_turns.splice(m_turns.end(), m_turns, line->second.turn);
    dropIfEmpty(line);
    return id;
}

std::optional<std::uint64_t> FairQueue::popFromLargest()
{
    const auto largest =
        std::max_element(m_lines.begin(), m_lines.end(), [](const auto &a, const auto &b) {
            return a.second.ids.size() < b.second.ids.size();
        });
    if (largest == m_lines.end())
        return std::nullopt;
    const std::uint64_t id = largest->second.ids.back();
    largest->second.ids.pop_back();
    --m_size;
    dropIfEmpty(largest);
    return id;
}

void FairQueue::remove(const IpAddress &network, std::uint64_t id)
{
    const auto line = m_lines.find(network);
    if (line == m_lines.end())
        return;
    m_size -= std::erase(line->second.ids, id);
    dropIfEmpty(line);
}

void FairQueue::dropIfEmpty(Lines::iterator line)
{
    if (!line->second.ids.empty())
        return;
    m_turns.erase(line->second.turn);
    m_lines.erase(line);
}

} // namespace higgs::server
