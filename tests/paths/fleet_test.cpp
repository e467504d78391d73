// SPDX-License-Identifier: GPL-3.0-or-later
// A session whose relay is one server of several: which is dialled next, and that a silent one is
// left without a gap.
#include "session_paths_bed.h"

#include <QTemporaryDir>
#include <set>

using namespace higgs;
using namespace std::chrono_literals;

class FleetTest : public QObject, private SessionPathsBed
{
    Q_OBJECT

private:
    QTemporaryDir m_directory;
    std::unique_ptr<KnownFleet> m_fleet;

    SessionPathsOptions withFleet();
    std::uint16_t lastPort() { return m_dialled.back().port; }

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void init();
    void cleanup() { clear(); }
    void whatBrokeIsGoneOnAtAnother();
    void eachIsTriedOnceAtOnce();
    void oneWithoutAddressIsPassedOver();
    void aStrangerIsNotTheEnd();
    void aSilentOneIsLeftBehindTheNewOne();
    void theServerSaysWhereItIs();
};

void FleetTest::init()
{
    m_fleet = std::make_unique<KnownFleet>(KnownFleetOptions{
        .file = m_directory.filePath(QStringLiteral("fleet")).toStdString(),
        .addresses =
            [](const std::string &) { return std::vector{*IpAddress::parse("192.0.2.9")}; },
        .lookUp = [](const std::string &) {},
        .check = options().relay.check});
    m_fleet->setEntry({"relay.example", 443});
    protocol::ServerInfo info;
    info.relayServers = {{"relay-1", "relay.example", 443, "websocket"},
                         {"relay-2", "b.example", 2, "websocket"},
                         {"relay-3", "c.example", 3, "websocket"}};
    m_fleet->told(info);
}

SessionPathsOptions FleetTest::withFleet()
{
    SessionPathsOptions with = options();
    with.relay.fleet = m_fleet.get();
    return with;
}

void FleetTest::whatBrokeIsGoneOnAtAnother()
{
    start(withFleet());
    QCOMPARE(lastPort(), std::uint16_t(443));
    path().end(PathEnd::Broke);
    QCOMPARE(m_lost->count(), 1);
    m_paths->resume();
    const std::uint16_t second = lastPort();
    QVERIFY(second == 2 || second == 3);
    path().enter(PathPhase::Open);
    // It stays there, also when its connection is made anew.
    m_paths->renewRelay();
    QCOMPARE(lastPort(), second);
}

void FleetTest::eachIsTriedOnceAtOnce()
{
    SessionPathsOptions with = withFleet();
    with.retry = PathRetry{.base = 1h, .cap = 1h, .forgetAfter = 24h};
    start(std::move(with));
    path().end(PathEnd::Broke);
    QTRY_COMPARE(m_relays.size(), std::size_t(2));
    path().end(PathEnd::Broke);
    QTRY_COMPARE(m_relays.size(), std::size_t(3));
    QVERIFY((std::set{m_dialled[0].port, m_dialled[1].port, m_dialled[2].port} ==
             std::set<std::uint16_t>{2, 3, 443}));
    path().end(PathEnd::Broke);
    QTest::qWait(20);
    QCOMPARE(m_relays.size(), std::size_t(3)); // now it has to wait
    QCOMPARE(m_lost->count(), 0);
}

void FleetTest::oneWithoutAddressIsPassedOver()
{
    SessionPathsOptions with = withFleet();
    with.relay.addresses = [] { return std::vector<IpAddress>(); };
    start(std::move(with));
    QCOMPARE(m_lost->count(), 0);
    QVERIFY(lastPort() == 2 || lastPort() == 3);
}

void FleetTest::aStrangerIsNotTheEnd()
{
    start(withFleet());
    path().end(PathEnd::Untrusted);
    QVERIFY(loss().end == PathEnd::Broke);
    m_paths->resume();
    QVERIFY(lastPort() != 443);
}

void FleetTest::aSilentOneIsLeftBehindTheNewOne()
{
    start(withFleet());
    FakePath &old = path();
    Q_EMIT old.silent();
    QCOMPARE(m_relays.size(), std::size_t(2));
    QVERIFY(lastPort() != 443);
    send();
    QCOMPARE(sentBy(old), std::size_t(1)); // until the new one stands
    path().enter(PathPhase::Open);
    send();
    QCOMPARE(sentBy(path()), std::size_t(1));
    QCOMPARE(m_interrupted->count() + m_lost->count(), 0);
    // A line that makes all of them look silent has each tried, the one that failed first again.
    Q_EMIT path().silent();
    QCOMPARE(m_relays.size(), std::size_t(3));
    path().enter(PathPhase::Open);
    Q_EMIT path().silent();
    QCOMPARE(m_relays.size(), std::size_t(4));
    QCOMPARE(lastPort(), std::uint16_t(443));
    Q_EMIT path().silent(); // of one that does not stand yet
    QCOMPARE(m_relays.size(), std::size_t(4));
}

void FleetTest::theServerSaysWhereItIs()
{
    SessionPathsOptions with = options(); // as a node's
    with.retry = PathRetry{.base = 1h, .cap = 1h, .forgetAfter = 24h};
    start(std::move(with));
    m_paths->setRelay("b.example", 2, [this] { return m_addresses; });
    QCOMPARE(lastPort(), std::uint16_t(2));
    QVERIFY(m_paths->carries());
    relay(0).end(PathEnd::Broke); // "Moved", as it is over there
    QCOMPARE(m_interrupted->count(), 0);
    path().enter(PathPhase::Open);
    QVERIFY(m_paths->carries());
    // One that says another place each time does not have them all dialled.
    for (std::uint16_t port = 100; port < 200; ++port)
        m_paths->setRelay("b.example", port, [this] { return m_addresses; });
    QVERIFY(m_relays.size() <= 2 + SessionPaths::RetriesAtOnce);
}

QTEST_GUILESS_MAIN(FleetTest)
#include "fleet_test.moc"
