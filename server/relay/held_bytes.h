// SPDX-License-Identifier: GPL-3.0-or-later
// What all sessions of a relay thread hold for ends that are not there: strangers can have many
// sessions, so the sum is bounded, too, and what one network has of it. Pure.
#pragma once

#include "shared/base/endpoint.h"

#include <cstddef>
#include <unordered_map>

namespace higgs::relay {

class HeldBytes
{
public:
    /// What each piece takes besides its bytes.
    static constexpr std::size_t EachPiece = 64;
    /// The part of all that a network may hold once half of it is used up.
    static constexpr std::size_t Shares = 8;

    explicit HeldBytes(std::size_t limit) : m_limit(limit) {}

    [[nodiscard]] static std::size_t costOf(std::size_t bytes) { return bytes + EachPiece; }
    /// `network`: of whoever sent it (siteOf()).
    [[nodiscard]] bool hasRoomFor(const IpAddress &network, std::size_t bytes) const
    {
        const std::size_t after = m_sum + costOf(bytes);
        return after <= m_limit / 2 ||
               (after <= m_limit && of(network) + costOf(bytes) <= m_limit / Shares);
    }
    void add(const IpAddress &network, std::size_t bytes)
    {
        m_sum += costOf(bytes);
        m_of[network] += costOf(bytes);
    }
    void remove(const IpAddress &network, std::size_t bytes)
    {
        m_sum -= costOf(bytes);
        const auto found = m_of.find(network);
        if ((found->second -= costOf(bytes)) == 0)
            m_of.erase(found);
    }
    [[nodiscard]] std::size_t sum() const { return m_sum; }

private:
    [[nodiscard]] std::size_t of(const IpAddress &network) const
    {
        const auto found = m_of.find(network);
        return found == m_of.end() ? 0 : found->second;
    }

    std::size_t m_limit;
    std::size_t m_sum = 0;
    std::unordered_map<IpAddress, std::size_t> m_of;
};

} // namespace higgs::relay
