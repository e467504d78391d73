// SPDX-License-Identifier: GPL-3.0-or-later
// The life of a session's paths, with paths in memory: what is opened, tried again, and told.
#include "session_paths_bed.h"

using namespace higgs;
using namespace std::chrono_literals;

namespace {

/// As a bridge does: asks how much room there is, and waits while there is none.
class Producer : public RoomWaiter
{
public:
    explicit Producer(SessionPaths &paths) : m_paths(paths) {}
    void roomAgain() override { ++told; }
    /// False if it has to wait.
    bool goesOn()
    {
        if (m_paths.room() > 0)
            return true;
        m_paths.whenRoom(*this);
        return false;
    }
    int told = 0;

private:
    SessionPaths &m_paths;
};

const PathRetry Soon{.base = 1ms, .cap = 1ms, .forgetAfter = 1h};

} // namespace

class SessionPathsTest : public QObject, private SessionPathsBed
{
    Q_OBJECT

private:
    std::size_t sendOne();

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void cleanup() { clear(); }
    void carriesByThePathThatIsOpen();
    void itsRoomIsThePathsInUse();
    void saysLostWhenNoneIsLeft_data();
    void saysLostWhenNoneIsLeft();
    void aLostRelayIsNoLostSession();
    void theRelayComesBackBehindAnother();
    void aStraightWaySurvivesTheResumption();
    void theyTellEachOtherByTheRelay();
    void saysWhyTheRelayCarries();
    void oneKindAlone();
    void resumesByAnotherPath();
    void triesAgainByItself();
    void askedAnewAtEachTry();
    void forgetsInTheEnd();
    void anEndedSessionIsNotTriedAgain();
    void whatMayNotBeDialledIsNot();
    void aNameIsLookedUp();
    void quietIsNotLost();
    void quietEndsAfterItsGrace();
    void itsReturnIsTooLate();
    void aNewPlaceIsTriedAtOnce();
    void theEndIsSaid();
    void theEndIsSaidAlsoAfterwards();
    void anEndedOneStaysEnded();
    void nothingComesAfterIt();
};

std::size_t SessionPathsTest::sendOne()
{
    const std::size_t before = path().sent;
    send();
    return path().sent - before;
}

void SessionPathsTest::carriesByThePathThatIsOpen()
{
    Collector collector;
    make(options());
    m_paths->setReceiver(&collector);
    m_paths->start();
    QVERIFY(path().opening);
    QVERIFY(m_dialled.front() == (Endpoint{m_addresses.front(), 443}));
    QCOMPARE(sendOne(), std::size_t(0)); // dropped: nobody may wait for it
    QVERIFY(!m_paths->carries());
    path().enter(PathPhase::Open);
    QCOMPARE(m_opened->count(), 1);
    QCOMPARE(sendOne(), std::size_t(1));
    path().arrive();
    QCOMPARE(collector.taken, std::size_t(1));
    QCOMPARE(toString(m_paths->type()), std::string_view("relay"));
    QCOMPARE(toString(m_paths->reason()), std::string_view("relay_only"));
    m_paths->setReceiver(nullptr);
    path().arrive();
    QCOMPARE(collector.taken, std::size_t(1));
}

void SessionPathsTest::itsRoomIsThePathsInUse()
{
    start(options());
    Producer producer(*m_paths);
    QVERIFY(producer.goesOn());
    path().free = 0;
    QVERIFY(!producer.goesOn());
    path().drain();
    QCOMPARE(producer.told, 1);
    QVERIFY(producer.goesOn());
    // The path goes that it waits for: what is given then is dropped, and nothing to wait for.
    path().free = 0;
    QVERIFY(!producer.goesOn());
    path().end(PathEnd::Broke);
    QCOMPARE(producer.told, 2);
    QVERIFY(producer.goesOn());
    m_paths->resume();
    path().free = 0;
    QVERIFY(producer.goesOn()); // it does not carry yet
    path().enter(PathPhase::Open);
    QVERIFY(!producer.goesOn());
    path().enter(PathPhase::Quiet);
    QCOMPARE(producer.told, 2); // the same one
    path().drain();
    QCOMPARE(producer.told, 3);
}

