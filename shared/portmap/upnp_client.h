// SPDX-License-Identifier: GPL-3.0-or-later
// Speaks UPnP with the home's router and nobody else: sockets bound to its interface and connected
// to its address, whatever an answer names; bounded in bytes and in time.
#pragma once

#include "shared/net/http_response.h"
#include "shared/portmap/upnp_core.h"
#include "shared/reactor/epoll_set.h"
#include "shared/tunnel/home_router.h"
#include "shared/tunnel/owned_fd.h"

#include <QObject>
#include <QTimer>
#include <memory>

namespace higgs::portmap {

/// A socket to a port of the router's, by its interface and from our address. Non-blocking: a TCP
/// connection may still be coming. Network, Permission.
Result<OwnedFd> dialRouter(const HomeRouter &router, int type, std::uint16_t port,
                           std::optional<std::uint32_t> mark);

/// One conversation, begun by start(); done() follows once, from the event loop. Deleting it
/// earlier ends it silently. Lives on its EpollSet's thread.
class UpnpClient : public QObject, private EpollSource
{
    Q_OBJECT

public:
    /// For one question and its answer, and for all of them.
    static constexpr Milliseconds StepTime{3'000};
    static constexpr Milliseconds WholeTime{12'000};
    static constexpr Milliseconds SearchWait{700};
    /// Of an answer with its head.
    static constexpr std::size_t MaxAnswer = MaxUpnpText + MaxHttpResponseHead;

    UpnpClient(EpollSet &epoll, HomeRouter router, std::optional<std::uint32_t> mark,
               UpnpTerms terms);
    ~UpnpClient() override;

    void start();
    /// UpnpCore::turnBack().
    [[nodiscard]] bool turnBack() { return m_core.turnBack(); }
    /// For the end of the process: goes on without an event loop, for so long at most.
    void finish(Milliseconds patience);
    [[nodiscard]] const UpnpCore &core() const { return m_core; }

Q_SIGNALS:
    void done();

private:
    void ready(std::uint32_t events) override;
    void advance();
    void write();
    void readAnswer();
    void readSearch();
    void give(const Error &error);
    void take();
    void hangUp();
    void timedOut();

    EpollSet &m_epoll;
    HomeRouter m_router;
    std::optional<std::uint32_t> m_mark;
    UpnpCore m_core;
    Monotonic m_begun{};
    OwnedFd m_fd;
    bool m_search = false;
    bool m_told = false;
    std::string m_toWrite;
    std::size_t m_read = 0;
    std::unique_ptr<HttpResponseParser> m_parser;
    QTimer m_timer;
};

} // namespace higgs::portmap
