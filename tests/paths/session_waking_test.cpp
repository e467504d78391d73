// SPDX-License-Identifier: GPL-3.0-or-later
// A session's paths after a sleep, and after a change of the network.
#include "session_paths_bed.h"

using namespace higgs;
using namespace std::chrono_literals;
using protocol::PathType;

class SessionWakingTest : public QObject, private SessionPathsBed
{
    Q_OBJECT

private:
    FakePath *m_direct = nullptr;

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void init();
    void cleanup() { clear(); }
    void nothingIsBelievedAfterASleep();
    void whatIsLostStaysSo();
    void theRelayAloneIsBelieved();
    void saysThatTheRelayIsAnotherOne();
    void theOtherEndIsAwaited();
};

void SessionWakingTest::init()
{
    SessionPathsOptions with = options();
    with.rules.quietGrace = 10ms;
    start(std::move(with));
    m_direct = &addDirect();
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

/// After a change of the network upon which nothing came back.
void SessionWakingTest::theRelayAloneIsBelieved()
{
    m_paths->doubt();
    QCOMPARE(m_direct->woken, 1);
    QVERIFY(m_paths->carries());
    QVERIFY(m_paths->type() == PathType::Relay);
    send();
    QCOMPARE(sentBy(relay(0)), std::size_t{1});
    QCOMPARE(m_relays.size(), std::size_t{1}); // whoever doubts has it made anew
    QCOMPARE(m_lost->size(), 0);
    m_direct->enter(PathPhase::Open);
    QVERIFY(m_paths->type() == PathType::Direct);
}

void SessionWakingTest::saysThatTheRelayIsAnotherOne()
{
    m_paths->renewRelay();
    QCOMPARE(m_renewed->size(), 0);
    relay(1).enter(PathPhase::Open);
    QCOMPARE(m_renewed->size(), 1);
    relay(1).enter(PathPhase::Quiet);
    relay(1).enter(PathPhase::Open); // the other end went and came
    QCOMPARE(m_renewed->size(), 1);
}

/// The relay that stands tells of its return, however late.
void SessionWakingTest::theOtherEndIsAwaited()
{
    m_direct->enter(PathPhase::Idle);
    relay(0).enter(PathPhase::Quiet);
    QTRY_COMPARE(m_lost->size(), 1);
    QVERIFY(loss().end == PathEnd::PeerGone);
    m_opened->clear();
    m_paths->awaitPeer(true);
    QTest::qWait(50); // longer than its grace
    QVERIFY(!m_paths->carries());
    QCOMPARE(m_lost->size(), 1);
    relay(0).enter(PathPhase::Open);
    QCOMPARE(m_opened->size(), 1);
    QCOMPARE(m_relays.size(), std::size_t{1});
    m_paths->awaitPeer(false);
    relay(0).enter(PathPhase::Quiet);
    QVERIFY(m_paths->carries()); // for its grace
    QTRY_COMPARE(m_lost->size(), 2);
    // Without one it is made anew.
    relay(0).end(PathEnd::Broke);
    m_paths->awaitPeer(true);
    QCOMPARE(m_relays.size(), std::size_t{2});
    relay(1).end(PathEnd::SessionOver);
    QVERIFY(loss().end == PathEnd::SessionOver);
}

QTEST_GUILESS_MAIN(SessionWakingTest)
#include "session_waking_test.moc"
