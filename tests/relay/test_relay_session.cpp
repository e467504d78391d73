// SPDX-License-Identifier: GPL-3.0-or-later
// The rules of a relay session, one by one, with time as an argument.
#include "tests/relay/session_bed.h"

#include <QTest>

using namespace higgs;
using namespace higgs::test;
using namespace std::chrono_literals;

class TestRelaySession : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void connectedComesFirst();
    void binaryPassesInOrder();
    void emptyDatagramsAreDropped();
    void formFollowsTheReceiversOwn();
    void jsonDataIsHeldToo();
    void heldForAnAbsentEnd();
    void holdDropsTheOldest();
    void holdExpires();
    void textFaults_data();
    void textFaults();
    void fifthFaultCloses();
    void faultsCountPerConnection();
    void controlIsForwarded();
    void controlForAnAbsentEndIsHeld();
    void candidatesGoBySignalWithoutANode();
    void candidatesAreWrittenAnew();
    void candidatesOfACascadeGoNowhere();
    void candidatesNameNobodyElse_data();
    void candidatesNameNobodyElse();
    void candidatesArePaced();
    void holdIsBoundedInBytes();
    void holdOfOneNetworkIsBounded();
    void holdOfAllSessionsIsBounded();
    void heartbeatsAreAnsweredNotForwarded();
    void heartbeatsEveryThirtySeconds();
    void silenceCloses();
    void anySignOfLifeKeeps();
    void disconnectEndsBoth();
    void closeWith1000EndsBoth();
    void otherCloseIsALoss_data();
    void otherCloseIsALoss();
    void lossAndReturn();
    void takeOver();
    void expiry();
    void renewal();
    void closedFromOutside();
    void overMeansOver();
    void forsaken();
    void nothingIsDueBeforeAHeartbeat();
    void countsByDirection();
};

void TestRelaySession::connectedComesFirst()
{
    Bed bed;
    bed.send(Role::Node, {3}); // not possible before attach in practice; still held, not lost
    bed.come(Role::Client);
    QCOMPARE(bed.seen.take(Role::Client), (Words{"server connected", "binary:3"}));
    bed.come(Role::Node);
    QCOMPARE(bed.seen.take(Role::Node), Words{"server connected"});
    QCOMPARE(bed.seen.take(Role::Client), Words{}); // a first arrival is not a return
}

void TestRelaySession::binaryPassesInOrder()
{
    Bed bed;
    bed.both();
    bed.send(Role::Client, {1, 1452, 65535});
    bed.send(Role::Node, {2});
    QCOMPARE(bed.seen.take(Role::Node), (Words{"binary:1", "binary:1452", "binary:65535"}));
    QCOMPARE(bed.seen.take(Role::Client), Words{"binary:2"});
}

void TestRelaySession::emptyDatagramsAreDropped()
{
    Bed bed;
    bed.both();
    bed.send(Role::Client, {0, 5, 0, 6});
    bed.say(Role::Node, data("node-to-client", 0));
    QCOMPARE(bed.seen.take(Role::Node), (Words{"binary:5", "binary:6"}));
    QCOMPARE(bed.seen.take(Role::Client), Words{});
    QCOMPARE(bed.drops(DropReason::Empty), 3u);
}

void TestRelaySession::formFollowsTheReceiversOwn()
{
    Bed bed;
    bed.both();
    bed.say(Role::Client, data("client-to-node", 10));
    QCOMPARE(bed.seen.take(Role::Node), Words{"binary:10"}); // the node has sent nothing yet
    bed.send(Role::Node, {11});
    QCOMPARE(bed.seen.take(Role::Client), Words{"json:11"});
    bed.send(Role::Client, {12}); // now the client speaks binary again
    bed.say(Role::Node, data("node-to-client", 13));
    QCOMPARE(bed.seen.take(Role::Client), Words{"binary:13"});
    bed.say(Role::Client, data("client-to-node", 14));
    QCOMPARE(bed.seen.take(Role::Node), (Words{"binary:12", "json:14"}));
}

void TestRelaySession::jsonDataIsHeldToo()
{
    Bed bed;
    bed.come(Role::Client);
    bed.say(Role::Client, data("client-to-node", 20));
    bed.come(Role::Node);
    QCOMPARE(bed.seen.take(Role::Node), (Words{"server connected", "binary:20"}));
}

