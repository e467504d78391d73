// SPDX-License-Identifier: GPL-3.0-or-later
// Answers STUN binding requests over UDP (RFC 8489, RFC 5780): the server's public STUN, and on a
// node the gateway that proves a guest's tunnel.
#pragma once

#include "shared/net/stun_answer.h"
#include "shared/net/stun_limiter.h"
#include "shared/reactor/epoll_set.h"

#include <atomic>
#include <memory>

namespace higgs {

/// Lives on its EpollSet's thread.
class StunResponder
{
public:
    explicit StunResponder(EpollSet &epoll);
    ~StunResponder();

    /// Port 0 takes any; an IPv6 wild card takes IPv4 too. Answers leave from the address that was
    /// asked, or from where the request wants it. Errors as of openUdpSocket().
    Result<void> listen(const Endpoint &local) { return listenAll({local}); }
    /// The same at both places. InvalidArgument where a second one is no address of this machine.
    Result<void> listenAll(const StunPlaces &places);
    [[nodiscard]] Endpoint localEndpoint() const { return m_places.primary; }
    /// With the ports that were taken.
    [[nodiscard]] const StunPlaces &places() const { return m_places; }
    /// What each socket is bound to.
    [[nodiscard]] std::vector<Endpoint> sockets() const;

    /// Shared by whoever else answers at these places.
    [[nodiscard]] StunLimiter &limiter() { return m_limiter; }
    /// Any thread may ask.
    [[nodiscard]] std::uint64_t answered() const { return m_answered; }

private:
    class Socket;

    Result<void> open(const Endpoint &local);
    [[nodiscard]] Socket *socketAt(const Endpoint &place) const;
    void received(ByteSpan datagram, const Endpoint &from, const Endpoint &to);

    EpollSet &m_epoll;
    StunLimiter m_limiter;
    StunPlaces m_places;
    std::vector<std::unique_ptr<Socket>> m_sockets;
    unsigned m_interface = 0; ///< by which the question came that is being answered
    std::atomic<std::uint64_t> m_answered{0};
};

} // namespace higgs
