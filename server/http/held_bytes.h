// SPDX-License-Identifier: GPL-3.0-or-later
// How much of the server's memory the requests and answers of each network hold: half-sent
// requests, and answers that are not taken. The limits for one of them times the connections that
// an address may have would be far more than one address may cost.
#pragma once

#include "server/limits.h"
#include "shared/base/endpoint.h"

#include <unordered_map>

namespace higgs::server {

class HeldBytes
{
public:
    explicit HeldBytes(const Limits &limits) : m_limits(limits) {}

    /// What one connection of the network holds has changed.
    void change(const IpAddress &network, std::size_t before, std::size_t after);
    /// The network holds more than its share: whoever wants more for it refuses.
    [[nodiscard]] bool isOver(const IpAddress &network) const;
    /// Half of the share is used: no time for another large answer. The first one is always sent,
    /// whatever its size.
    [[nodiscard]] bool isHalfUsed(const IpAddress &network) const;
    [[nodiscard]] std::size_t of(const IpAddress &network) const;
    [[nodiscard]] std::size_t total() const { return m_total; }

private:
    const Limits &m_limits;                            ///< may change by a reload
    std::unordered_map<IpAddress, std::size_t> m_held; ///< no entry for nothing
    std::size_t m_total = 0;
};

} // namespace higgs::server