void TestRelaySession::heldForAnAbsentEnd()
{
    Bed bed;
    bed.come(Role::Client);
    bed.send(Role::Client, {1, 2});
    bed.pass(5s);
    bed.send(Role::Client, {3});
    bed.come(Role::Node);
    QCOMPARE(bed.seen.take(Role::Node),
             (Words{"server connected", "binary:1", "binary:2", "binary:3"}));
}

void TestRelaySession::holdDropsTheOldest()
{
    Bed bed;
    bed.come(Role::Client);
    for (std::size_t i = 1; i <= MaxHeldDatagrams + 3; ++i)
        bed.send(Role::Client, {i});
    bed.come(Role::Node);
    const Words words = bed.seen.take(Role::Node);
    QCOMPARE(words.size(), MaxHeldDatagrams + 1);
    QCOMPARE(words[1], std::string("binary:4"));
    QCOMPARE(words.back(), "binary:" + std::to_string(MaxHeldDatagrams + 3));
    QCOMPARE(bed.drops(DropReason::HoldOverflow), 3u);
}

void TestRelaySession::holdExpires()
{
    Bed bed;
    bed.come(Role::Client);
    bed.send(Role::Client, {1});
    bed.pass(3s);
    bed.send(Role::Client, {2});
    bed.elapsed += 2001ms; // no tick in between: the age counts, not the timer
    bed.come(Role::Node);
    QCOMPARE(bed.seen.take(Role::Node), (Words{"server connected", "binary:2"}));
    QCOMPARE(bed.drops(DropReason::HoldExpired), 1u);
}

void TestRelaySession::textFaults_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("code");
    const auto row = [](const char *name, const std::string &text, const char *code) {
        QTest::newRow(name) << QByteArray::fromStdString(text) << QByteArray(code);
    };
    row("not json", "hello", "invalid_message");
    row("empty", "", "invalid_message");
    row("array", "[]", "invalid_message");
    row("trailing", control("client-to-node", "connect") + " x", "invalid_message");
    row("unknown type", message("datum", "client-to-node", "{}"), "invalid_message");
    row("no payload",
        R"({"type":"control","sessionId":")" + Session.text() +
            R"(","direction":"client-to-node"})",
        "invalid_message");
    row("no action", message("control", "client-to-node", "{}"), "invalid_message");
    row("bad base64", message("data", "client-to-node", R"("A===")"), "invalid_message");
    row("foreign session", message("data", "client-to-node", R"("AAAA")", Foreign),
        "invalid_message");
    row("unknown direction", data("sideways", 3), "invalid_message");
    row("data in the other direction", data("node-to-client", 3), "wrong_direction");
    row("data as the server", data("server", 3), "wrong_direction");
    row("control in the other direction", control("node-to-client", "connect"), "wrong_direction");
    row("control as the server", control("server", "connect"), "wrong_direction");
    row("heartbeat as the node",
        message("heartbeat", "node-to-client", R"({"timestamp":1704067200000})"),
        "wrong_direction");
    row("unknown action", control("client-to-node", "dance"), "unsupported_action");
    row("connected is the server's", control("client-to-node", "connected"), "unsupported_action");
    row("too large", data("client-to-node", 65536), "payload_too_large");
}

void TestRelaySession::textFaults()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, code);
    Bed bed;
    bed.both();
    bed.say(Role::Client, {text.constData(), static_cast<std::size_t>(text.size())});
    QCOMPARE(bed.seen.take(Role::Client), Words{"server error:" + code.toStdString()});
    QCOMPARE(bed.seen.take(Role::Node), Words{});
}

void TestRelaySession::fifthFaultCloses()
{
    Bed bed;
    bed.both();
    for (int i = 0; i < 4; ++i)
        bed.say(Role::Client, "x");
    QCOMPARE(bed.seen.take(Role::Client), Words(4, "server error:invalid_message"));
    bed.say(Role::Client, data("client-to-node", 4)); // good ones in between change nothing
    QCOMPARE(bed.seen.take(Role::Node), Words{"binary:4"});
    bed.say(Role::Client, "x");
    QCOMPARE(bed.seen.take(Role::Client),
             (Words{"server error:invalid_message", "close:1008 Too many invalid messages"}));
    QCOMPARE(bed.seen.take(Role::Node), Words{"server error:peer_lost"});
    QVERIFY(!bed.core.isOver());
}