void SessionPathsTest::saysLostWhenNoneIsLeft_data()
{
    QTest::addColumn<int>("end");
    for (const PathEnd end :
         {PathEnd::Broke, PathEnd::SessionOver, PathEnd::Untrusted, PathEnd::NotValidNow})
        QTest::addRow("%d", static_cast<int>(end)) << static_cast<int>(end);
}

void SessionPathsTest::saysLostWhenNoneIsLeft()
{
    QFETCH(const int, end);
    start(options());
    path().end(static_cast<PathEnd>(end));
    QCOMPARE(m_lost->count(), 1);
    QCOMPARE(static_cast<int>(loss().end), end);
    QCOMPARE(loss().detail, std::string("as the test says"));
    QVERIFY(!m_paths->carries());
    QCOMPARE(m_interrupted->count(), 0);
    m_paths->tryNow(); // it is the owner's to resume
    QCOMPARE(m_made.size(), std::size_t(1));
    QTRY_VERIFY(m_made.front().isNull());
    // As it was, for who looks between loss and end.
    QCOMPARE(toString(m_paths->type()), std::string_view("relay"));
}

void SessionPathsTest::aLostRelayIsNoLostSession()
{
    Collector collector;
    start(options());
    m_paths->setReceiver(&collector);
    FakePath &relay = *m_made.front();
    FakePath &direct = addDirect();
    QVERIFY(direct.opening);
    QCOMPARE(toString(m_paths->reason()), std::string_view("probing"));
    QCOMPARE(sendOne(), std::size_t(0)); // still by the relay
    QCOMPARE(relay.sent, std::size_t(1));
    direct.enter(PathPhase::Open);
    QCOMPARE(toString(m_paths->type()), std::string_view("direct"));
    QCOMPARE(sendOne(), std::size_t(1));
    relay.arrive(); // what was on its way
    direct.arrive();
    QCOMPARE(collector.taken, std::size_t(2));
    QCOMPARE(direct.others + relay.others, 1);

    relay.end(PathEnd::Broke);
    QVERIFY(m_paths->carries());
    QCOMPARE(m_lost->count(), 0);
    QCOMPARE(sendOne(), std::size_t(1));
    direct.end(PathEnd::Broke);
    QCOMPARE(m_lost->count(), 1);
    QVERIFY(!m_paths->carries());

    // The other way round, and with a word that holds for all of them.
    m_paths->resume();
    FakePath &second = path();
    second.enter(PathPhase::Open);
    addDirect().enter(PathPhase::Open);
    path().end(PathEnd::Broke);
    QCOMPARE(toString(m_paths->type()), std::string_view("relay"));
    QCOMPARE(m_opened->count(), 2);
    addDirect().enter(PathPhase::Open);
    second.end(PathEnd::SessionOver);
    QCOMPARE(m_lost->count(), 2);
    QVERIFY(!m_paths->carries());
}

void SessionPathsTest::theRelayComesBackBehindAnother()
{
    SessionPathsOptions with = options();
    with.retry = Soon;
    start(std::move(with));
    addDirect().enter(PathPhase::Open);
    const QPointer<FakePath> direct = m_made.back();
    m_made.front()->end(PathEnd::Broke);
    QTRY_COMPARE(m_made.size(), std::size_t(3)); // a relay again, and nobody is told
    path().end(PathEnd::Untrusted);              // somebody on the way for a moment
    QTRY_COMPARE(m_made.size(), std::size_t(4));
    path().enter(PathPhase::Open);
    QCOMPARE(toString(m_paths->type()), std::string_view("direct"));
    QCOMPARE(m_interrupted->count() + m_lost->count(), 0);
    QCOMPARE(m_opened->count(), 1);
    direct->enter(PathPhase::Idle);
    QVERIFY(m_paths->carries());
    QCOMPARE(toString(m_paths->type()), std::string_view("relay"));
    // When it is asked for, too.
    direct->enter(PathPhase::Open);
    m_paths->renewRelay();
    QCOMPARE(m_made.size(), std::size_t(5));
    QVERIFY(m_paths->carries());
}

