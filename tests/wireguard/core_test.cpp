// SPDX-License-Identifier: GPL-3.0-or-later
// Two cores over a scripted link in simulated time: sessions come about, are renewed and end as the
// paper's section 6 has it, over good lines and bad ones.
#include "tests/wireguard/scripted_link.h"

#include <QTest>
#include <set>

using namespace higgs;
using namespace higgs::wireguard;
using namespace higgs::test;

class TestCore : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void firstPacketBringsASession();
    void presharedKeysMustAgree();
    void sessionIsRenewedAfterTwoMinutes();
    void receiverRenewsBeforeTheEnd();
    void sessionEndsAfterThreeMinutes();
    void countersRunOut();
    void keepaliveAnswersData();
    void silenceBringsAHandshake();
    void persistentKeepaliveHoldsTheLine();
    void handshakeIsGivenUp();
    void waitingPacketsAreBounded();
    void bothBeginAtOnce_data();
    void bothBeginAtOnce();
    void peerStartsAnew();
    void roamsToWhereItIs();
    void clockSetBack();
    void badLine_data();
    void badLine();
    void trainsAreSealedInPlace();
    void foreignSourceIsDropped();
    void peersComeAndGo();
};

void TestCore::firstPacketBringsASession()
{
    ScriptedLink link(1);
    link.join(false); // b learns where a is from the handshake
    for (std::uint32_t i = 0; i < 3; ++i)
        link.send(link.a, i);
    link.run(Milliseconds(100));
    QVERIFY(link.bothHaveSessions());
    QVERIFY((link.b.received == std::vector<std::uint32_t>{0, 1, 2}));
    QCOMPARE(link.a.sent[MessageType::Initiation], 1);
    QCOMPARE(link.b.sent[MessageType::Response], 1);
    link.send(link.b, 7);
    link.run(Milliseconds(100));
    QVERIFY((link.a.received == std::vector<std::uint32_t>{7}));
    const auto a = link.a.core.status(link.a.peer);
    const auto b = link.b.core.status(link.b.peer);
    QVERIFY(a->lastHandshake && b->lastHandshake);
    QCOMPARE(a->traffic.sent, b->traffic.received);
    QCOMPARE(a->traffic.received, b->traffic.sent);
}

void TestCore::presharedKeysMustAgree()
{
    ScriptedLink same(2);
    same.join(true, Seconds(0), Bytes(32, 7));
    same.send(same.a, 1);
    same.run(Milliseconds(100));
    QCOMPARE(same.b.received.size(), std::size_t(1));

    ScriptedLink other(2);
    other.join(true, Seconds(0), Bytes(32, 7));
    other.b.core.removePeer(other.b.peer);
    const auto id =
        other.b.core.addPeer(other.time, {.publicKey = other.a.core.publicKey(),
                                          .preshared = Secret<32>(std::array<std::uint8_t, 32>{8}),
                                          .allowedIps = {prefix("10.0.0.1/32")}});
    QVERIFY(id);
    other.b.peer = *id;
    other.send(other.a, 1);
    other.run(Seconds(100));
    QVERIFY(other.b.received.empty());
    QVERIFY(!other.a.core.status(other.a.peer)->hasSession);
    QVERIFY(!other.b.core.status(other.b.peer)->hasSession);
}

void TestCore::sessionIsRenewedAfterTwoMinutes()
{
    ScriptedLink link(3);
    link.begin(0);
    std::uint32_t number = 0;
    // Rekey-After-Time: nothing before, one right after. Only the initiator begins.
    for (int second = 0; second < 119; ++second) {
        link.send(link.a, ++number);
        link.send(link.b, 1000 + number);
        link.run(Seconds(1));
    }
    QCOMPARE(link.a.sent[MessageType::Initiation], 1);
    for (int second = 0; second < 600; ++second) {
        link.send(link.a, ++number);
        link.send(link.b, 1000 + number);
        link.run(Seconds(1));
    }
    QCOMPARE(link.a.sent[MessageType::Initiation], 6); // at 0, 120, 240, ...
    QCOMPARE(link.b.sent[MessageType::Initiation], 0);
    QCOMPARE(link.b.received.size(), std::size_t(number + 1));
    QCOMPARE(link.a.received.size(), std::size_t(number));
}

