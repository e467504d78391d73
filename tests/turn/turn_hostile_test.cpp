// SPDX-License-Identifier: GPL-3.0-or-later
// A TURN server that lies, and somebody who plays one: counted, and nothing changes.
#include "tests/turn/scripted_turn.h"

#include <QTest>

using namespace higgs;
using namespace higgs::test;
using Kind = TurnEvent::Kind;

class TurnHostileTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void signaturesAreDemanded()
    {
        TurnTrial trial;
        trial.core.start(trial.now);
        const auto first = trial.request();
        // To the request without a signature nobody can give an allocation.
        trial.core.receive(trial.now, trial.server.encode(trial.server.allocation(first), false));
        trial.core.receive(trial.now, trial.server.encode(trial.server.allocation(first), true));
        QCOMPARE(trial.core.counters().forged, std::uint64_t(2));
        trial.core.receive(trial.now, trial.server.challenge(first, 401));
        const auto second = trial.request();
        const auto allocation = trial.server.allocation(second);
        trial.core.receive(trial.now, trial.server.encode(allocation, false));
        ScriptedTurn other = trial.server;
        other.password = "another";
        trial.core.receive(trial.now, other.encode(allocation));
        trial.core.receive(trial.now, other.refuse(second, 486));
        QCOMPARE(trial.core.counters().forged, std::uint64_t(5));
        QVERIFY(!trial.core.isAllocated());
        QVERIFY(!trial.core.nextEvent());
        trial.core.receive(trial.now, trial.server.encode(allocation)); // the control
        QVERIFY(trial.core.isAllocated());
    }

    void everyFlippedBitIsSeen()
    {
        TurnTrial trial;
        trial.core.start(trial.now);
        trial.core.receive(trial.now, trial.server.challenge(trial.request(), 401));
        const Bytes good = trial.server.encode(trial.server.allocation(trial.request()));
        constexpr std::size_t Fingerprint = 8; // which stands behind what is signed
        for (std::size_t bit = 0; bit < (good.size() - Fingerprint) * 8; ++bit) {
            Bytes bad = good;
            bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ 1U << bit % 8);
            trial.core.receive(trial.now, bad);
            QVERIFY2(!trial.core.isAllocated(), qPrintable(QString::number(bit)));
        }
        for (std::size_t size = 0; size < good.size() - Fingerprint; ++size)
            trial.core.receive(trial.now, ByteSpan(good).first(size));
        QVERIFY(!trial.core.isAllocated() && !trial.core.nextEvent());
        trial.core.receive(trial.now, good);
        QVERIFY(trial.core.isAllocated());
    }

    /// Somebody takes the better algorithm out of the challenge; the nonce tells (RFC 8489 9.2.1).
    void noBiddingDown()
    {
        TurnTrial trial;
        trial.server.nonce = "obMatJos2gAAAxyz";
        trial.start();
        QVERIFY(!trial.core.isAllocated());
        QVERIFY(trial.had(Kind::Failed));
        TurnTrial control;
        control.server.nonce = "obMatJos2AAAAxyz";
        control.start();
        QVERIFY(control.core.isAllocated());
    }

    void staleNoncesEnd()
    {
        TurnTrial trial;
        trial.core.start(trial.now);
        trial.core.receive(trial.now, trial.server.challenge(trial.request(), 401));
        int requests = 0;
        for (; requests < 100; ++requests) {
            const auto sent = trial.core.nextTransmission();
            if (!sent)
                break;
            trial.server.nonce += 'x';
            trial.core.receive(trial.now,
                               trial.server.challenge(*protocol::decodeStun(sent->message), 438));
        }
        QCOMPARE(requests, static_cast<int>(TurnCore::MaxStaleNonces) + 1);
        trial.takeEvents();
        QVERIFY(trial.had(Kind::Failed));
        QCOMPARE(trial.core.counters().lies, std::uint64_t(1));
    }

    void relayedAddressesAreOfTheInternet_data()
    {
        QTest::addColumn<QString>("address");
        for (const char *each :
             {"10.0.0.1:5000", "127.0.0.1:5000", "192.168.1.1:53", "169.254.169.254:80",
              "0.0.0.0:5000", "224.0.0.1:5000", "[::ffff:10.0.0.1]:5000", "[fe80::1]:5000",
              "[fd00::1]:5000", "45.90.1.1:0"})
            QTest::newRow(each) << QString::fromLatin1(each);
    }

    void relayedAddressesAreOfTheInternet()
    {
        QFETCH(const QString, address);
        TurnTrial trial({.v6 = true});
        trial.server.relayed4 = *Endpoint::parse(address.toStdString());
        trial.start();
        QVERIFY(!trial.core.isAllocated() && !trial.had(Kind::Allocated));
        QVERIFY(trial.had(Kind::Failed));
        QCOMPARE(trial.core.counters().lies, std::uint64_t(1));
        const auto given = protocol::decodeStun(trial.last);
        QCOMPARE(given->method, turn::Refresh); // and is not kept
        QCOMPARE(given->lifetime, 0U);
    }

    void peersAreOfTheInternet()
    {
        TurnTrial trial;
        trial.start();
        for (const char *each : {"10.0.0.1:5000", "127.0.0.1:5000", "[::ffff:192.168.1.1]:5000",
                                 "0.0.0.0:1", "8.8.8.8:0"})
            QCOMPARE(trial.core.permit(trial.now, *Endpoint::parse(each)).error().code,
                     ErrorCode::Forbidden);
        QVERIFY(!trial.core.nextTransmission());
    }

    void noAllocationOfAMoment()
    {
        for (const std::uint32_t lifetime : {0U, 1U}) {
            TurnTrial trial;
            trial.server.lifetime = lifetime;
            trial.start();
            QVERIFY(!trial.core.isAllocated());
            QCOMPARE(trial.core.counters().lies, std::uint64_t(1));
        }
    }

    void onlyNamedPeersAreHeard()
    {
        TurnTrial trial;
        trial.start();
        trial.permit();
        const Endpoint stranger{IpAddress::v4(0x08080808), 40000};
        QVERIFY(!trial.core.receive(trial.now, trial.indication(stranger, "hello")));
        QCOMPARE(trial.core.counters().unnamed, std::uint64_t(1));
        Bytes message;
        appendChannelMessage(message, FirstTurnChannel, asBytes("hello"), false);
        QVERIFY(!trial.core.receive(trial.now, message)); // bound by nobody
        QCOMPARE(trial.core.counters().strangers, std::uint64_t(1));
        trial.core.forget(TurnTrial::Peer);
        QVERIFY(!trial.core.receive(trial.now, trial.indication(TurnTrial::Peer, "hello")));
        QCOMPARE(trial.core.counters().unnamed, std::uint64_t(2));
    }

    void lengthsAreNotBelieved()
    {
        TurnTrial trial;
        trial.start();
        trial.permit();
        trial.wrap("\4");
        trial.settle();
        const Bytes huge{0x40, 0x00, 0xff, 0xff, 1, 2, 3};
        QVERIFY(!trial.core.receive(trial.now, huge));
        QVERIFY(!trial.core.receive(trial.now, Bytes{0x40}));
        QVERIFY(!trial.core.receive(trial.now, Bytes{}));
        QCOMPARE(trial.core.counters().malformed, std::uint64_t(3));
        const Bytes empty{0x40, 0x00, 0, 0};
        QVERIFY(trial.core.receive(trial.now, empty)); // the control
    }

    /// A refusal of what stands already does not take it away, unless it says that it is gone.
    void signedMismatchIsALoss()
    {
        TurnTrial trial;
        trial.start();
        trial.permit();
        trial.wait(Seconds(545));
        bool refreshed = false;
        while (auto sent = trial.core.nextTransmission()) {
            const auto request = *protocol::decodeStun(sent->message);
            if (request.method != turn::Refresh)
                continue;
            refreshed = true;
            auto forged = ScriptedTurn::answerTo(request, 437);
            trial.core.receive(trial.now, trial.server.encode(forged, false));
            QVERIFY(trial.core.isAllocated());
            trial.core.receive(trial.now, trial.server.refuse(request, 437));
        }
        QVERIFY(refreshed);
        trial.takeEvents();
        QVERIFY(trial.had(Kind::Lost));
    }
};

QTEST_GUILESS_MAIN(TurnHostileTest)
#include "turn_hostile_test.moc"
