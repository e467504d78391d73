// SPDX-License-Identifier: GPL-3.0-or-later
// Connects a TCP socket to the first of several addresses that answers (in the manner of RFC 8305).
#pragma once

#include "shared/base/clock.h"
#include "shared/base/endpoint.h"
#include "shared/reactor/epoll_set.h"

#include <QTimer>
#include <functional>
#include <memory>
#include <optional>

namespace higgs {

struct TcpDialOptions
{
    std::vector<IpAddress> addresses;
    std::uint16_t port = 0;
    std::optional<std::uint32_t> mark;
    std::string interfaceName;
};

struct TcpDialed
{
    int fd = -1; ///< non-blocking, close-on-exec; the receiver owns it
    Endpoint peer;
};

/// Lives on the thread of its EpollSet. The deadline is the caller's: deleting the dial ends it.
class TcpDial
{
public:
    /// RFC 8305 section 8: the recommended connection attempt delay.
    static constexpr Milliseconds AttemptDelay{250};
    using Done = std::function<void(Result<TcpDialed>)>;

    /// Calls `done` once, from the event loop; the dial may be deleted in it.
    TcpDial(EpollSet &epoll, TcpDialOptions options, Done done);
    ~TcpDial();

    /// When it has failed: each address was one that nobody has a way to, as this machine or a
    /// router said (ENETUNREACH). Nothing follows from it for another family.
    [[nodiscard]] bool hadNoRoute() const { return m_withoutRoute == m_options.addresses.size(); }

private:
    struct Attempt;

    void tryNext();
    Result<int> startSocket(const Endpoint &to);
    Error connectError(const Endpoint &to, int code);
    void attemptReady(Attempt &attempt);
    void attemptFailed(Attempt *attempt, Error error);
    void finish(Result<TcpDialed> result);

    EpollSet &m_epoll;
    TcpDialOptions m_options;
    Done m_done;
    std::size_t m_next = 0;
    std::size_t m_withoutRoute = 0;
    std::vector<std::unique_ptr<Attempt>> m_attempts;
    std::optional<Error> m_lastError;
    QTimer m_timer;
};

/// What every TCP socket of the relay plane wants: no Nagle, little unsent data in the kernel, a
/// dead peer found within 15 s, also on an idle connection.
void tuneTcpSocket(int fd);

} // namespace higgs
