// SPDX-License-Identifier: GPL-3.0-or-later
// Who may connect: how many connections each network has, how fast it opens them, and whether there
// are descriptors. Pure; asked before anything is spent on a connection.
#pragma once

#include "server/cache/due_times.h"
#include "server/limits.h"
#include "shared/base/endpoint.h"
#include "shared/net/connection_place.h"

#include <array>
#include <unordered_map>

namespace higgs::server {

/// The first `bits` of an address, the rest zero; IPv4-mapped addresses count as IPv4.
IpAddress prefixOf(const IpAddress &address, unsigned bits);
/// What is served in turn with others, however many addresses it has: a /24 or a /48.
IpAddress neighbourhoodOf(const IpAddress &address);

class ConnectionCensus
{
public:
    enum class Refusal : std::uint8_t {
        Rate,        ///< too many handshakes from there
        Connections, ///< too many connections from there
        Full,        ///< the server has all that it can hold
    };
    /// A place, or why not.
    struct Verdict
    {
        std::unique_ptr<ConnectionPlace> place;
        Refusal refusal = Refusal::Full;
    };

    /// `descriptors`: what the process may spend on connections.
    ConnectionCensus(const Limits &limits, std::size_t descriptors);

    void setLimits(const Limits &limits) { m_limits = limits; }
    Verdict admit(Monotonic now, const IpAddress &address);
    /// A place that no network is asked for: of a front that has not said yet who comes.
    std::unique_ptr<ConnectionPlace> admitFront();
    /// Forgets networks that have no connection and their whole rate again, not long after it is
    /// so.
    void sweep(Monotonic now);

    [[nodiscard]] std::size_t networks() const { return m_networks.size(); }
    [[nodiscard]] std::uint32_t strangers() const { return *m_strangers; }

private:
    struct Key
    {
        IpAddress network;
        unsigned bits = 0;
        friend auto operator<=>(const Key &, const Key &) = default;
    };
    struct KeyHash
    {
        std::size_t operator()(const Key &key) const
        {
            return std::hash<IpAddress>{}(key.network) * 31 + key.bits;
        }
    };
    struct Network
    {
        ConnectionCount count;
        double tokens = 0;
        Monotonic at{};
        RateLimit rate;
    };
    /// How one width of network is bounded.
    struct Bound
    {
        unsigned bits;
        RateLimit rate;
        std::size_t connections;
    };

    [[nodiscard]] bool isFull() const;
    [[nodiscard]] std::array<Bound, 3> boundsOf(bool v6) const;
    Network &networkAt(Monotonic now, const IpAddress &address, const Bound &bound);

    Limits m_limits;
    std::size_t m_descriptors;
    ConnectionCount m_strangers;
    ConnectionCount m_process;
    std::unordered_map<Key, Network, KeyHash> m_networks;
    DueTimes<Key, Monotonic, KeyHash> m_lookAt; ///< whether they can be forgotten
};

} // namespace higgs::server