void TestRelaySession::faultsCountPerConnection()
{
    Bed bed;
    bed.both();
    for (int i = 0; i < 4; ++i)
        bed.say(Role::Client, "x");
    bed.go(Role::Client);
    bed.come(Role::Client);
    bed.seen = {};
    bed.say(Role::Client, "x");
    QCOMPARE(bed.seen.take(Role::Client), Words{"server error:invalid_message"});
}

void TestRelaySession::controlIsForwarded()
{
    Bed bed;
    bed.both();
    bed.say(Role::Client, control("client-to-node", "connect"));
    bed.say(Role::Node, message("control", "node-to-client",
                                R"({"action":"error","errorCode":"E1","errorMessage":"m"})"));
    bed.say(Role::Client, message("control", "client-to-node",
                                  R"({"action":"candidates","candidates":[)"
                                  R"({"type":"host","address":"192.0.2.1:7000"}]})"));
    QCOMPARE(bed.seen.take(Role::Node),
             (Words{"client-to-node connect", "client-to-node candidates"}));
    QCOMPARE(bed.seen.take(Role::Client), Words{"node-to-client error:E1"});
}

void TestRelaySession::controlForAnAbsentEndIsHeld()
{
    Bed bed;
    bed.come(Role::Client);
    bed.say(Role::Client, control("client-to-node", "connect"));
    bed.send(Role::Client, {5});
    bed.come(Role::Node);
    QCOMPARE(bed.seen.take(Role::Node),
             (Words{"server connected", "client-to-node connect", "binary:5"}));
}

void TestRelaySession::candidatesGoBySignalWithoutANode()
{
    Bed bed;
    bed.come(Role::Client);
    bed.say(Role::Client, candidates("client-to-node", 1));
    QCOMPARE(bed.seen.candidates.size(), std::size_t(1));
    QCOMPARE(word(bed.seen.candidates[0]), std::string("client-to-node candidates"));
    // By the relay, too, when the node comes: its link may have been down.
    bed.come(Role::Node);
    QCOMPARE(bed.seen.take(Role::Node), (Words{"server connected", "client-to-node candidates"}));
    // The node's own, by its link, for a client that is away: the latest.
    bed.go(Role::Client);
    bed.seen = {};
    bed.core.candidates(bed.now(), Role::Client, candidates("node-to-client", 1));
    bed.core.candidates(bed.now(), Role::Client, candidates("node-to-client", 2));
    bed.pass(30s); // for longer than datagrams
    bed.come(Role::Client);
    QCOMPARE(bed.seen.take(Role::Client), (Words{"server connected", "node-to-client candidates"}));
}

void TestRelaySession::candidatesAreWrittenAnew()
{
    Bed bed;
    bed.come(Role::Client);
    std::string text = candidates("client-to-node", 2);
    text.insert(1, R"("padding":")" + std::string(7000, 'x') + R"(",)");
    bed.say(Role::Client, text);
    QCOMPARE(bed.seen.candidates.size(), std::size_t(1));
    QVERIFY(bed.seen.candidates[0].size() < 400);
    QVERIFY(decodedCandidates(bed.seen.candidates[0]) == decodedCandidates(text));
    bed.come(Role::Node);
    bed.seen = {};
    bed.say(Role::Client, candidates("client-to-node", 33)); // too many for a real host
    QCOMPARE(bed.seen.take(Role::Client), Words{"server error:invalid_message"});
    QCOMPARE(bed.seen.take(Role::Node), Words{});
}

/// Whose second half is between two homes that are not to know each other.
void TestRelaySession::candidatesOfACascadeGoNowhere()
{
    Bed bed;
    bed.core.setMeets(false);
    bed.both();
    bed.say(Role::Client, candidates("client-to-node", 1));
    bed.say(Role::Node, candidates("node-to-client", 1));
    QVERIFY(bed.seen.take(Role::Client).empty() && bed.seen.take(Role::Node).empty());
    bed.go(Role::Node);
    bed.say(Role::Client, candidates("client-to-node", 1));
    QVERIFY(bed.seen.candidates.empty());
}

