// SPDX-License-Identifier: GPL-3.0-or-later
// An allocation that outlives its credentials, its servers and a sleep: against a scripted TURN
// server on loopback.
#include "shared/crypto/keys.h"
#include "shared/paths/turn_lease.h"
#include "turn_server.h"

#include <QSignalSpy>
#include <QTest>

using namespace higgs;
using namespace std::chrono_literals;
using test::TurnServer;

class TurnLeaseTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<EpollSet> m_epoll;
    std::unique_ptr<TurnServer> m_server;
    std::vector<bool> m_asked; ///< whether each question was for fresh credentials
    Milliseconds m_life{60'000};
    bool m_hasServer = true;
    std::optional<Endpoint> m_first; ///< an address that is offered before the server's
    std::unique_ptr<TurnLease> m_lease;

    [[nodiscard]] std::uint32_t newest() const
    {
        return m_lease->standing().empty() ? 0 : m_lease->standing().back().number;
    }
    [[nodiscard]] std::size_t standing() const { return m_lease->standing().size(); }

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void init();
    void cleanup();
    void isMadeWhenWantedAndGivenBack();
    void anotherIsMadeBeforeItsCredentialsEnd();
    void theOlderGoesWhenTheNewerCarries();
    void aUselessOneIsMadeAnew();
    void whereNoWayLeadsNobodyWaits();
    void refusedCredentialsAreAskedForAnew();
    void withoutAServerItIsTriedAgain();
    void otherFamiliesNeedAnotherOne();
    void afterASleepAnotherIsMadeAtOnce();
    void anAnswerThatComesTooLateIsNone();
};

void TurnLeaseTest::init()
{
    m_epoll = std::make_unique<EpollSet>();
    m_server = std::make_unique<TurnServer>();
    m_asked.clear();
    m_life = 60s;
    m_hasServer = true;
    m_first.reset();
    TurnLeaseOptions options;
    options.retryBase = 20ms;
    options.retryCap = 100ms;
    options.asks = Pace{4, 50ms}; // as much sooner as the retries
    options.ask = [this](bool fresh, Reply<Result<TurnOffer>> reply) {
        m_asked.push_back(fresh);
        if (!m_hasServer) {
            reply.later(unexpected(ErrorCode::NotFound, "there is none"));
            return;
        }
        TurnOffer offer;
        offer.doors = {
            {TurnTransport::Udp, CheckedEndpoint::namedByPerson(m_server->peer.endpoint()), {}}};
        if (m_first)
            offer.doors.insert(offer.doors.begin(),
                               {TurnTransport::Udp, CheckedEndpoint::namedByPerson(*m_first), {}});
        offer.username = m_server->script.user;
        offer.password = SecretText(std::string("pass"));
        offer.renewAt = monotonicNow() + m_life;
        reply.later(std::move(offer));
    };
    m_lease = std::make_unique<TurnLease>(*m_epoll, std::move(options));
}

void TurnLeaseTest::cleanup()
{
    m_lease.reset();
    m_server.reset();
    m_epoll.reset();
}

void TurnLeaseTest::isMadeWhenWantedAndGivenBack()
{
    QVERIFY(!m_lease->isWanted());
    m_lease->want(true, false);
    QVERIFY(m_lease->isWanted() && m_lease->isFirstTry());
    QTRY_COMPARE(standing(), std::size_t{1});
    QCOMPARE(m_lease->standing().front().relayed.v4, m_server->script.relayed4);
    QCOMPARE(m_asked, std::vector<bool>{false});
    m_lease->want(true, false); // is what it is
    QCOMPARE(m_asked.size(), std::size_t{1});
    const Endpoint peer = *Endpoint::parse("8.8.4.4:40000");
    QVERIFY(m_lease->sinkTo(newest(), peer) == nullptr);
    QVERIFY(m_lease->permit(newest(), peer).has_value());
    QVERIFY(m_lease->sinkTo(newest(), peer) != nullptr);
    QVERIFY(m_lease->sinkTo(newest() + 1, peer) == nullptr);
    QCOMPARE(m_lease->permit(newest() + 1, peer).error().code, ErrorCode::NotFound);
    m_lease->giveBack();
    QCOMPARE(standing(), std::size_t{0});
    QTRY_COMPARE(m_server->ended, std::size_t{1});
}

void TurnLeaseTest::anotherIsMadeBeforeItsCredentialsEnd()
{
    m_life = 1s; // what is shorter counts as that
    m_lease->want(true, false);
    QTRY_COMPARE(standing(), std::size_t{1});
    const std::uint32_t first = newest();
    m_life = 60s;
    QTRY_COMPARE(standing(), std::size_t{2});
    QVERIFY(newest() > first);
    QCOMPARE(m_asked, (std::vector<bool>{false, true}));
    QCOMPARE(m_server->ended, std::size_t{0}); // both stand until the newer carries
}