void TestCore::receiverRenewsBeforeTheEnd()
{
    // a, the initiator, has nothing to say but keepalives; b has.
    ScriptedLink link(4);
    link.begin(0);
    std::uint32_t number = 0;
    for (int second = 0; second < 164; ++second) {
        link.send(link.b, ++number);
        link.run(Seconds(1));
    }
    // Keepalives that a sends after 120 s are packets, too, and bring a new session (section 6.2).
    QVERIFY(link.a.sent[MessageType::Initiation] >= 2);
    for (int second = 0; second < 400; ++second) {
        link.send(link.b, ++number);
        link.run(Seconds(1));
    }
    QCOMPARE(link.a.received.size(), std::size_t(number));
}

void TestCore::sessionEndsAfterThreeMinutes()
{
    ScriptedLink link(5);
    link.join();
    link.send(link.a, 1);
    link.run(Milliseconds(50));
    QVERIFY(link.bothHaveSessions());
    const Bytes sealed = link.seen.back(); // of b's keepalive or a's packet; both are old later
    link.run(Seconds(179));
    QVERIFY(link.bothHaveSessions());
    link.run(Seconds(1));
    QVERIFY(!link.a.core.status(link.a.peer)->hasSession);
    QVERIFY(!link.b.core.status(link.b.peer)->hasSession);
    const auto forged = link.a.core.counters().forged + link.b.core.counters().forged;
    link.inject(link.b, sealed, link.a.at);
    link.inject(link.a, sealed, link.b.at);
    QCOMPARE(link.a.core.counters().forged + link.b.core.counters().forged, forged + 2);
    // Nothing is left to be done, and nobody is woken.
    link.run(Seconds(1000));
    QVERIFY(link.a.core.deadline() == Never);
    QVERIFY(link.b.core.deadline() == Never);
    link.send(link.a, 2);
    link.run(Milliseconds(100));
    QCOMPARE(link.b.received.back(), 2U);
}

void TestCore::countersRunOut()
{
    CoreOptions options;
    options.limits.rekeyAfterMessages = 50;
    options.limits.rejectAfterMessages = 60;
    ScriptedLink link(6, {}, options);
    link.join();
    for (std::uint32_t i = 0; i < 500; ++i) {
        link.send(link.a, i);
        link.run(Milliseconds(200));
    }
    QCOMPARE(link.b.received.size(), std::size_t(500));
    QVERIFY(link.a.sent[MessageType::Initiation] >= 9);
    // Where no handshake gets through, no packet leaves with a counter beyond the last.
    link.link.loss = 1;
    const int before = link.a.sent[MessageType::Transport];
    for (std::uint32_t i = 0; i < 200; ++i)
        link.send(link.a, i);
    QVERIFY(link.a.sent[MessageType::Transport] - before <= 60);
}

