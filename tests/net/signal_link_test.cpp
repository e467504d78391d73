// SPDX-License-Identifier: GPL-3.0-or-later
// A signal link that its server has lost is made anew when something else shows that the server is
// there, and not before its turn otherwise.
#include "shared/crypto/keys.h"
#include "shared/net/signal_link.h"
#include "tests/support/loopback_listener.h"

#include <QSignalSpy>
#include <QTest>
#include <unistd.h>

using namespace higgs;
using namespace higgs::test;
using namespace std::chrono_literals;

class SignalLinkTest : public QObject
{
    Q_OBJECT

private:
    EpollSet m_epoll;
    int m_dialled = 0;
    LoopbackListener m_server{m_epoll, [this](int fd, const Endpoint &) {
                                  ++m_dialled;
                                  ::close(fd);
                              }};

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void waitsNoLongerThanTheServerIsAway();
};

void SignalLinkTest::waitsNoLongerThanTheServerIsAway()
{
    SignalLinkOptions options;
    options.host = "localhost";
    options.port = m_server.port();
    options.addresses = {IpAddress::loopback(IpAddress::Family::V4)};
    options.retryBase = options.retryCap = 24h;
    SignalLink link(m_epoll, std::move(options));
    QSignalSpy broke(&link, &SignalLink::disconnected);
    link.serverIsThere(); // of one that was never opened
    QTest::qWait(20);
    QCOMPARE(m_dialled, 0);
    link.open();
    QTRY_COMPARE(broke.count(), 1);
    QCOMPARE(m_dialled, 1);
    link.serverIsThere();
    link.serverIsThere();
    QTRY_COMPARE(broke.count(), 2);
    QCOMPARE(m_dialled, 2);
    // Whoever says so each time, and lets no link in, is not stormed.
    for (int i = 0; i < 20; ++i) {
        link.serverIsThere();
        QTest::qWait(5);
    }
    QVERIFY(m_dialled <= 3);
}

QTEST_GUILESS_MAIN(SignalLinkTest)
#include "signal_link_test.moc"