void TestRelaySession::candidatesNameNobodyElse_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("address");
    QTest::addColumn<bool>("passes");
    QTest::newRow("its own") << "srflx"
                             << "192.0.2.1:5000" << true;
    QTest::newRow("its home's") << "host"
                                << "192.168.1.5:5000" << true;
    QTest::newRow("a victim") << "srflx"
                              << "9.9.9.9:5000" << false;
    QTest::newRow("a victim as host") << "host"
                                      << "9.9.9.9:5000" << false;
    QTest::newRow("a victim as relay") << "relay"
                                       << "9.9.9.9:5000" << false;
    QTest::newRow("a victim of IPv6") << "srflx"
                                      << "[2620:fe::9]:5000" << false;
    QTest::newRow("a mapped victim") << "srflx"
                                     << "[::ffff:9.9.9.9]:5000" << false;
    QTest::newRow("the node itself") << "host"
                                     << "127.0.0.1:5000" << false;
    QTest::newRow("a service") << "srflx"
                               << "192.0.2.1:53" << false;
    QTest::newRow("everybody") << "host"
                               << "255.255.255.255:5000" << false;
}

void TestRelaySession::candidatesNameNobodyElse()
{
    QFETCH(QString, type);
    QFETCH(QString, address);
    QFETCH(bool, passes);
    const std::string list = R"({"action":"candidates","candidates":[{"type":")" +
                             type.toStdString() + R"(","address":")" + address.toStdString() +
                             "\"}]}";
    for (const Role role : {Role::Client, Role::Node}) {
        const std::string text =
            message("control", role == Role::Client ? "client-to-node" : "node-to-client", list);
        Bed bed;
        bed.come(role);
        bed.say(role, text); // kept for the other end, and told to a node by its link
        for (const std::string &told : bed.seen.candidates)
            QCOMPARE(decodedCandidates(told).size(), passes ? 1U : 0U);
        QCOMPARE(bed.seen.candidates.size(), role == Role::Client ? 1U : 0U);
        bed.come(otherEnd(role));
        QCOMPARE(bed.given[indexOf(otherEnd(role))], passes ? 1U : 0U);
        bed.pass(CandidatesInterval);
        bed.say(role, text); // and passed on to one that is there
        QCOMPARE(bed.given[indexOf(otherEnd(role))], passes ? 2U : 0U);
    }
}

void TestRelaySession::candidatesArePaced()
{
    for (const bool nodeHere : {false, true}) {
        Bed bed;
        bed.come(Role::Client);
        if (nodeHere)
            bed.come(Role::Node);
        bed.seen = {};
        const auto passed = [&] {
            const auto texts = std::exchange(bed.seen.candidates, {});
            return bed.seen.take(Role::Node).size() + texts.size();
        };
        for (unsigned i = 0; i < 500; ++i)
            bed.say(Role::Client, candidates("client-to-node", 1 + i % 32));
        QCOMPARE(passed(), std::size_t(CandidatesAtOnce));
        // The latest of the others comes when there is room, and no more.
        bed.pass(CandidatesInterval);
        QCOMPARE(passed(), std::size_t(1));
        bed.core.heard(bed.now().monotonic, Role::Client);
        bed.pass(CandidatesInterval);
        QCOMPARE(passed(), std::size_t(0));
        // The control: at a host's pace all pass.
        for (unsigned i = 0; i < 20; ++i) {
            bed.pass(CandidatesInterval);
            bed.say(Role::Client, candidates("client-to-node", 1));
            QCOMPARE(passed(), std::size_t(1));
        }
    }
}

void TestRelaySession::holdIsBoundedInBytes()
{
    Bed bed;
    bed.come(Role::Client);
    for (int i = 0; i < 64; ++i)
        bed.send(Role::Client, {1452}); // the control: sixty-four of a tunnel's fit
    QCOMPARE(bed.drops(DropReason::HoldOverflow), 0u);
    for (int i = 0; i < 64; ++i)
        bed.send(Role::Client, {65000});
    QVERIFY(bed.held.sum() <= MaxHeldDatagramBytes + 64 * HeldBytes::EachPiece);
    for (int i = 0; i < 20; ++i)
        bed.say(Role::Client, data("client-to-node", 60000));
    QVERIFY(bed.held.sum() <= MaxHeldDatagramBytes + 64 * HeldBytes::EachPiece);
    for (int i = 0; i < 20; ++i) {
        bed.say(Role::Client,
                message("control", "client-to-node",
                        R"({"action":"connect","more":")" + std::string(8000, 'x') + "\"}"));
    }
    QVERIFY(bed.held.sum() <= MaxHeldDatagramBytes + MaxHeldTextBytes + 72 * HeldBytes::EachPiece);
    bed.pass(6s);
    QCOMPARE(bed.held.sum(), std::size_t(0)); // and comes back
}