void TestCore::keepaliveAnswersData()
{
    ScriptedLink link(7);
    link.begin(1);
    const int before = link.b.sent[MessageType::Transport];
    link.run(Milliseconds(9'850));
    QCOMPARE(link.b.sent[MessageType::Transport], before);
    link.run(Milliseconds(100));
    QCOMPARE(link.b.sent[MessageType::Transport], before + 1);
    // A keepalive is not data: nobody answers it.
    const int both = link.a.sent[MessageType::Transport] + link.b.sent[MessageType::Transport];
    link.run(Seconds(60));
    QCOMPARE(link.a.sent[MessageType::Transport] + link.b.sent[MessageType::Transport], both);
}

void TestCore::silenceBringsAHandshake()
{
    ScriptedLink link(8);
    link.join();
    link.send(link.a, 1);
    link.run(Seconds(20));
    const int before = link.a.sent[MessageType::Initiation];
    link.link.loss = 1;
    link.send(link.a, 2);
    link.run(Milliseconds(14'900)); // Keepalive-Timeout and Rekey-Timeout
    QCOMPARE(link.a.sent[MessageType::Initiation], before);
    link.run(Milliseconds(200));
    QCOMPARE(link.a.sent[MessageType::Initiation], before + 1);
    link.link.loss = 0;
    link.run(Seconds(6));
    QCOMPARE(link.a.sent[MessageType::Initiation], before + 2);
    QCOMPARE(link.b.sent[MessageType::Response], 2);
}

void TestCore::persistentKeepaliveHoldsTheLine()
{
    ScriptedLink link(9);
    link.join(false, Seconds(25));
    link.run(Milliseconds(100)); // the first is sent at once, and brings the session
    QVERIFY(link.bothHaveSessions());
    const int before = link.a.sent[MessageType::Transport];
    link.run(Seconds(100));
    QCOMPARE(link.a.sent[MessageType::Transport], before + 4);
    link.run(Seconds(1000));
    QVERIFY(link.bothHaveSessions());
}

void TestCore::handshakeIsGivenUp()
{
    ScriptedLink link(10, {.loss = 1});
    link.join();
    link.send(link.a, 1);
    link.run(Seconds(200));
    // Rekey-Attempt-Time over Rekey-Timeout
    QCOMPARE(link.a.sent[MessageType::Initiation], 18);
    QCOMPARE(link.a.core.counters().dropped, std::uint64_t(1));
    link.link.loss = 0;
    link.send(link.a, 2);
    link.run(Milliseconds(100));
    QVERIFY((link.b.received == std::vector<std::uint32_t>{2}));
}

void TestCore::waitingPacketsAreBounded()
{
    ScriptedLink link(11);
    link.join();
    for (std::uint32_t i = 0; i < MostStaged + 10; ++i)
        link.send(link.a, i);
    QCOMPARE(link.a.core.counters().dropped, std::uint64_t(10));
    link.run(Milliseconds(100));
    QCOMPARE(link.b.received.size(), MostStaged);
    QCOMPARE(link.b.received.front(), 10U); // the oldest went
}

void TestCore::bothBeginAtOnce_data()
{
    QTest::addColumn<int>("apart");
    for (const int apart : {0, 1, 5, 9, 10, 11, 15, 20, 25})
        QTest::addRow("%d ms apart", apart) << apart;
}

void TestCore::bothBeginAtOnce()
{
    QFETCH(int, apart);
    ScriptedLink link(12);
    link.join();
    link.send(link.a, 1);
    link.run(Milliseconds(apart));
    link.send(link.b, 2);
    link.run(Milliseconds(100));
    // Both within a round trip or two, not after a time-out.
    QVERIFY((link.b.received == std::vector<std::uint32_t>{1}));
    QVERIFY((link.a.received == std::vector<std::uint32_t>{2}));
    for (std::uint32_t i = 10; i < 200; ++i) {
        link.send(link.a, i);
        link.send(link.b, i);
        link.run(Seconds(1));
    }
    QCOMPARE(link.a.received.size(), std::size_t(191));
    QCOMPARE(link.b.received.size(), std::size_t(191));
    // The next renewal has one of them begin.
    const int initiations =
        link.a.sent[MessageType::Initiation] + link.b.sent[MessageType::Initiation];
    QVERIFY2(initiations <= 3, qPrintable(QString::number(initiations)));
}

void TestCore::peerStartsAnew()
{
    ScriptedLink link(13);
    link.join();
    link.send(link.a, 1);
    link.run(Seconds(30));
    // b forgets everything, as after a restart; a goes on with what it has.
    link.b.core.removePeer(link.b.peer);
    const auto id = link.b.core.addPeer(link.time, {.publicKey = link.a.core.publicKey(),
                                                    .endpoint = link.a.at,
                                                    .allowedIps = {prefix("10.0.0.1/32")}});
    QVERIFY(id);
    link.b.peer = *id;
    link.send(link.a, 2); // lost
    link.run(Seconds(1));
    link.send(link.b, 3); // b's own handshake
    link.run(Milliseconds(100));
    QVERIFY((link.a.received == std::vector<std::uint32_t>{3}));
    link.send(link.a, 4);
    link.run(Milliseconds(100));
    QCOMPARE(link.b.received.back(), 4U);
}

void TestCore::roamsToWhereItIs()
{
    ScriptedLink link(14);
    link.begin(1);
    link.a.at.port = 2002; // its router has chosen another port
    link.send(link.b, 2);
    link.run(Milliseconds(100));
    QVERIFY(link.a.received.empty());
    link.send(link.a, 3);
    link.run(Milliseconds(100));
    QVERIFY(link.b.core.status(link.b.peer)->endpoint == link.a.at);
    link.send(link.b, 4);
    link.run(Milliseconds(100));
    QVERIFY((link.a.received == std::vector<std::uint32_t>{4}));
    // Who has no key moves nobody.
    link.inject(link.b, link.seen.back(), {address("198.51.100.1"), 9});
    QVERIFY(link.b.core.status(link.b.peer)->endpoint == link.a.at);
}

void TestCore::clockSetBack()
{
    // An initiation is later than the one before also where the wall clock is not; a's second
    // session is begun by its first packet after the first has ended.
    ScriptedLink link(15);
    link.begin(1);
    const auto wall = link.now().wall;
    link.run(Seconds(400));
    Clocks now = link.now();
    now.wall = wall - Seconds(3600);
    const Bytes packet = numberedPacket(link.a.tunnel, link.b.tunnel, 2);
    Bytes room(HeadRoom + packet.size() + TailRoom);
    std::copy(packet.begin(), packet.end(), room.begin() + HeadRoom);
    std::array<OutgoingPacket, 1> out{{{room, packet.size()}}};
    link.a.core.send(now, out);
    const auto initiation = link.a.core.nextTransmission();
    QVERIFY(initiation);
    link.inject(link.b, initiation->datagram, link.a.at);
    QCOMPARE(link.b.sent[MessageType::Response], 2);
}

void TestCore::badLine_data()
{
    QTest::addColumn<int>("seed");
    for (int seed = 0; seed < 40; ++seed)
        QTest::addRow("seed %d", seed) << seed;
}

/// Loss, duplicates and disorder change what arrives, never what was in it, nor that it goes on.
void TestCore::badLine()
{
    QFETCH(int, seed);
    const LinkOptions bad{.loss = 0.1 * (seed % 4),
                          .duplicates = 0.1 * (seed % 3),
                          .delay = Milliseconds(5 + seed),
                          .spread = Milliseconds(seed % 5 * 40)};
    ScriptedLink link(static_cast<std::uint64_t>(100 + seed), bad);
    link.join(seed % 2 == 0);
    link.send(link.a, 0);
    std::uint32_t number = 0;
    for (int i = 0; i < 4000; ++i) {
        ++number;
        link.send(link.a, number, number % 1300);
        link.send(link.b, number, number % 700);
        link.run(Milliseconds(100));
    }
    link.run(Seconds(5));
    for (const ScriptedLink::End *end : {&link.a, &link.b}) {
        const std::set<std::uint32_t> once(end->received.begin(), end->received.end());
        QCOMPARE(once.size(), end->received.size()); // no duplicate comes out
        const double share = static_cast<double>(once.size()) / number;
        // Outages while handshakes are lost are time-outs of 5 s, a few in 400 s.
        QVERIFY2(share > (1 - bad.loss) * 0.9, qPrintable(QString::number(share)));
        QVERIFY(*once.rbegin() > number - 300); // and at the end it works still
    }
    // One ends's handshakes about every two minutes, and what the loss costs.
    QVERIFY(link.a.sent[MessageType::Initiation] + link.b.sent[MessageType::Initiation] < 40);
}

void TestCore::trainsAreSealedInPlace()
{
    ScriptedLink link(16);
    link.begin(1);
    link.b.received.clear();
    const Bytes packet = numberedPacket(link.a.tunnel, link.b.tunnel, 5, 1396);
    QCOMPARE(packet.size(), std::size_t(1420));
    std::vector<Bytes> rooms(50, Bytes(HeadRoom + packet.size() + TailRoom));
    std::vector<OutgoingPacket> out;
    for (Bytes &room : rooms) {
        std::copy(packet.begin(), packet.end(), room.begin() + HeadRoom);
        out.push_back({room, packet.size()});
    }
    link.a.core.send(link.now(), out);
    std::vector<MutableByteSpan> in;
    for (std::size_t i = 0; i < out.size(); ++i) {
        QVERIFY(out[i].datagram.data() == rooms[i].data());
        QCOMPARE(out[i].datagram.size(), std::size_t(1452)); // a full packet is not padded
        QVERIFY(out[i].to == link.b.at);
        QVERIFY(out[i].peer == link.a.peer);
        in.emplace_back(rooms[i].data(), out[i].datagram.size());
    }
    std::vector<IncomingPacket> opened(in.size());
    QCOMPARE(link.b.core.receive(link.now(), link.a.at, in, opened), in.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
        QVERIFY(opened[i].packet.data() == rooms[i].data() + HeadRoom);
        QVERIFY(std::equal(opened[i].packet.begin(), opened[i].packet.end(), packet.begin(),
                           packet.end()));
    }
    // Shorter ones are, to 16 bytes, and come out as they were.
    for (const std::size_t extra : {0U, 1U, 7U, 8U, 9U, 1395U}) {
        link.send(link.a, static_cast<std::uint32_t>(extra), extra);
        QCOMPARE(link.seen.back().size() % 16, extra == 1395 ? std::size_t(12) : std::size_t(0));
    }
}

void TestCore::foreignSourceIsDropped()
{
    ScriptedLink link(17);
    link.begin(1);
    link.b.received.clear();
    const IpAddress own = link.a.tunnel;
    link.a.tunnel = address("10.0.0.9"); // not what b has for a
    link.send(link.a, 2);
    link.run(Milliseconds(100));
    QVERIFY(link.b.received.empty());
    QCOMPARE(link.b.core.counters().foreignSource, std::uint64_t(1));
    link.a.tunnel = own;
    link.send(link.a, 3); // and the way is open for its own
    link.run(Milliseconds(100));
    QCOMPARE(link.b.received.size(), std::size_t(1));
    link.b.tunnel = address("10.0.0.9");
    link.send(link.a, 4);
    QCOMPARE(link.a.core.counters().unroutable, std::uint64_t(1));
}

void TestCore::peersComeAndGo()
{
    ScriptedLink link(18);
    link.join();
    QVERIFY(!link.a.core.addPeer(link.time, {.publicKey = link.b.core.publicKey()}));
    QVERIFY(!link.a.core.addPeer(link.time, {.publicKey = link.a.core.publicKey()}));
    QVERIFY(!link.a.core.addPeer(link.time, {.publicKey = PublicKey()}));
    QVERIFY(link.a.core.find(link.b.core.publicKey()) == link.a.peer);
    link.send(link.a, 1);
    link.run(Milliseconds(100));
    const Bytes last = link.seen.back();
    link.b.core.removePeer(link.b.peer);
    QVERIFY(!link.b.core.status(link.b.peer));
    QVERIFY(!link.b.core.find(link.a.core.publicKey()));
    link.inject(link.b, last, link.a.at);
    link.send(link.a, 2);
    link.run(Seconds(30)); // its handshakes are a stranger's
    QCOMPARE(link.b.received.size(), std::size_t(1));
    QVERIFY(link.b.core.deadline() == Never);
}

QTEST_GUILESS_MAIN(TestCore)
#include "core_test.moc"