void SessionPathsTest::aStraightWaySurvivesTheResumption()
{
    start(options());
    addDirect().enter(PathPhase::Open);
    const QPointer<FakePath> direct = m_made.back();
    m_paths->resume();
    QVERIFY(m_paths->carries());
    QCOMPARE(m_made.size(), std::size_t(3));
    QTRY_COMPARE(m_opened->count(), 2); // who resumes waits for it
    direct->end(PathEnd::Broke);
    QCOMPARE(m_lost->count(), 0); // the relay is on its way
    path().enter(PathPhase::Open);
    QCOMPARE(m_opened->count(), 3);
    m_paths->hurry();
    QCOMPARE(path().hurried, 1);
}

void SessionPathsTest::theyTellEachOtherByTheRelay()
{
    make(options());
    m_paths->start();
    FakePath &relay = path();
    FakePath &direct = addDirect();
    Q_EMIT direct.wantsToTell({});
    QCOMPARE(relay.toldByUs, 0); // it would be lost
    relay.enter(PathPhase::Open);
    QCOMPARE(direct.asked, 1);
    Q_EMIT direct.wantsToTell({});
    QCOMPARE(relay.toldByUs, 1);
    Q_EMIT relay.told({});
    QCOMPARE(direct.heard, 1);
    QCOMPARE(relay.heard, 0);
    relay.enter(PathPhase::Quiet); // the other end comes back, and knows nothing
    relay.enter(PathPhase::Open);
    QCOMPARE(direct.asked, 2);
}

void SessionPathsTest::saysWhyTheRelayCarries()
{
    start(options());
    QSignalSpy changes(m_paths.get(), &SessionPaths::pathChanged);
    FakePath &direct = addDirect();
    QCOMPARE(toString(m_paths->reason()), std::string_view("probing"));
    direct.why = protocol::PathReason::UdpBlocked;
    direct.enter(PathPhase::Idle);
    QCOMPARE(toString(m_paths->reason()), std::string_view("udp_blocked"));
    direct.why = protocol::PathReason::BothSymmetric;
    Q_EMIT direct.reasonChanged();
    QCOMPARE(toString(m_paths->reason()), std::string_view("both_symmetric"));
    QCOMPARE(changes.count(), 3);
    QVERIFY(m_paths->carries());
    QCOMPARE(m_lost->count(), 0);
}

void SessionPathsTest::oneKindAlone()
{
    SessionPathsOptions with = options();
    with.rules.only = protocol::PathType::Direct;
    make(std::move(with));
    m_paths->start();
    FakePath &direct = addDirect();
    m_made.front()->enter(PathPhase::Open);
    QVERIFY(!m_paths->carries());
    QCOMPARE(m_opened->count() + m_lost->count(), 0);
    direct.enter(PathPhase::Open);
    QCOMPARE(m_opened->count(), 1);
    QCOMPARE(toString(m_paths->reason()), std::string_view("pinned"));
    direct.enter(PathPhase::Idle); // never by another kind
    QVERIFY(!m_paths->carries());
    QCOMPARE(m_lost->count(), 1);
    QCOMPARE(loss().end, PathEnd::NoWay);
}

void SessionPathsTest::resumesByAnotherPath()
{
    Collector collector;
    start(options());
    m_paths->setReceiver(&collector);
    // Nothing came back by it, although it stands.
    const QPointer<FakePath> first = m_made.front();
    m_paths->resume();
    QCOMPARE(m_made.size(), std::size_t(2));
    QVERIFY(!m_paths->carries());
    first->arrive();
    first->end(PathEnd::SessionOver);
    QCOMPARE(collector.taken, std::size_t(0));
    QCOMPARE(m_lost->count(), 0);
    QVERIFY(!first->closing); // the session lives on
    path().enter(PathPhase::Open);
    QCOMPARE(m_opened->count(), 2);
    QCOMPARE(sendOne(), std::size_t(1));
    path().arrive();
    QCOMPARE(collector.taken, std::size_t(1));
    QTRY_VERIFY(first.isNull());
}

