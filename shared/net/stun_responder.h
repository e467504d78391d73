// SPDX-License-Identifier: GPL-3.0-or-later
// Answers STUN binding requests over UDP (RFC 8489): the server's public STUN, and on a node the
// gateway that proves a guest's tunnel.
#pragma once

#include "shared/net/stun_limiter.h"
#include "shared/reactor/epoll_set.h"

#include <optional>

namespace higgs {

/// The answer to a datagram from `source`, or nothing: only binding requests are answered, and
/// never with more than 1.6 times their size on the wire (IP and UDP headers included).
std::optional<Bytes> answerStunRequest(ByteSpan datagram, const Endpoint &source);

/// Lives on its EpollSet's thread.
class StunResponder : private EpollSource
{
public:
    explicit StunResponder(EpollSet &epoll) : m_epoll(epoll) {}
    ~StunResponder() override;

    /// Port 0 takes any; an IPv6 wild card takes IPv4 too. Answers leave from the address that was
    /// asked. Errors as of openUdpSocket().
    Result<void> listen(const Endpoint &local);
    [[nodiscard]] Endpoint localEndpoint() const;

    [[nodiscard]] std::uint64_t answered() const { return m_answered; }
    [[nodiscard]] std::uint64_t refused() const { return m_refused; } ///< by the rate limit

private:
    void ready(std::uint32_t events) override;
    bool answerOne();
    void close();

    EpollSet &m_epoll;
    StunLimiter m_limiter;
    int m_fd = -1;
    std::uint64_t m_answered = 0;
    std::uint64_t m_refused = 0;
};

} // namespace higgs
