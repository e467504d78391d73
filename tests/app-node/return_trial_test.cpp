// SPDX-License-Identifier: GPL-3.0-or-later
// The trial whether guests get answers, with scripted places.
#include "app-node/engine/return_trial.h"

#include <QTest>

using namespace higgs;
using namespace higgs::node;

namespace {

Endpoint endpoint(std::string_view address, std::uint16_t port)
{
    return {*IpAddress::parse(address), port};
}

const Endpoint Gateway = endpoint("10.86.0.1", 3478);
const Endpoint Stun = endpoint("81.0.113.10", 3478);
const Endpoint Server = endpoint("81.0.113.10", 3000);

ReturnQuestions questions()
{
    return {{*IpAddress::parse("10.86.255.253")}, {Gateway}, {Stun}, {Server}};
}

/// Of the laboratory, so that nothing depends on chance.
ReturnTrial::NewId ids()
{
    return [number = std::uint8_t{0}]() mutable {
        protocol::StunTransactionId id{};
        id.back() = ++number;
        return id;
    };
}

Bytes stunAnswer(const TransportPacket &request)
{
    protocol::StunMessage answer = *protocol::decodeStun(request.payload);
    answer.messageClass = protocol::StunClass::Success;
    answer.xorMappedAddress = request.from;
    return udpPacket(request.to, request.from, encodeStun(answer, {}));
}

Bytes synAnswer(const TransportPacket &request, std::uint8_t flags = TcpSyn | TcpAcknowledge)
{
    return tcpPacket(request.to, request.from,
                     {.sequence = 9, .acknowledged = request.segment.sequence + 1, .flags = flags});
}

Bytes answerTo(const TransportPacket &request)
{
    return request.protocol == UdpProtocol ? stunAnswer(request) : synAnswer(request);
}

constexpr Milliseconds Long{10'000};

/// When nothing more comes.
ReturnVerdict lastVerdict(ReturnTrial &trial, Monotonic now)
{
    while (!trial.verdict(now)) {
        trial.due(now);
        now = std::max(trial.deadline(), now + Milliseconds(1));
    }
    return *trial.verdict(now);
}

/// By the node itself, half of the time.
void answerOften(ReturnTrial &trial, const Endpoint &place)
{
    for (int i = 0; i < 4; ++i)
        trial.ownAnswered({place, UdpProtocol});
}

} // namespace

class ReturnTrialTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyAnswerComes()
    {
        const Monotonic now = monotonicNow();
        ReturnTrial trial(now, questions(), ids());
        const std::vector<Bytes> sent = trial.due(now).packets;
        QCOMPARE(sent.size(), 3U);
        QVERIFY(trial.due(now).packets.empty());
        QVERIFY(!trial.verdict(now));
        for (const Bytes &packet : sent) {
            const auto request = parseTransport(packet);
            QVERIFY(request);
            const std::vector<Bytes> reply = trial.heard(answerTo(*request));
            QCOMPARE(reply.size(), request->protocol == TcpProtocol ? 1U : 0U);
            if (!reply.empty()) // nobody waits for a guest that is none
                QCOMPARE(parseTransport(reply.front())->segment.flags, TcpReset);
        }
        QVERIFY(trial.verdict(now)->outcome == ReturnOutcome::Through);
    }

    /// The rounds of a trial in which the gateway answers and the machine's own questions to the
    /// STUN server are answered `answers` times.
    static ReturnVerdict afterOwnAnswers(unsigned answers)
    {
        Monotonic now = monotonicNow();
        ReturnTrial trial(now, questions(), ids());
        unsigned left = answers;
        while (!trial.verdict(now)) {
            const ReturnTrial::Round round = trial.due(now);
            for (const Bytes &packet : round.packets) {
                const auto request = parseTransport(packet);
                if (request->to == Gateway)
                    trial.heard(answerTo(*request));
            }
            for (const ReturnTrial::Place &place : round.own) {
                if (place.endpoint == Stun && left > 0) {
                    --left;
                    trial.ownAnswered(place);
                }
            }
            now = std::max(trial.deadline(), now + Milliseconds(1));
        }
        return *trial.verdict(now);
    }

    void lostIsWhatTheMachineGets()
    {
        const ReturnVerdict verdict = afterOwnAnswers(99);
        QVERIFY(verdict.outcome == ReturnOutcome::Lost);
        QCOMPARE(verdict.lost, std::string("what the Internet answers over IPv4 (UDP)"));
        QVERIFY(afterOwnAnswers(4).outcome == ReturnOutcome::Lost);
    }

    void chanceIsNoFirewall()
    {
        for (unsigned answers = 0; answers < 4; ++answers)
            QVERIFY(afterOwnAnswers(answers).outcome == ReturnOutcome::Through);
    }

