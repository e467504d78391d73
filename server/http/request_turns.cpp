// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/request_turns.h"

namespace higgs::server {

void RequestTurns::add(const IpAddress &network, std::uint64_t connection)
{
    std::deque<std::uint64_t> &waiting = m_waiting[network];
    if (waiting.empty())
        m_order.push_back(network);
    waiting.push_back(connection);
}

std::optional<std::uint64_t> RequestTurns::next()
{
    if (m_order.empty())
        return std::nullopt;
    const IpAddress network = m_order.front();
    m_order.pop_front();
    const auto found = m_waiting.find(network);
    const std::uint64_t connection = found->second.front();
    found->second.pop_front();
    if (found->second.empty())
        m_waiting.erase(found);
    else
        m_order.push_back(network);
    return connection;
}

} // namespace higgs::server
