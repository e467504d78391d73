// SPDX-License-Identifier: GPL-3.0-or-later
// The server's STUN over TCP, at the same places and under the same rate limit as over UDP.
#pragma once

#include "shared/net/stun_answer.h"
#include "shared/net/stun_limiter.h"
#include "shared/reactor/epoll_set.h"

#include <QTimer>
#include <atomic>
#include <memory>
#include <unordered_map>

namespace higgs {

/// Lives on its EpollSet's thread. Whoever sends what is no binding request, is over the rate, or
/// does not take its answers is closed.
class StunTcp
{
public:
    /// A question takes a round trip, and a client that has its answer has no reason to stay. At
    /// the limit the one that was quiet for longest makes room.
    static constexpr std::size_t MaxConnections = 512;
    static constexpr unsigned MaxOfSource = 8;   ///< an address; IPv6: a /64
    static constexpr unsigned MaxOfNetwork = 64; ///< a /24, or a /48
    /// Since the connection or its last whole request; half a one gains no time.
    static constexpr Seconds Idle{10};

    StunTcp(EpollSet &epoll, StunLimiter &limiter);
    ~StunTcp();

    /// At `sockets`, which `places` describes. AlreadyExists when a port is taken; else Network or
    /// Permission.
    Result<void> listen(std::span<const Endpoint> sockets, const StunPlaces &places);

    /// Any thread may ask.
    [[nodiscard]] std::uint64_t answered() const { return m_answered; }
    [[nodiscard]] std::size_t connections() const { return m_connections.size(); }
    /// Closes what was quiet for too long.
    void closeIdle(Monotonic now);

private:
    class Listener;
    class Connection;
    using Counts = std::unordered_map<IpAddress, unsigned>;

    void accepted(int fd, const Endpoint &from);
    void close(Connection &connection);
    void closeQuietest();
    void sweepLater();

    EpollSet &m_epoll;
    StunLimiter &m_limiter;
    StunPlaces m_places;
    std::vector<std::unique_ptr<Listener>> m_listeners;
    std::unordered_map<const Connection *, std::unique_ptr<Connection>> m_connections;
    std::atomic<std::uint64_t> m_answered{0};
    Counts m_ofSources;
    Counts m_ofNetworks;
    QTimer m_sweep;
};

} // namespace higgs