void TurnLeaseTest::theOlderGoesWhenTheNewerCarries()
{
    m_life = 1s;
    m_lease->want(true, false);
    QTRY_COMPARE(standing(), std::size_t{1});
    m_lease->carries(newest());
    m_life = 60s;
    QTRY_COMPARE(standing(), std::size_t{2});
    m_lease->carries(newest());
    QCOMPARE(standing(), std::size_t{2}); // what is on its way by the older one arrives
    QTRY_COMPARE_WITH_TIMEOUT(standing(), std::size_t{1}, 6'000);
    QTRY_COMPARE(m_server->ended, std::size_t{1});
}

/// As IPv4 is where IPv6 is alone. Without SO_BROADCAST the kernel sends nothing there.
void TurnLeaseTest::whereNoWayLeadsNobodyWaits()
{
    m_first = *Endpoint::parse("255.255.255.255:3478");
    m_lease->want(true, false);
    QTRY_COMPARE_WITH_TIMEOUT(standing(), std::size_t{1}, 2'000); // silence is waited for longer
    QCOMPARE(m_asked.size(), std::size_t{1});
}

void TurnLeaseTest::aUselessOneIsMadeAnew()
{
    m_lease->want(true, false);
    QTRY_COMPARE(standing(), std::size_t{1});
    const std::uint32_t first = newest();
    m_lease->useless(first + 7); // nobody knows it
    QCOMPARE(standing(), std::size_t{1});
    m_lease->useless(first);
    QCOMPARE(standing(), std::size_t{0});
    QTRY_COMPARE(standing(), std::size_t{1});
    QVERIFY(newest() > first);
}

void TurnLeaseTest::refusedCredentialsAreAskedForAnew()
{
    m_server->script.user = "another"; // whose key signs other answers
    m_server->script.password = "else";
    QSignalSpy failed(m_lease.get(), &TurnLease::failed);
    m_lease->want(true, false);
    QTRY_VERIFY_WITH_TIMEOUT(!failed.isEmpty(), 10'000);
    QVERIFY(!m_lease->isFirstTry());
    m_server->script.password = "pass";
    QTRY_COMPARE_WITH_TIMEOUT(standing(), std::size_t{1}, 10'000);
}

void TurnLeaseTest::withoutAServerItIsTriedAgain()
{
    m_hasServer = false;
    QSignalSpy failed(m_lease.get(), &TurnLease::failed);
    m_lease->want(true, false);
    QTRY_VERIFY(failed.size() >= 3);
    m_hasServer = true;
    QTRY_COMPARE(standing(), std::size_t{1});
    m_lease->carries(newest());
    QVERIFY(m_lease->isFirstTry()); // it is good again
}

void TurnLeaseTest::otherFamiliesNeedAnotherOne()
{
    m_server->script.relayed6 = Endpoint::parse("[2a02:10::12]:50000").value();
    m_lease->want(true, false);
    QTRY_COMPARE(standing(), std::size_t{1});
    const std::uint32_t first = newest();
    m_lease->want(true, true);
    QTRY_VERIFY(newest() > first);
    QCOMPARE(standing(), std::size_t{1});
    QTRY_COMPARE(m_server->ended, std::size_t{1});
}

void TurnLeaseTest::afterASleepAnotherIsMadeAtOnce()
{
    m_lease->renew(); // nobody wants one
    QVERIFY(m_asked.empty());
    m_lease->want(true, false);
    QTRY_COMPARE(standing(), std::size_t{1});
    const std::uint32_t first = newest();
    m_lease->renew();
    QTRY_COMPARE(standing(), std::size_t{2}); // the old one may be good yet
    QCOMPARE(m_asked, (std::vector<bool>{false, true}));
    // Again and again, and the server is away: nothing heaps up.
    m_server->answers = false;
    for (int i = 0; i < 5; ++i) {
        m_lease->renew();
        QTest::qWait(20);
    }
    m_server->answers = true;
    m_lease->renew();
    QTRY_COMPARE(standing(), std::size_t{3});
    m_lease->carries(newest());
    QTRY_COMPARE_WITH_TIMEOUT(standing(), std::size_t{1}, 6'000);
    QVERIFY(newest() > first);
}

void TurnLeaseTest::anAnswerThatComesTooLateIsNone()
{
    m_lease->want(true, false);
    m_lease->giveBack();
    QTest::qWait(50);
    QCOMPARE(standing(), std::size_t{0});
    QCOMPARE(m_server->script.requests, 0);
}

QTEST_GUILESS_MAIN(TurnLeaseTest)
#include "turn_lease_test.moc"
