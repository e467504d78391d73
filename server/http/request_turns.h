// SPDX-License-Identifier: GPL-3.0-or-later
// Whose request is next: one of each network in turn, so that what a busy network waits for is its
// own requests, however many connections it has and however fast it sends.
#pragma once

#include "shared/base/endpoint.h"

#include <deque>
#include <optional>
#include <unordered_map>

namespace higgs::server {

/// Pure. Holds one entry a waiting connection, so that the connections' bound is its own.
class RequestTurns
{
public:
    /// The connection has a whole request. Not again before next() has returned it.
    void add(const IpAddress &network, std::uint64_t connection);
    /// Takes out the connection that is next.
    std::optional<std::uint64_t> next();
    [[nodiscard]] bool isEmpty() const { return m_order.empty(); }

private:
    std::deque<IpAddress> m_order; ///< each network that waits, once
    std::unordered_map<IpAddress, std::deque<std::uint64_t>> m_waiting;
};

} // namespace higgs::server