/// An address of another network for each `i` below 256.
IpAddress neighbour(int i)
{
    return IpAddress::v4(0xCB007100U + static_cast<std::uint32_t>(i) * 256);
}

void TestRelaySession::holdOfOneNetworkIsBounded()
{
    for (const bool isV6 : {false, true}) {
        RelayCounters counters;
        HeldBytes held(1024 * 1024);
        const Now now{Monotonic{} + 1000h, Start};
        const Bytes datagram(1452, 7);
        const std::vector<ByteSpan> batch(64, ByteSpan(datagram));
        std::vector<std::unique_ptr<RelaySession>> sessions;
        const auto open = [&](const IpAddress &from) -> RelaySession & {
            sessions.push_back(std::make_unique<RelaySession>(Session, Monotonic{} + 1000h + 3600s,
                                                              counters, held));
            sessions.back()->attach(now, Role::Client, from);
            while (sessions.back()->poll()) {
            }
            return *sessions.back();
        };
        for (int i = 0; i < 50; ++i) {
            const std::string from =
                isV6 ? "2001:db8:7:" + std::to_string(i) + "::1" : std::string("203.0.113.1");
            open(*IpAddress::parse(from)).route(now.monotonic, Role::Client, batch);
        }
        // Another's are all there when its node comes.
        RelaySession &other = open(*IpAddress::parse("192.0.2.7"));
        other.route(now.monotonic, Role::Client, batch);
        other.attach(now, Role::Node, *IpAddress::parse("198.51.100.1"));
        std::size_t given = 0;
        while (std::optional<RelayOutput> output = other.poll()) {
            if (const auto *datagrams = std::get_if<SendDatagrams>(&*output))
                given += datagrams->datagrams.size();
        }
        QCOMPARE(given, batch.size());
    }
}

void TestRelaySession::holdOfAllSessionsIsBounded()
{
    RelayCounters counters;
    HeldBytes held(256 * 1024);
    std::vector<std::unique_ptr<RelaySession>> sessions;
    const Now now{Monotonic{} + 1000h, Start};
    const Bytes datagram(1452, 7);
    const std::vector<ByteSpan> batch(64, ByteSpan(datagram));
    for (int i = 0; i < 100; ++i) {
        sessions.push_back(
            std::make_unique<RelaySession>(Session, Monotonic{} + 1000h + 3600s, counters, held));
        sessions.back()->attach(now, Role::Client, neighbour(i));
        sessions.back()->route(now.monotonic, Role::Client, batch);
        sessions.back()->candidates(now, Role::Node, candidates("client-to-node", 1));
        QVERIFY(held.sum() <= 256 * 1024);
    }
    QVERIFY(held.sum() > 250 * 1024); // the control: it was full
    sessions.clear();
    QCOMPARE(held.sum(), std::size_t(0));
}

void TestRelaySession::heartbeatsAreAnsweredNotForwarded()
{
    Bed bed;
    bed.both();
    bed.pass(7s);
    for (const char *direction : {"client-to-node", "server"})
        bed.say(Role::Client, message("heartbeat", direction, R"({"timestamp":1704067200000})"));
    QCOMPARE(bed.seen.take(Role::Client), Words(2, "server heartbeat:7000"));
    QCOMPARE(bed.seen.take(Role::Node), Words{});
}

void TestRelaySession::heartbeatsEveryThirtySeconds()
{
    Bed bed;
    bed.both();
    bed.pass(29s);
    QCOMPARE(bed.seen.take(Role::Client), Words{});
    bed.pass(1s);
    QCOMPARE(bed.seen.take(Role::Client), Words{"server heartbeat:30000"});
    QCOMPARE(bed.seen.take(Role::Node), Words{"server heartbeat:30000"});
    bed.pass(1s);
    QCOMPARE(bed.seen.take(Role::Client), Words{});
    bed.core.heard(bed.now().monotonic, Role::Client);
    bed.core.heard(bed.now().monotonic, Role::Node);
    bed.pass(29s);
    QCOMPARE(bed.seen.take(Role::Client), Words{"server heartbeat:60000"});
}

