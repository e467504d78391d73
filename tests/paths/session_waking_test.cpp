// SPDX-License-Identifier: GPL-3.0-or-later
// A session's paths after a sleep.
#include "fake_path.h"
#include "shared/crypto/keys.h"
#include "shared/paths/session_paths.h"

#include <QPointer>
#include <QSignalSpy>
#include <QTest>

using namespace higgs;
using namespace std::chrono_literals;
using protocol::PathType;

class SessionWakingTest : public QObject
{
    Q_OBJECT

private:
    std::vector<QPointer<FakePath>> m_relays;
    FakePath *m_direct = nullptr;
    std::unique_ptr<SessionPaths> m_paths;
    std::unique_ptr<QSignalSpy> m_opened;
    std::unique_ptr<QSignalSpy> m_lost;

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void init();
    void nothingIsBelievedAfterASleep();
    void whatIsLostStaysSo();
};

void SessionWakingTest::init()
{
    m_relays.clear();
    SessionPathsOptions options;
    options.relay.host = "relay.example";
    options.relay.port = 443;
    options.relay.addresses = [] { return std::vector{*IpAddress::parse("127.0.0.1")}; };
    options.relay.check = [](const std::vector<IpAddress> &addresses,
                             std::uint16_t port) -> Result<std::vector<CheckedEndpoint>> {
        return std::vector{CheckedEndpoint::namedByPerson({addresses.front(), port})};
    };
    options.relay.make = [this](std::vector<CheckedEndpoint>) {
        auto made = std::make_unique<FakePath>(PathType::Relay);
        m_relays.emplace_back(made.get());
        return made;
    };
    options.rules.quietGrace = 10ms;
    m_paths = std::make_unique<SessionPaths>(std::move(options));
    m_opened = std::make_unique<QSignalSpy>(m_paths.get(), &SessionPaths::opened);
    m_lost = std::make_unique<QSignalSpy>(m_paths.get(), &SessionPaths::lost);
    m_paths->start();
    m_relays.back()->enter(PathPhase::Open);
    auto direct = std::make_unique<FakePath>(PathType::Direct);
    m_direct = direct.get();
    m_paths->add(std::move(direct));
    m_direct->enter(PathPhase::Open);
    QVERIFY(m_paths->type() == PathType::Direct);
}

void SessionWakingTest::nothingIsBelievedAfterASleep()
{
    m_opened->clear();
    m_paths->woke();
    QVERIFY(!m_paths->carries());
    QCOMPARE(m_direct->woken, 1);
    QCOMPARE(m_relays.size(), std::size_t{2}); // another connection
    QCOMPARE(m_lost->size(), 0);
    // Whichever is there first.
    m_direct->enter(PathPhase::Open);
    QCOMPARE(m_opened->size(), 1);
    QVERIFY(m_paths->type() == PathType::Direct);
    m_relays.back()->enter(PathPhase::Open);
    QCOMPARE(m_opened->size(), 1);
    m_paths->woke();
    m_relays.back()->enter(PathPhase::Open);
    QCOMPARE(m_opened->size(), 2);
    QVERIFY(m_paths->type() == PathType::Relay);
    QTRY_VERIFY(m_relays.front().isNull());
}

void SessionWakingTest::whatIsLostStaysSo()
{
    m_paths->stop();
    m_paths->woke();
    QCOMPARE(m_direct->woken, 1);
    QCOMPARE(m_relays.size(), std::size_t{1});
    m_paths->resume();
    QCOMPARE(m_relays.size(), std::size_t{2});
}

QTEST_GUILESS_MAIN(SessionWakingTest)
#include "session_waking_test.moc"
