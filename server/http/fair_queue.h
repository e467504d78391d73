// SPDX-License-Identifier: GPL-3.0-or-later
// Work of many networks, taken in turn: one of each that has any, however much the others want.
// Pure.
#pragma once

#include "shared/base/endpoint.h"

#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <unordered_map>

namespace higgs::server {

class FairQueue
{
public:
    void push(const IpAddress &network, std::uint64_t id);
    /// The first of the network whose turn it is.
    std::optional<std::uint64_t> pop();
    /// The last to come of the network that has the most; what gives way when there are too many.
    std::optional<std::uint64_t> popFromLargest();
    /// No effect if it is not there.
    void remove(const IpAddress &network, std::uint64_t id);

    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] bool isEmpty() const { return m_size == 0; }

private:
    struct Line
    {
        std::deque<std::uint64_t> ids;
        std::list<IpAddress>::iterator turn;
    };
    using Lines = std::unordered_map<IpAddress, Line>;

    void dropIfEmpty(Lines::iterator line);

    Lines m_lines;
    std::list<IpAddress> m_turns; ///< the networks in m_lines, the next one first
    std::size_t m_size = 0;
};

} // namespace higgs::server
