// SPDX-License-Identifier: GPL-3.0-or-later
// The client's core with an honest TURN server: what is asked, when it is asked again, and what
// goes to peers and comes from them.
#include "tests/turn/scripted_turn.h"

#include <QTest>

using namespace higgs;
using namespace higgs::test;
using Kind = TurnEvent::Kind;

class TurnCoreTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void anAllocationIsMade_data()
    {
        QTest::addColumn<bool>("sha256");
        QTest::newRow("MD5") << false;
        QTest::newRow("SHA-256") << true;
    }

    void anAllocationIsMade()
    {
        QFETCH(const bool, sha256);
        TurnTrial trial;
        trial.server.sha256 = sha256;
        trial.start();
        QVERIFY(trial.core.isAllocated());
        QVERIFY(trial.had(Kind::Allocated));
        QCOMPARE(trial.core.relayed().v4, trial.server.relayed4);
        QCOMPARE(trial.core.relayed().mapped.port, std::uint16_t(4242));
        QCOMPARE(trial.server.requests, 2); // without, and with credentials
        const auto request = protocol::decodeStun(trial.last);
        QVERIFY(request);
        QCOMPARE(request->requestedTransport, std::uint8_t(17));
        QCOMPARE(request->hasIntegritySha256, sha256);
        QCOMPARE(request->passwordAlgorithm.value_or(0), sha256 ? 2 : 0);
    }

    void bothFamiliesInOneRequest()
    {
        TurnTrial trial({.v6 = true});
        trial.server.relayed6 = Endpoint{*IpAddress::parse("2a0b:c0:1::1"), 50002};
        trial.start();
        const auto request = protocol::decodeStun(trial.last);
        QCOMPARE(request->additionalFamily, protocol::StunFamily::V6);
        QVERIFY(!request->requestedFamily);
        QCOMPARE(trial.core.relayed().v4, trial.server.relayed4);
        QCOMPARE(trial.core.relayed().v6, trial.server.relayed6);
    }

    void ipv6Alone()
    {
        TurnTrial trial({.v4 = false, .v6 = true});
        trial.server.relayed6 = Endpoint{*IpAddress::parse("2a0b:c0:1::1"), 50002};
        trial.server.relayed4.reset();
        trial.start();
        QCOMPARE(protocol::decodeStun(trial.last)->requestedFamily, protocol::StunFamily::V6);
        QVERIFY(trial.core.relayed().v6);
        QCOMPARE(trial.core.permit(trial.now, TurnTrial::Peer).error().code, ErrorCode::Network);
    }

    /// A server without IPv4 refuses what asks for both.
    void whatIsThereOfTwoFamilies()
    {
        TurnTrial trial({.v6 = true});
        trial.server.relayed6 = Endpoint{*IpAddress::parse("2a0b:c0:1::1"), 50002};
        trial.server.relayed4.reset();
        trial.start();
        QVERIFY(trial.had(TurnEvent::Kind::Allocated));
        QVERIFY(trial.core.relayed().v6 && !trial.core.relayed().v4);
        QVERIFY(!protocol::decodeStun(trial.last)->additionalFamily);
        TurnTrial coturn({.v4 = false, .v6 = true});
        coturn.server.relayed6 = trial.server.relayed6;
        coturn.server.relayed4 = Endpoint{IpAddress::any(IpAddress::Family::V4), 0};
        coturn.start(); // says that it has none
        QVERIFY(coturn.core.relayed().v6 && !coturn.core.relayed().v4);
        TurnTrial four;
        four.server.relayed4.reset();
        four.start();
        QVERIFY(four.had(TurnEvent::Kind::Failed));
        QCOMPARE(four.server.requests, 2); // the challenge, and the refusal
    }

    /// Also over a stream, where nothing may be sent twice.
    void silenceIsAskedAgainAndThenGivenUp_data()
    {
        QTest::addColumn<bool>("stream");
        QTest::addColumn<int>("transmissions");
        QTest::newRow("UDP") << false << 5; // at 0, 250, 750, 1750 and 3750 ms
        QTest::newRow("stream") << true << 1;
    }

    void silenceIsAskedAgainAndThenGivenUp()
    {
        QFETCH(const bool, stream);
        QFETCH(const int, transmissions);
        TurnTrial trial({.stream = stream});
        trial.core.start(trial.now);
        std::vector<Bytes> sent;
        for (int i = 0; i < 100 && trial.events.empty(); ++i) {
            while (auto each = trial.core.nextTransmission())
                sent.push_back(each->message);
            trial.wait(std::chrono::ceil<Milliseconds>(trial.core.deadline() - trial.now));
            trial.takeEvents();
        }
        QCOMPARE(static_cast<int>(sent.size()), transmissions);
        QVERIFY(std::all_of(sent.begin(), sent.end(),
                            [&](const Bytes &each) { return each == sent[0]; }));
        QCOMPARE(trial.events.front().kind, Kind::Failed);
        QCOMPARE(trial.events.front().error.code, ErrorCode::Timeout);
        QCOMPARE(trial.core.takeAnswered().size(), std::size_t(1));
        QCOMPARE(trial.core.deadline(), Monotonic::max());
    }

    void anAnswerIsTakenOnce()
    {
        TurnTrial trial;
        trial.core.start(trial.now);
        const auto request = trial.request();
        const Bytes challenge = trial.server.challenge(request, 401);
        trial.core.receive(trial.now, challenge);
        trial.core.receive(trial.now, challenge);
        QCOMPARE(trial.core.counters().strangers, std::uint64_t(1));
    }

    void sendIndicationsUntilAChannelIsBound()
    {
        TurnTrial trial;
        trial.start();
        trial.permit();
        QVERIFY(trial.permitted && trial.had(Kind::Permitted));
        const Bytes first = trial.wrap("\4 a datagram");
        const auto indication = protocol::decodeStun(first);
        QVERIFY(indication);
        QCOMPARE(indication->method, turn::Send);
        QCOMPARE(indication->messageClass, protocol::StunClass::Indication);
        QCOMPARE(indication->xorPeerAddresses.front(), TurnTrial::Peer);
        QVERIFY(!trial.core.isBound(TurnTrial::Peer));
        trial.settle();
        QVERIFY(trial.core.isBound(TurnTrial::Peer));
        const Bytes second = trial.wrap("\4 a datagram");
        QCOMPARE(toHex(second).substr(0, 8), std::string("4000000c"));
        QCOMPARE(second.size(), std::size_t(16));
    }

    /// A number is gone for good: what is only tried out gets none.
    void probesBindNoChannel()
    {
        TurnTrial trial;
        trial.start();
        trial.permit();
        const Bytes probe = protocol::encodeStun(protocol::StunMessage());
        Bytes out;
        QVERIFY(trial.core.wrap(trial.now, TurnTrial::Peer, probe, out));
        QVERIFY(!trial.core.nextTransmission());
    }

    /// An indication would be cut for them, which many routers drop.
    void largeProbesWaitForAChannel_data()
    {
        QTest::addColumn<bool>("channels");
        QTest::newRow("a server with channels") << true;
        QTest::newRow("one without") << false;
    }
    void largeProbesWaitForAChannel()
    {
        QFETCH(bool, channels);
        TurnTrial trial;
        trial.start();
        trial.permit();
        protocol::StunMessage probe;
        probe.padding = MostIndicated;
        const Bytes large = protocol::encodeStun(probe);
        Bytes out;
        QVERIFY(trial.core.wrap(trial.now, TurnTrial::Peer, large, out));
        QVERIFY(trial.core.wrap(trial.now, TurnTrial::Peer, large, out));
        QVERIFY(out.empty());
        const auto asked = trial.core.nextTransmission();
        QVERIFY(asked && !trial.core.nextTransmission());
        const auto question = protocol::decodeStun(asked->message);
        QVERIFY(question && question->method == turn::ChannelBind);
        const auto answer = channels ? trial.server.answer(asked->message)
                                     : trial.server.refuse(*question, turn::Forbidden);
        trial.core.receive(trial.now, *answer);
        const auto sent = trial.core.nextTransmission();
        QVERIFY(sent && !sent->asks && !trial.core.nextTransmission()); // the last one alone
        QCOMPARE(looksLikeChannelMessage(sent->message), channels);
        // And from then on nothing waits.
        QVERIFY(trial.core.wrap(trial.now, TurnTrial::Peer, large, out));
        QCOMPARE(looksLikeChannelMessage(out), channels);
        QVERIFY(!out.empty() && !trial.core.nextTransmission());
    }

    void streamsArePadded()
    {
        TurnTrial trial({.stream = true});
        trial.start();
        trial.permit();
        trial.wrap("\4");
        trial.settle();
        QCOMPARE(toHex(trial.wrap("\4")), std::string("4000000104000000"));
    }

    void whatPeersSendIsDelivered()
    {
        TurnTrial trial;
        trial.start();
        trial.permit();
        const Bytes indication = trial.indication(TurnTrial::Peer, "hello");
        auto got = trial.core.receive(trial.now, indication);
        QVERIFY(got);
        QCOMPARE(got->peer, TurnTrial::Peer);
        QCOMPARE(asText(got->data), std::string_view("hello"));
        // From another port, as a router chooses one for it: the permission is the address's.
        const Endpoint reflexive{TurnTrial::Peer.address, 999};
        const Bytes other = trial.indication(reflexive, "probe");
        got = trial.core.receive(trial.now, other);
        QVERIFY(got);
        QCOMPARE(got->peer, reflexive);
        trial.wrap("\4");
        trial.settle();
        Bytes message;
        appendChannelMessage(message, FirstTurnChannel, asBytes("by channel"), false);
        got = trial.core.receive(trial.now, message);
        QVERIFY(got);
        QCOMPARE(got->peer, TurnTrial::Peer);
        QCOMPARE(asText(got->data), std::string_view("by channel"));
    }

    void everythingIsRenewedInTime()
    {
        TurnTrial trial;
        trial.start();
        trial.permit();
        trial.wrap("\4");
        trial.settle();
        std::map<int, int> asked;
        const Monotonic end = trial.now + std::chrono::hours(1);
        while (trial.now < end) {
            trial.wait(std::chrono::ceil<Milliseconds>(trial.core.deadline() - trial.now));
            while (auto sent = trial.core.nextTransmission()) {
                ++asked[protocol::decodeStun(sent->message)->method];
                if (const auto answer = trial.server.answer(sent->message))
                    trial.core.receive(trial.now, *answer);
            }
            QVERIFY(trial.core.isBound(TurnTrial::Peer));
            QVERIFY(!trial.core.nextEvent());
        }
        QCOMPARE(asked[turn::Refresh], 6);           // every 540 s
        QCOMPARE(asked[turn::CreatePermission], 15); // every 240 s
        QCOMPARE(asked[turn::ChannelBind], 7);       // every 480 s
    }

    void aNewNonceIsTaken()
    {
        TurnTrial trial;
        trial.start();
        trial.server.nonce = "second";
        trial.permit();
        QVERIFY(trial.had(Kind::Permitted));
    }

    void anUnrenewedAllocationIsLost()
    {
        TurnTrial trial;
        trial.start();
        for (int i = 0; i < 2000 && !trial.had(Kind::Lost); ++i) {
            trial.wait(Milliseconds(1000));
            while (trial.core.nextTransmission())
                ;
            trial.takeEvents();
        }
        QVERIFY(trial.had(Kind::Lost));
        QVERIFY(!trial.core.isAllocated());
        QVERIFY(trial.wrap("\4").empty());
    }

    void refusals_data()
    {
        QTest::addColumn<int>("error");
        QTest::addColumn<int>("code");
        QTest::newRow("forbidden") << 403 << static_cast<int>(ErrorCode::Forbidden);
        QTest::newRow("mismatch") << 437 << static_cast<int>(ErrorCode::Unavailable);
        QTest::newRow("wrong credentials") << 441 << static_cast<int>(ErrorCode::Unauthorized);
        QTest::newRow("quota") << 486 << static_cast<int>(ErrorCode::RateLimited);
        QTest::newRow("capacity") << 508 << static_cast<int>(ErrorCode::RateLimited);
        QTest::newRow("unauthorized") << 401 << static_cast<int>(ErrorCode::Unauthorized);
    }

    void refusals()
    {
        QFETCH(const int, error);
        QFETCH(const int, code);
        TurnTrial trial;
        trial.core.start(trial.now);
        trial.core.receive(trial.now, trial.server.challenge(trial.request(), 401));
        trial.core.receive(trial.now, trial.server.refuse(trial.request(), error));
        trial.takeEvents();
        QCOMPARE(trial.events.size(), std::size_t(1));
        QCOMPARE(trial.events.front().kind, Kind::Failed);
        QCOMPARE(static_cast<int>(trial.events.front().error.code), code);
    }

    void aPeerMayBeRefused()
    {
        TurnTrial trial;
        trial.start();
        QVERIFY(trial.core.permit(trial.now, TurnTrial::Peer));
        trial.core.receive(trial.now, trial.server.refuse(trial.request(), 403));
        trial.takeEvents();
        QVERIFY(trial.had(Kind::Refused));
        QVERIFY(trial.core.isAllocated());
        QVERIFY(trial.wrap("\4").empty());
    }

    void anotherServerIsNamed()
    {
        TurnTrial trial;
        trial.core.start(trial.now);
        auto answer = ScriptedTurn::answerTo(trial.request(), 300);
        answer.alternateServer = Endpoint{IpAddress::v4(0x2d5a0105), 3479};
        trial.core.receive(trial.now, trial.server.encode(answer, false));
        trial.takeEvents();
        QCOMPARE(trial.events.size(), std::size_t(1));
        QCOMPARE(trial.events.front().kind, Kind::Redirected);
        QCOMPARE(trial.events.front().peer, *answer.alternateServer);
    }

    void theEndGivesItBack()
    {
        TurnTrial trial;
        trial.start();
        trial.core.end();
        const auto request = trial.request();
        QCOMPARE(request.method, turn::Refresh);
        QCOMPARE(request.lifetime, 0U);
        QVERIFY(request.hasIntegrity);
        QVERIFY(!trial.core.nextTransmission());
        trial.core.end();
        QVERIFY(!trial.core.nextTransmission());
    }

    void peersAreBounded()
    {
        TurnTrial trial;
        trial.start();
        for (std::size_t i = 0; i < TurnCore::MaxPeers; ++i)
            trial.permit({IpAddress::v4(0x08080000 + static_cast<std::uint32_t>(i)), 4000});
        QVERIFY(trial.permitted);
        QCOMPARE(trial.core.permit(trial.now, TurnTrial::Peer).error().code, ErrorCode::TooLarge);
        trial.core.forget({IpAddress::v4(0x08080000), 4000});
        trial.permit();
        QVERIFY(trial.permitted);
    }
};

QTEST_GUILESS_MAIN(TurnCoreTest)
#include "turn_core_test.moc"
