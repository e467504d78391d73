// SPDX-License-Identifier: GPL-3.0-or-later
// How many things each address and network holds, so that one host, or one customer with a whole
// IPv6 prefix, cannot fill a table that is for everybody.
#pragma once

#include "server/limits.h"
#include "shared/base/endpoint.h"

#include <unordered_map>

namespace higgs::server {

/// Pure. An IPv4 address counts by itself and by its /24, an IPv6 address by /64, /56 and /48.
class NetworkCounts
{
public:
    void add(const IpAddress &address) { change(address, true); }
    void remove(const IpAddress &address) { change(address, false); }

    /// Whether `address` may hold one more.
    [[nodiscard]] bool admits(const IpAddress &address, const NetworkCaps &caps) const;
    /// What its subscriber (subscriberOf()) holds.
    [[nodiscard]] std::size_t of(const IpAddress &address) const;
    [[nodiscard]] std::size_t size() const { return m_counts.size(); }

private:
    struct Network
    {
        IpAddress address;
        unsigned length = 0;
        friend bool operator==(const Network &, const Network &) = default;
    };
    struct NetworkHash
    {
        std::size_t operator()(const Network &network) const noexcept
        {
            return std::hash<IpAddress>{}(network.address) * 131 + network.length;
        }
    };

    static Network network(const IpAddress &address, unsigned length);
    [[nodiscard]] std::size_t at(const Network &network) const;
    void change(const IpAddress &address, bool more);

    std::unordered_map<Network, std::size_t, NetworkHash> m_counts;
};

} // namespace higgs::server
