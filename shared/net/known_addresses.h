// SPDX-License-Identifier: GPL-3.0-or-later
// Where a server may be: what a resolver said last, and beside it the addresses at which TLS has
// shown that it is the right one. A resolver may lie (a captive portal), and a server may move.
// Pure.
#pragma once

#include "shared/base/endpoint.h"

#include <algorithm>
#include <vector>

namespace higgs {

class KnownAddresses
{
public:
    static constexpr std::size_t MostProven = 8; ///< both families of a few moves

    void answered(std::vector<IpAddress> addresses) { m_answers = std::move(addresses); }

    /// True when this is news.
    bool proven(const IpAddress &address)
    {
        if (!m_proven.empty() && m_proven.front() == address)
            return false;
        std::erase(m_proven, address);
        m_proven.insert(m_proven.begin(), address);
        m_proven.resize(std::min(m_proven.size(), MostProven));
        return true;
    }

    /// The proven ones, the latest first.
    [[nodiscard]] const std::vector<IpAddress> &proven() const { return m_proven; }

    /// Those to try, in this order: proven and still answered, answered, proven once.
    [[nodiscard]] std::vector<IpAddress> inOrder() const
    {
        std::vector<IpAddress> order;
        const auto add = [&order](const IpAddress &address) {
            if (std::find(order.begin(), order.end(), address) == order.end())
                order.push_back(address);
        };
        for (const IpAddress &address : m_proven) {
            if (std::find(m_answers.begin(), m_answers.end(), address) != m_answers.end())
                add(address);
        }
        for (const std::vector<IpAddress> *list : {&m_answers, &m_proven})
            std::for_each(list->begin(), list->end(), add);
        return order;
    }

private:
    std::vector<IpAddress> m_answers;
    std::vector<IpAddress> m_proven;
};

} // namespace higgs
