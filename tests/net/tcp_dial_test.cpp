// SPDX-License-Identifier: GPL-3.0-or-later
// A dial answers once, whatever its connections do in the same turn of the event loop.
#include "shared/net/tcp_dial.h"
#include "shared/reactor/epoll_set.h"

#include <QtTest>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace higgs;

class TcpDialTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void answersOnceWhenTwoConnectInOneTurn();
    void answersOnceWhenNobodyListens();
};

namespace {

constexpr int Patience = 10'000; // ms; SYNs that were dropped come again after 1, 3 and 7 s

/// Listens on each of this machine's addresses, and takes no connection but one before accept().
struct FullListener
{
    FullListener()
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        socklen_t size = sizeof(address);
        QVERIFY(::bind(fd, reinterpret_cast<sockaddr *>(&address), size) == 0);
        QVERIFY(::listen(fd, 0) == 0);
        QVERIFY(::getsockname(fd, reinterpret_cast<sockaddr *>(&address), &size) == 0);
        port = ntohs(address.sin_port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        QVERIFY(::connect(filler, reinterpret_cast<sockaddr *>(&address), size) == 0);
    }
    ~FullListener()
    {
        ::close(filler);
        ::close(fd);
    }
    FullListener(const FullListener &) = delete;
    FullListener &operator=(const FullListener &) = delete;

    /// Without an event loop's turn meanwhile. False when nobody came.
    [[nodiscard]] bool takeOne() const
    {
        pollfd waiting{fd, POLLIN, 0};
        if (::poll(&waiting, 1, Patience) != 1)
            return false;
        const int taken = ::accept(fd, nullptr, nullptr);
        ::close(taken);
        return taken >= 0;
    }

    int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int filler = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    std::uint16_t port = 0;
};

} // namespace

void TcpDialTest::answersOnceWhenTwoConnectInOneTurn()
{
    EpollSet epoll;
    const FullListener listener;
    int connected = 0;
    // Kept after it has answered, as by whoever has more to ask than this.
    const TcpDial dial(
        epoll,
        {{*IpAddress::parse("127.0.0.1"), *IpAddress::parse("127.0.0.2")}, listener.port, {}, {}},
        [&](const Result<TcpDialed> &dialed) {
            QVERIFY2(dialed.has_value(), dialed ? "" : dialed.error().detail.c_str());
            ::close(dialed->fd);
            ++connected;
        });
    // Both are on their way, ...
    QTest::qWait(static_cast<int>(2 * TcpDial::AttemptDelay.count()));
    QCOMPARE(connected, 0);
    // ... and both arrive while this thread does something else.
    for (int i = 0; i < 3; ++i)
        QVERIFY(listener.takeOne());
    QTRY_COMPARE(connected, 1);
    QTest::qWait(1);
    QCOMPARE(connected, 1);
}

void TcpDialTest::answersOnceWhenNobodyListens()
{
    std::uint16_t port = 0;
    {
        const FullListener gone;
        port = gone.port;
    }
    EpollSet epoll;
    int failed = 0;
    const TcpDial dial(
        epoll, {{*IpAddress::parse("127.0.0.1"), *IpAddress::parse("127.0.0.2")}, port, {}, {}},
        [&](const Result<TcpDialed> &dialed) { failed += dialed ? 0 : 1; });
    QTRY_COMPARE(failed, 1);
    QVERIFY(!dial.hadNoRoute()); // refused is not unreachable
    QTest::qWait(1);
    QCOMPARE(failed, 1);
}

QTEST_GUILESS_MAIN(TcpDialTest)
#include "tcp_dial_test.moc"
