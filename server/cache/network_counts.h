// SPDX-License-Identifier: GPL-3.0-or-later
// How many things each address and network holds, so that one host, or one customer with a whole
// IPv6 prefix, cannot fill a table that is for everybody.
#pragma once

#include "server/limits.h"
#include "shared/base/endpoint.h"

#include <optional>
#include <unordered_map>

namespace higgs::server {

/// Pure. An IPv4 address counts by itself and by its /24, an IPv6 address by /64, /56 and /48.
class NetworkCounts
{
public:
    void add(const IpAddress &address) { change(address, true); }
    void remove(const IpAddress &address) { change(address, false); }

    /// Whether `address` may hold one more.
    [[nodiscard]] bool admits(const IpAddress &address, const NetworkCaps &caps) const
    {
        return !full(address, caps);
    }
    /// The narrowest of its networks that may hold no more: one less there is one less of all that
    /// are wider.
    [[nodiscard]] std::optional<IpPrefix> full(const IpAddress &address,
                                               const NetworkCaps &caps) const;
    /// What `holder` has in the widest of its networks that `seeker` is not in, if that is more
    /// than the seeker's network of that width has; else 0. So a /48 counts as one against the
    /// others, and inside it its customers do.
    [[nodiscard]] std::size_t moreThan(const IpAddress &seeker, const IpAddress &holder) const;
    /// What its subscriber (subscriberOf()) holds.
    [[nodiscard]] std::size_t of(const IpAddress &address) const;
    [[nodiscard]] std::size_t size() const { return m_counts.size(); }

private:
    struct NetworkHash
    {
        std::size_t operator()(const IpPrefix &network) const noexcept
        {
            return std::hash<IpAddress>{}(network.address) * 131 + network.length;
        }
    };

    [[nodiscard]] std::size_t at(const IpPrefix &network) const;
    void change(const IpAddress &address, bool more);

    std::unordered_map<IpPrefix, std::size_t, NetworkHash> m_counts;
};

} // namespace higgs::server