void SessionPathsTest::triesAgainByItself()
{
    SessionPathsOptions with = options();
    with.retry = Soon;
    start(std::move(with));
    path().end(PathEnd::Broke);
    QCOMPARE(m_interrupted->count(), 1);
    QTRY_COMPARE(m_made.size(), std::size_t(2));
    path().end(PathEnd::Untrusted); // before it was open
    QCOMPARE(m_interrupted->count(), 2);
    QTRY_COMPARE(m_made.size(), std::size_t(3));
    path().enter(PathPhase::Open);
    QCOMPARE(m_opened->count(), 2);
    QCOMPARE(m_lost->count(), 0);
}

void SessionPathsTest::askedAnewAtEachTry()
{
    SessionPathsOptions with = options();
    with.retry = Soon;
    start(std::move(with));
    m_addresses = {*IpAddress::parse("192.0.2.2")};
    path().end(PathEnd::Broke);
    QTRY_COMPARE(m_dialled.size(), std::size_t(2));
    QVERIFY(m_dialled.back().address == m_addresses.front());
}

void SessionPathsTest::forgetsInTheEnd()
{
    SessionPathsOptions with = options();
    with.retry = Soon;
    with.retry->forgetAfter = 2ms;
    start(std::move(with));
    while (m_lost->empty()) {
        const std::size_t made = m_made.size();
        path().end(PathEnd::Broke);
        QTRY_VERIFY(m_made.size() > made || !m_lost->empty());
    }
    QVERIFY(m_interrupted->count() >= 1);
    QCOMPARE(m_lost->count(), 1);
    QVERIFY(loss().end == PathEnd::Broke);
}

void SessionPathsTest::anEndedSessionIsNotTriedAgain()
{
    SessionPathsOptions with = options();
    with.retry = Soon;
    start(std::move(with));
    path().end(PathEnd::SessionOver, "Session closed");
    QCOMPARE(m_lost->count(), 1);
    QCOMPARE(loss().detail, std::string("Session closed"));
    QCOMPARE(m_interrupted->count(), 0);
}

void SessionPathsTest::whatMayNotBeDialledIsNot()
{
    m_allowed = false;
    make(options());
    m_paths->start();
    QCOMPARE(m_lost->count(), 1);
    QVERIFY(loss().end == PathEnd::NotAllowed);
    m_allowed = true;
    m_addresses.clear();
    m_paths->resume();
    QCOMPARE(m_lost->count(), 2);
    QVERIFY(loss().end == PathEnd::NoAddress);
    QVERIFY(m_made.empty());
    // Each try is judged anew.
    SessionPathsOptions with = options();
    with.retry = Soon;
    make(std::move(with));
    m_paths->start();
    QTRY_VERIFY(m_interrupted->count() > 2);
    m_addresses = {*IpAddress::parse("192.0.2.1")};
    QTRY_COMPARE(m_made.size(), std::size_t(1));
    QCOMPARE(m_lost->count(), 0);
}

void SessionPathsTest::aNameIsLookedUp()
{
    SessionPathsOptions with = options();
    with.relay.host = "192.0.2.77";
    with.relay.addresses = nullptr;
    make(std::move(with));
    m_paths->start();
    QTRY_COMPARE(m_dialled.size(), std::size_t(1));
    QVERIFY(m_dialled.front().address == *IpAddress::parse("192.0.2.77"));
    // The answer to a question of before is nobody's any more.
    m_paths->resume();
    m_paths->stop();
    QCoreApplication::processEvents();
    QCOMPARE(m_dialled.size(), std::size_t(1));
}

void SessionPathsTest::quietIsNotLost()
{
    SessionPathsOptions with = options();
    with.rules.quietGrace = 1h;
    start(std::move(with));
    path().enter(PathPhase::Quiet);
    QVERIFY(m_paths->carries());
    QCOMPARE(sendOne(), std::size_t(1)); // the relay keeps it for the other end
    path().enter(PathPhase::Open);
    QCOMPARE(m_opened->count(), 1);
    QCOMPARE(m_lost->count(), 0);
    path().enter(PathPhase::Quiet);
    path().end(PathEnd::Broke);
    QCOMPARE(m_lost->count(), 1);
    QVERIFY(loss().end == PathEnd::Broke);
}