void TestRelaySession::silenceCloses()
{
    Bed bed;
    bed.both();
    bed.pass(30s);
    bed.core.heard(bed.now().monotonic, Role::Node);
    bed.seen = {};
    bed.pass(29s);
    QCOMPARE(bed.seen.take(Role::Client), Words{});
    bed.pass(1s);
    QCOMPARE(bed.seen.take(Role::Client), Words{"close:1001 Nothing heard"});
    QCOMPARE(bed.seen.take(Role::Node),
             (Words{"server error:peer_lost", "server heartbeat:60000"}));
    QVERIFY(!bed.core.isOver());
    QVERIFY(!bed.core.isAttached(Role::Client));
}

void TestRelaySession::anySignOfLifeKeeps()
{
    Bed bed;
    bed.both();
    for (int i = 0; i < 10; ++i) {
        bed.pass(45s);
        bed.send(Role::Client, {1});
        bed.core.heard(bed.now().monotonic, Role::Node);
    }
    QVERIFY(bed.core.isAttached(Role::Client) && bed.core.isAttached(Role::Node));
}

void TestRelaySession::disconnectEndsBoth()
{
    Bed bed;
    bed.both();
    bed.say(Role::Node, control("node-to-client", "disconnect"));
    QCOMPARE(bed.seen.take(Role::Client), Words{"close:1000 Session closed"});
    QCOMPARE(bed.seen.take(Role::Node), Words{"close:1000 Session closed"});
    QCOMPARE(bed.seen.ends, std::vector{SessionEnd::Disconnected});
}

void TestRelaySession::closeWith1000EndsBoth()
{
    Bed bed;
    bed.both();
    bed.go(Role::Client, CloseNormal);
    QCOMPARE(bed.seen.take(Role::Client), Words{});
    QCOMPARE(bed.seen.take(Role::Node), Words{"close:1000 Session closed"});
    QCOMPARE(bed.seen.ends, std::vector{SessionEnd::Closed});
}

void TestRelaySession::otherCloseIsALoss_data()
{
    QTest::addColumn<int>("code");
    for (const int code : {0, 1001, 1002, 1005, 1006, 1008, 1009, 1011, 4000})
        QTest::addRow("%d", code) << code;
}

void TestRelaySession::otherCloseIsALoss()
{
    QFETCH(int, code);
    Bed bed;
    bed.both();
    bed.go(Role::Client,
           code == 0 ? std::nullopt : std::optional(static_cast<std::uint16_t>(code)));
    QCOMPARE(bed.seen.take(Role::Node), Words{"server error:peer_lost"});
    QVERIFY(bed.seen.ends.empty());
}

void TestRelaySession::lossAndReturn()
{
    Bed bed;
    bed.both();
    bed.go(Role::Node);
    QCOMPARE(bed.seen.take(Role::Client), Words{"server error:peer_lost"});
    bed.send(Role::Client, {8});
    bed.pass(4s);
    bed.come(Role::Node);
    QCOMPARE(bed.seen.take(Role::Node), (Words{"server connected", "binary:8"}));
    QCOMPARE(bed.seen.take(Role::Client), Words{"server connect"});
    QCOMPARE(bed.counters.reconnects[indexOf(Role::Node)].value(), 1u);
    QCOMPARE(bed.counters.reconnects[indexOf(Role::Client)].value(), 0u);
    bed.go(Role::Node);
    bed.go(Role::Client);
    bed.seen = {};
    bed.come(Role::Client);
    bed.come(Role::Node); // this client connection was never told of a loss
    QCOMPARE(bed.seen.take(Role::Client), Words{"server connected"});
}

void TestRelaySession::takeOver()
{
    Bed bed;
    bed.both();
    bed.core.displace(Role::Client);
    bed.drain();
    QCOMPARE(bed.seen.take(Role::Client), Words{"close:1000 Replaced"});
    bed.come(Role::Client);
    QCOMPARE(bed.seen.take(Role::Client), Words{"server connected"});
    QCOMPARE(bed.seen.take(Role::Node), Words{});
    bed.send(Role::Node, {9});
    QCOMPARE(bed.seen.take(Role::Client), Words{"binary:9"});
    QCOMPARE(bed.counters.reconnects[indexOf(Role::Client)].value(), 1u);
}

