// SPDX-License-Identifier: GPL-3.0-or-later
// A session's relay anew: the new connection stands before the old one goes, and nothing is lost.
#include "session_paths_bed.h"

using namespace higgs;
using namespace std::chrono_literals;

class RelayRenewalTest : public QObject, private SessionPathsBed
{
    Q_OBJECT

private:
    Collector m_collector;

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void init();
    void cleanup() { clear(); }
    void theOldOneCarriesUntilTheNewOneStands();
    void whatIsOnItsWayStillArrives();
    void theServerMayCloseTheOldOneFirst();
    void replacedByNobodyOfOurs();
    void whatDoesNotOpenIsTriedAgain();
    void itStandsInWhileItIsRenewed();
    void theEndIsSaidByTheOneThatStands();
    void theLatestOfManyCarries();
};

void RelayRenewalTest::init()
{
    m_collector.taken = 0;
    SessionPathsOptions with = options();
    with.retry = PathRetry{.base = 1ms, .cap = 1ms, .forgetAfter = 1h};
    start(std::move(with));
    m_paths->setReceiver(&m_collector);
}

void RelayRenewalTest::theOldOneCarriesUntilTheNewOneStands()
{
    m_paths->renewRelay();
    QCOMPARE(m_relays.size(), std::size_t(2));
    QVERIFY(relay(1).opening);
    QVERIFY(m_paths->carries());
    send();
    QCOMPARE(sentBy(relay(0)), std::size_t(1));
    relay(1).enter(PathPhase::Open);
    send();
    QCOMPARE(sentBy(relay(1)), std::size_t(1));
    QCOMPARE(sentBy(relay(0)), std::size_t(0));
    QVERIFY(!relay(0).closing); // that would end the session
    QCOMPARE(m_paths->dropped(), std::uint64_t(0));
    QCOMPARE(m_opened->count(), 1);
    QCOMPARE(m_interrupted->count() + m_lost->count(), 0);
}

void RelayRenewalTest::whatIsOnItsWayStillArrives()
{
    m_paths->renewRelay();
    relay(1).enter(PathPhase::Open);
    relay(0).arrive();
    relay(1).arrive();
    QCOMPARE(m_collector.taken, std::size_t(2));
    // What it says is of a connection that nobody uses any more.
    relay(0).enter(PathPhase::Quiet);
    QVERIFY(m_paths->carries());
    relay(0).end(PathEnd::Replaced);
    QTRY_VERIFY(m_relays[0].isNull());
    send();
    QCOMPARE(sentBy(relay(1)), std::size_t(1));
    QCOMPARE(m_relays.size(), std::size_t(2));
    QCOMPARE(m_interrupted->count() + m_lost->count(), 0);
}

/// The word about the new one may be a moment behind.
void RelayRenewalTest::theServerMayCloseTheOldOneFirst()
{
    m_paths->renewRelay();
    relay(0).end(PathEnd::Replaced);
    QCOMPARE(m_interrupted->count() + m_lost->count(), 0);
    relay(1).enter(PathPhase::Open);
    send();
    QCOMPARE(sentBy(relay(1)), std::size_t(1));
    QCOMPARE(m_relays.size(), std::size_t(2));
}

void RelayRenewalTest::replacedByNobodyOfOurs()
{
    relay(0).end(PathEnd::Replaced);
    QCOMPARE(m_lost->count(), 1);
    QVERIFY(m_lost->last()[0].value<PathClose>().end == PathEnd::SessionOver);
}

void RelayRenewalTest::whatDoesNotOpenIsTriedAgain()
{
    m_paths->renewRelay();
    relay(1).end(PathEnd::Broke);
    send();
    QCOMPARE(sentBy(relay(0)), std::size_t(1));
    QTRY_COMPARE(m_relays.size(), std::size_t(3));
    send();
    QCOMPARE(sentBy(relay(0)), std::size_t(1));
    relay(2).enter(PathPhase::Open);
    send();
    QCOMPARE(sentBy(relay(2)), std::size_t(1));
    QCOMPARE(m_interrupted->count() + m_lost->count(), 0);
    // One that breaks while the other comes is not missed either.
    m_paths->renewRelay();
    relay(2).end(PathEnd::Broke);
    QCOMPARE(m_interrupted->count() + m_lost->count(), 0);
    QCOMPARE(m_relays.size(), std::size_t(4));
    relay(3).enter(PathPhase::Open);
    QVERIFY(m_paths->carries());
    QCOMPARE(m_relays.size(), std::size_t(4));
}

/// A straight way that dies just then has the relay behind it.
void RelayRenewalTest::itStandsInWhileItIsRenewed()
{
    FakePath &direct = addDirect();
    direct.enter(PathPhase::Open);
    m_paths->renewRelay();
    QCOMPARE(m_relays.size(), std::size_t(2));
    direct.enter(PathPhase::Idle);
    QVERIFY(m_paths->carries());
    send();
    QCOMPARE(sentBy(relay(0)), std::size_t(1));
    QCOMPARE(m_paths->dropped(), std::uint64_t(0));
}

void RelayRenewalTest::theEndIsSaidByTheOneThatStands()
{
    m_paths->renewRelay();
    m_paths->close();
    QVERIFY(relay(0).closing);
    QVERIFY(!relay(1).closing);
    relay(0).end(PathEnd::SessionOver);
    QCOMPARE(m_lost->count(), 1);
    QTRY_VERIFY(m_relays[1].isNull());
}

void RelayRenewalTest::theLatestOfManyCarries()
{
    for (std::size_t i = 1; i < 20; ++i) {
        m_paths->renewRelay();
        relay(i).enter(PathPhase::Open);
    }
    send();
    QCOMPARE(sentBy(relay(19)), std::size_t(1));
    // Of a server that closes none there are not more and more.
    QTRY_VERIFY(m_relays[14].isNull());
    QVERIFY(!m_relays[15].isNull());
    QCOMPARE(m_interrupted->count() + m_lost->count(), 0);
}

QTEST_GUILESS_MAIN(RelayRenewalTest)
#include "relay_renewal_test.moc"
