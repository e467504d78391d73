// SPDX-License-Identifier: GPL-3.0-or-later
// What all sessions of a relay thread hold for ends that are not there: strangers can have many
// sessions, so the sum is bounded, too. Pure.
#pragma once

#include <cstddef>

namespace higgs::relay {

class HeldBytes
{
public:
    /// What each piece takes besides its bytes.
    static constexpr std::size_t EachPiece = 64;

    explicit HeldBytes(std::size_t limit) : m_limit(limit) {}

    [[nodiscard]] static std::size_t costOf(std::size_t bytes) { return bytes + EachPiece; }
    [[nodiscard]] bool hasRoomFor(std::size_t bytes) const
    {
        return m_sum + costOf(bytes) <= m_limit;
    }
    void add(std::size_t bytes) { m_sum += costOf(bytes); }
    void remove(std::size_t bytes) { m_sum -= costOf(bytes); }
    [[nodiscard]] std::size_t sum() const { return m_sum; }

private:
    std::size_t m_limit;
    std::size_t m_sum = 0;
};

} // namespace higgs::relay