void TestRelaySession::expiry()
{
    Bed bed;
    bed.both();
    bed.core.setExpiry(Monotonic{} + 1000h + 20s);
    bed.pass(19'999ms);
    QVERIFY(!bed.core.isOver());
    bed.pass(1ms);
    QCOMPARE(bed.seen.take(Role::Client), Words{"close:1008 Session expired"});
    QCOMPARE(bed.seen.take(Role::Node), Words{"close:1008 Session expired"});
    QCOMPARE(bed.seen.ends, std::vector{SessionEnd::Expired});
}

void TestRelaySession::renewal()
{
    Bed bed;
    bed.come(Role::Client);
    bed.core.setExpiry(Monotonic{} + 1000h + 10s);
    bed.pass(9s);
    bed.core.setExpiry(Monotonic{} + 1000h + 20s);
    bed.pass(5s);
    QVERIFY(!bed.core.isOver());
}

void TestRelaySession::closedFromOutside()
{
    Bed bed;
    bed.come(Role::Client);
    bed.seen = {};
    bed.core.close(CloseGoingAway, "Server is going away");
    bed.drain();
    QCOMPARE(bed.seen.take(Role::Client), Words{"close:1001 Server is going away"});
    QVERIFY(bed.seen.ends.empty()); // whoever closed it knows
}

void TestRelaySession::overMeansOver()
{
    Bed bed;
    bed.both();
    bed.say(Role::Client, control("client-to-node", "disconnect"));
    bed.seen = {};
    bed.send(Role::Node, {1});
    bed.say(Role::Node, "x");
    bed.go(Role::Node, CloseNormal);
    bed.come(Role::Node);
    bed.core.displace(Role::Node);
    bed.pass(2h);
    QVERIFY(bed.seen.at[0].empty() && bed.seen.at[1].empty() && bed.seen.ends.empty());
}

void TestRelaySession::forsaken()
{
    Bed bed;
    bed.come(Role::Client);
    QVERIFY(!bed.core.isForsaken(bed.now().monotonic + 1h, 60s));
    bed.send(Role::Client, {1});
    bed.go(Role::Client);
    QVERIFY(!bed.core.isForsaken(bed.now().monotonic + 1h, 60s)); // something is held
    bed.pass(30s);
    QVERIFY(!bed.core.isForsaken(bed.now().monotonic, 60s));
    bed.pass(30s);
    QVERIFY(bed.core.isForsaken(bed.now().monotonic, 60s));
    QVERIFY(bed.core.deadline(60s) <= bed.now().monotonic);
}

void TestRelaySession::nothingIsDueBeforeAHeartbeat()
{
    Bed bed;
    bed.both();
    const Monotonic start = bed.now().monotonic;
    QCOMPARE(bed.core.deadline(60s), start + HeartbeatInterval);
    bed.pass(10s);
    bed.send(Role::Client, {1});
    QCOMPARE(bed.core.deadline(60s), start + HeartbeatInterval);
    bed.go(Role::Node); // it broke
    bed.send(Role::Client, {1});
    QCOMPARE(bed.core.deadline(60s), bed.now().monotonic + HoldTime);
    bed.core.setExpiry(start + 11s);
    QCOMPARE(bed.core.deadline(60s), start + 11s);
}

void TestRelaySession::countsByDirection()
{
    Bed bed;
    bed.both();
    bed.send(Role::Client, {100, 200});
    bed.say(Role::Node, data("node-to-client", 50));
    bed.go(Role::Node);
    bed.send(Role::Client, {10}); // held: counts when it goes
    QCOMPARE(bed.counters.bytes[indexOf(Role::Client)].value(), 300u);
    bed.come(Role::Node);
    QCOMPARE(bed.counters.bytes[indexOf(Role::Client)].value(), 310u);
    QCOMPARE(bed.counters.frames[indexOf(Role::Client)].value(), 3u);
    QCOMPARE(bed.counters.frames[indexOf(Role::Node)].value(), 1u);
    QCOMPARE(bed.counters.bytes[indexOf(Role::Node)].value(), 50u);
}

QTEST_GUILESS_MAIN(TestRelaySession)
#include "test_relay_session.moc"
