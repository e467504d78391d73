// SPDX-License-Identifier: GPL-3.0-or-later
// The window's line to the daemon, on a real socket: absent, forbidden, too old, silent, gone and
// back, and what each wish becomes as a request.
#include "app-vpn/gui/daemon_link.h"
#include "tests/support/scripted_daemon.h"

#include <QRegularExpression>
#include <QSignalSpy>
#include <QTest>

using namespace higgs;
using namespace higgs::vpn;
using control::Json;

class DaemonLinkTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void comesUp();
    void absentThenThere();
    void goneAndBack();
    void tooOld();
    void forbidden();
    void silentDaemonIsAbsent();
    void notAStatus();
    void wishesBecomeRequests();
    void refusalsAreTold();
    void placesStayFresh();
    void ordersWithoutADaemon();
    void retryNow();

private:
    template <typename T>
    Result<T> wait(QFuture<Result<T>> future);

    std::unique_ptr<test::ScriptedDaemon> m_daemon;
    std::unique_ptr<DaemonLink> m_link;
};

template <typename T>
Result<T> DaemonLinkTest::wait(QFuture<Result<T>> future)
{
    if (!QTest::qWaitFor([&future] { return future.isFinished(); }))
        return unexpected(ErrorCode::Timeout);
    return future.result();
}

void DaemonLinkTest::init()
{
    QTest::failOnWarning(QRegularExpression(QStringLiteral(".")));
    m_daemon = std::make_unique<test::ScriptedDaemon>();
    m_link = std::make_unique<DaemonLink>(m_daemon->path());
}

void DaemonLinkTest::cleanup()
{
    m_link.reset();
    m_daemon.reset();
}

void DaemonLinkTest::comesUp()
{
    m_daemon->start();
    QSignalSpy views(m_link.get(), &DaemonLink::viewChanged);
    QCOMPARE(m_link->linkState(), LinkState::Connecting);
    m_link->line().start();
    QTRY_COMPARE(m_link->linkState(), LinkState::Up);
    QCOMPARE(views.count(), 1);
    QCOMPARE(m_link->view().server->host, QStringLiteral("vpn.example.net"));
    QCOMPARE(m_link->line().daemonVersion(), QStringLiteral("0.1.0"));
    m_daemon->connected("DE", "DE-BE");
    QTRY_COMPARE(m_link->view().state, State::Connected);
    QCOMPARE(views.count(), 2);
}

void DaemonLinkTest::absentThenThere()
{
    m_link->line().start();
    QTRY_COMPARE(m_link->linkState(), LinkState::Absent);
    QVERIFY(!m_link->everUp());
    QVERIFY(!m_link->line().detail().isEmpty());
    m_daemon->start();
    QTRY_COMPARE(m_link->linkState(), LinkState::Up);
}

void DaemonLinkTest::goneAndBack()
{
    m_daemon->start();
    m_link->line().start();
    QTRY_COMPARE(m_link->linkState(), LinkState::Up);
    m_daemon->connected("DE", "DE-BE");
    QTRY_COMPARE(m_link->view().state, State::Connected);
    m_daemon->stop();
    QTRY_COMPARE(m_link->linkState(), LinkState::Absent);
    QVERIFY(m_link->everUp());
    QCOMPARE(m_link->view().state, State::Connected); // what stood last
    m_daemon->start();
    m_daemon->blocked("node_lost");
    QTRY_COMPARE(m_link->linkState(), LinkState::Up);
    QCOMPARE(m_link->view().state, State::Blocked);
}

void DaemonLinkTest::tooOld()
{
    m_daemon->status().erase("controlVersion");
    m_daemon->status()["version"] = "0.0.9";
    m_daemon->start();
    m_link->line().start();
    QTRY_COMPARE(m_link->linkState(), LinkState::TooOld);
    QCOMPARE(m_link->line().daemonVersion(), QStringLiteral("0.0.9"));
    // Replaced by a newer one while we look.
    m_daemon->stop();
    m_daemon->status()["controlVersion"] = ControlVersion;
    m_daemon->start();
    QTRY_COMPARE_WITH_TIMEOUT(m_link->linkState(), LinkState::Up, 10000);
}

void DaemonLinkTest::forbidden()
{
    // Refused in the daemon's own words: it answers a connection it does not want with an error.
    m_daemon->refuse("subscribe", ErrorCode::Forbidden, "members of higgs only");
    m_daemon->start();
    m_link->line().start();
    QTRY_COMPARE(m_link->linkState(), LinkState::Forbidden);
    QCOMPARE(m_link->line().detail(), QStringLiteral("members of higgs only"));
    m_daemon->answer("subscribe", {});
    QTRY_COMPARE_WITH_TIMEOUT(m_link->linkState(), LinkState::Up, 10000);
}

void DaemonLinkTest::silentDaemonIsAbsent()
{
    m_link->line().setPulseInterval(Milliseconds(100));
    m_daemon->start();
    m_link->line().start();
    QTRY_COMPARE(m_link->linkState(), LinkState::Up);
    m_daemon->connected("DE", {});
    QTRY_COMPARE(m_link->view().state, State::Connected);
    m_daemon->leaveOpen("status");
    m_daemon->leaveOpen("subscribe");
    QTRY_COMPARE(m_link->linkState(), LinkState::Absent);
}