    void aServerThatIsAwayProvesNothing()
    {
        const Monotonic now = monotonicNow();
        ReturnTrial trial(now, questions(), ids());
        for (const Bytes &packet : trial.due(now).packets) {
            const auto request = parseTransport(packet);
            if (request->to == Gateway)
                trial.heard(answerTo(*request));
        }
        QVERIFY(lastVerdict(trial, now).outcome == ReturnOutcome::Through);
    }

    /// Its answers wait unread, or those of others to the one question that it could send.
    void aMachineThatStandsStillHasNotAsked()
    {
        const Monotonic now = monotonicNow();
        ReturnTrial trial(now, questions(), ids());
        trial.due(now);
        answerOften(trial, Gateway);
        answerOften(trial, Stun);
        QVERIFY(!trial.verdict(now + Long));
        for (const Bytes &packet : trial.due(now + Long).packets)
            trial.heard(answerTo(*parseTransport(packet)));
        QVERIFY(trial.verdict(now + Long)->outcome == ReturnOutcome::Through);
    }

    void theNodeItself()
    {
        for (const bool busy : {false, true}) {
            const Monotonic now = monotonicNow();
            ReturnTrial trial(now, questions(), ids());
            if (!busy)
                answerOften(trial, Gateway);
            const ReturnVerdict verdict = lastVerdict(trial, now);
            QVERIFY(verdict.outcome == (busy ? ReturnOutcome::Unproven : ReturnOutcome::Lost));
            QCOMPARE(verdict.lost,
                     busy ? std::string() : std::string("what this node answers over IPv4 (UDP)"));
        }
    }

    void nobodyToAsk()
    {
        const Monotonic now = monotonicNow();
        ReturnTrial none(now, {}, ids());
        QVERIFY(none.due(now).packets.empty());
        QVERIFY(none.verdict(now)->outcome == ReturnOutcome::Unproven);
        ReturnQuestions ipv6 = questions();
        ipv6.guests = {*IpAddress::parse("fd86::ffff")};
        ReturnTrial other(now, ipv6, ids());
        QVERIFY(other.due(now).packets.empty());
        QVERIFY(other.verdict(now)->outcome == ReturnOutcome::Unproven);
        ReturnQuestions away = questions();
        away.responders.clear();
        ReturnTrial silent(now, away, ids());
        QVERIFY(lastVerdict(silent, now).outcome == ReturnOutcome::Unproven);
    }

    void itIsAskedAgain()
    {
        Monotonic now = monotonicNow();
        ReturnTrial trial(now, questions(), ids());
        std::size_t rounds = 0;
        std::vector<Bytes> last;
        const Monotonic end = now + Long;
        while (now < end && !trial.verdict(now)) {
            std::vector<Bytes> sent = trial.due(now).packets;
            rounds += sent.empty() ? 0 : 1;
            if (!sent.empty())
                last = std::move(sent);
            now = std::max(trial.deadline(), now + Milliseconds(1));
        }
        QVERIFY(rounds >= 4);
        // A late answer to an early question counts as well; here to the last.
        for (const Bytes &packet : last)
            trial.heard(answerTo(*parseTransport(packet)));
        QVERIFY(trial.verdict(now)->outcome == ReturnOutcome::Through);
    }

    void aRefusalCameBack()
    {
        const Monotonic now = monotonicNow();
        ReturnTrial trial(now, questions(), ids());
        for (const Bytes &packet : trial.due(now).packets) {
            const auto request = parseTransport(packet);
            QVERIFY(trial
                        .heard(request->protocol == TcpProtocol
                                   ? synAnswer(*request, TcpReset | TcpAcknowledge)
                                   : stunAnswer(*request))
                        .empty());
        }
        QVERIFY(trial.verdict(now)->outcome == ReturnOutcome::Through);
    }

    void othersAreNoAnswers()
    {
        const Monotonic now = monotonicNow();
        ReturnTrial trial(now, questions(), ids());
        for (const Bytes &packet : trial.due(now).packets) {
            TransportPacket request = *parseTransport(packet);
            trial.heard(packet); // the question itself
            TransportPacket elsewhere = request;
            elsewhere.to.port = 99;
            trial.heard(answerTo(elsewhere));
            TransportPacket someoneElse = request;
            someoneElse.from.port = 99;
            trial.heard(answerTo(someoneElse));
            if (request.protocol == TcpProtocol) {
                request.segment.sequence += 5;
                trial.heard(synAnswer(request));
            } else {
                protocol::StunMessage guess = *protocol::decodeStun(request.payload);
                guess.messageClass = protocol::StunClass::Success;
                guess.transaction.back() = 0xee;
                guess.xorMappedAddress = request.from;
                trial.heard(udpPacket(request.to, request.from, encodeStun(guess, {})));
            }
        }
        trial.heard({});
        answerOften(trial, Stun);
        QVERIFY(!trial.verdict(now));
        QVERIFY(lastVerdict(trial, now).outcome == ReturnOutcome::Lost);
    }
};

QTEST_APPLESS_MAIN(ReturnTrialTest)
#include "return_trial_test.moc"