void SessionPathsTest::quietEndsAfterItsGrace()
{
    SessionPathsOptions with = options();
    with.rules.quietGrace = 1ms;
    start(std::move(with));
    path().enter(PathPhase::Quiet);
    QTRY_COMPARE(m_lost->count(), 1);
    QVERIFY(loss().end == PathEnd::PeerGone);
    QVERIFY(!m_paths->carries());
    // What becomes of it then is nobody's concern, but it is there to say the end.
    path().end(PathEnd::Broke);
    QCOMPARE(m_lost->count(), 1);
}

void SessionPathsTest::itsReturnIsTooLate()
{
    SessionPathsOptions with = options();
    with.rules.quietGrace = 1ms;
    start(std::move(with));
    path().enter(PathPhase::Quiet);
    QTRY_COMPARE(m_lost->count(), 1);
    path().enter(PathPhase::Open);
    QCOMPARE(m_opened->count(), 1); // the owner decides what follows the loss
    m_paths->resume();
    path().enter(PathPhase::Open);
    QCOMPARE(m_opened->count(), 2);
}

void SessionPathsTest::aNewPlaceIsTriedAtOnce()
{
    make(options());
    m_paths->tryNow(); // not started
    QVERIFY(m_made.empty());
    m_paths->start();
    m_addresses = {*IpAddress::parse("192.0.2.2")};
    m_paths->tryNow();
    QCOMPARE(m_dialled.size(), std::size_t(2));
    QVERIFY(m_dialled.back().address == m_addresses.front());
    QTRY_VERIFY(m_made.front().isNull());
    path().enter(PathPhase::Open);
    m_paths->tryNow();
    QCOMPARE(m_dialled.size(), std::size_t(2));
    // Nor does it wait for its turn.
    SessionPathsOptions with = options();
    with.retry = PathRetry{.base = 1h, .cap = 1h, .forgetAfter = 2h};
    make(std::move(with));
    m_paths->start();
    path().end(PathEnd::Broke);
    QCOMPARE(m_interrupted->count(), 1);
    m_paths->tryNow();
    QCOMPARE(m_dialled.size(), std::size_t(4));
}

void SessionPathsTest::theEndIsSaid()
{
    SessionPathsOptions with = options();
    with.retry = Soon;
    start(std::move(with));
    m_paths->close();
    QVERIFY(path().closing);
    m_paths->tryNow();
    QCOMPARE(m_made.size(), std::size_t(1));
    path().end(PathEnd::SessionOver, "");
    QCOMPARE(m_lost->count(), 1);
    QVERIFY(loss().end == PathEnd::SessionOver);
}

void SessionPathsTest::theEndIsSaidAlsoAfterwards()
{
    Collector collector;
    start(options());
    m_paths->setReceiver(&collector);
    m_paths->close();
    m_opened.reset();
    m_interrupted.reset();
    m_lost.reset();
    m_paths.reset();
    QVERIFY(!m_made.front().isNull());
    path().arrive();
    QCOMPARE(collector.taken, std::size_t(0));
    path().end(PathEnd::SessionOver);
    QTRY_VERIFY(m_made.front().isNull());

    // Without it nobody is told anything: the session may be taken up again.
    m_made.clear();
    start(options());
    m_paths.reset();
    QVERIFY(m_made.back().isNull());
}

void SessionPathsTest::anEndedOneStaysEnded()
{
    SessionPathsOptions with = options();
    with.retry = Soon;
    make(std::move(with));
    m_paths->start();
    path().end(PathEnd::Broke);
    QCOMPARE(m_interrupted->count(), 1);
    m_paths->stop();
    m_paths->tryNow();
    QTest::qWait(20); // of a retry in a millisecond
    QCOMPARE(m_made.size(), std::size_t(1));
    QCOMPARE(m_lost->count(), 0);
}

void SessionPathsTest::nothingComesAfterIt()
{
    // An engine may part with its session in answer.
    start(options());
    connect(m_paths.get(), &SessionPaths::lost, this, [this] {
        m_opened.reset();
        m_interrupted.reset();
        m_paths.release()->deleteLater();
    });
    path().end(PathEnd::Broke);
    QVERIFY(!m_paths);
    m_lost.reset();
    QTRY_VERIFY(m_made.front().isNull());
}

QTEST_GUILESS_MAIN(SessionPathsTest)
#include "session_paths_test.moc"