void DaemonLinkTest::notAStatus()
{
    m_daemon->answer("subscribe", [](const Json &) { return Result<Json>(Json::array({1})); });
    m_daemon->start();
    m_link->line().start();
    QTRY_COMPARE(m_link->linkState(), LinkState::TooOld);
    QVERIFY(!m_link->everUp());
}

void DaemonLinkTest::wishesBecomeRequests()
{
    m_daemon->start();
    m_link->line().start();
    QTRY_COMPARE(m_link->linkState(), LinkState::Up);
    m_link->connectTo({QStringLiteral("FI"), {}, {}, QStringLiteral("relay"), {}});
    QTRY_COMPARE(m_link->view().state, State::Connecting);
    QVERIFY(m_daemon->last("connect") == (Json{{"country", "FI"}, {"path", "relay"}}));
    m_link->pause(15);
    QTRY_VERIFY(m_link->view().pausedUntil.has_value());
    QVERIFY(m_daemon->last("pause") == (Json{{"minutes", 15}}));
    m_link->resume();
    QTRY_COMPARE(m_link->view().state, State::Connecting);
    m_link->disconnectTunnel();
    QTRY_COMPARE(m_link->view().state, State::Disconnected);
    QVERIFY(wait(m_link->set(QStringLiteral("lan"), QStringLiteral("on"))));
    QTRY_VERIFY(m_link->view().settings.lan);
    QVERIFY(wait(m_link->line().configureServer(QStringLiteral("https://b.example:4000"),
                                                QStringLiteral("ABCD"), SecretText("key"))));
    QVERIFY(m_daemon->last("configureServer") ==
            (Json{{"url", "https://b.example:4000"}, {"pin", "ABCD"}, {"accessKey", "key"}}));
    QTRY_COMPARE(m_link->view().server->address(), QStringLiteral("b.example:4000"));
    QVERIFY(m_link->view().accessKeySet);
    QVERIFY(wait(m_link->line().setAccessKey(SecretText())));
    QTRY_VERIFY(!m_link->view().accessKeySet);
    QCOMPARE(wait(m_link->line().diagnose())->size(), 1U);
    QVERIFY(wait(m_link->line().log(50))->empty());
    QVERIFY(m_daemon->last("log") == (Json{{"lines", 50}}));
    QVERIFY(wait(m_link->restoreNetwork()));
}

void DaemonLinkTest::refusalsAreTold()
{
    m_daemon->start();
    m_link->line().start();
    QTRY_COMPARE(m_link->linkState(), LinkState::Up);
    QSignalSpy failures(m_link.get(), &DaemonLink::requestFailed);
    m_daemon->refuse("connect", ErrorCode::InvalidArgument, "no server is configured");
    m_link->connectTo({});
    QTRY_COMPARE(failures.count(), 1);
    QCOMPARE(failures[0][0].toString(), QStringLiteral("connect"));
    m_daemon->refuse("set", ErrorCode::InvalidArgument, "not so");
    const Result<void> set = wait(m_link->set(QStringLiteral("dns"), QStringLiteral("x")));
    QCOMPARE(set.error(), (Error{ErrorCode::InvalidArgument, "not so"}));
    QCOMPARE(failures.count(), 1);
}

void DaemonLinkTest::placesStayFresh()
{
    m_link->keepPlacesFresh(true);
    m_daemon->start();
    m_link->line().start();
    QTRY_VERIFY(m_link->placesKnown());
    QCOMPARE(m_link->places().size(), 5U);
    m_daemon->refuse("countries", ErrorCode::Network, "the server does not answer");
    QSignalSpy failures(m_link.get(), &DaemonLink::requestFailed);
    m_link->refreshPlaces();
    QTRY_COMPARE(failures.count(), 1);
    QCOMPARE(m_link->places().size(), 5U); // the last known
    QCOMPARE(m_link->placesError()->code, ErrorCode::Network);
    m_daemon->answer("countries", {});
    m_link->refreshPlaces();
    QTRY_VERIFY(!m_link->placesError());
}

void DaemonLinkTest::ordersWithoutADaemon()
{
    const Result<void> set = wait(m_link->set(QStringLiteral("lan"), QStringLiteral("on")));
    QCOMPARE(set.error().code, ErrorCode::Unavailable);
    QSignalSpy failures(m_link.get(), &DaemonLink::requestFailed);
    m_link->disconnectTunnel();
    QTRY_COMPARE(failures.count(), 1);
}

void DaemonLinkTest::retryNow()
{
    m_link->line().start();
    QTRY_COMPARE(m_link->linkState(), LinkState::Absent);
    QTest::qWait(0);
    m_daemon->start();
    m_link->line().retryNow();
    QTRY_COMPARE_WITH_TIMEOUT(m_link->linkState(), LinkState::Up, 400);
}

QTEST_GUILESS_MAIN(DaemonLinkTest)
#include "daemon_link_test.moc"
