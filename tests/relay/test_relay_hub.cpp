// SPDX-License-Identifier: GPL-3.0-or-later
// The relay over real TLS on loopback, with our own RelayPath and with QWebSocket as its ends.
#include "shared/net/relay_path.h"
#include "tests/relay/relay_door.h"

#include <QSignalSpy>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QTest>
#include <QUuid>
#include <QWebSocket>
#include <fstream>

using namespace higgs;
using namespace higgs::relay;
using namespace std::chrono_literals;
using higgs::test::RelayDoor;

namespace {

constexpr int WaitMs = 10'000;

class Collector : public DatagramSink
{
public:
    void take(std::span<const ByteSpan> datagrams) override
    {
        for (const ByteSpan datagram : datagrams)
            taken.emplace_back(datagram.begin(), datagram.end());
    }
    std::vector<Bytes> taken;
};

SessionId newSession()
{
    return *SessionId::parse(QUuid::createUuid().toString(QUuid::WithoutBraces).toStdString());
}

Bytes body(std::size_t size, std::uint8_t seed)
{
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::uint8_t>(i * 31 + seed);
    return bytes;
}

std::size_t residentKilobytes()
{
    std::ifstream file("/proc/self/smaps_rollup");
    std::string word;
    std::size_t value = 0;
    while (file >> word) {
        if (word == "Rss:" && file >> value)
            return value;
    }
    return 0;
}

} // namespace

class TestRelayHub : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void datagramsPassUnchanged();
    void qWebSocketSpeaksIt();
    void jsonForTheOneWhoSpeaksJson();
    void strangersAreRefused();
    void secondConnectionReplaces();
    void lossAndReturn();
    void closeEndsTheSession();
    void endedSessionsStayOut();
    void expiredSessionsAreClosed();
    void movedClientIsToldWhereItIs();
    void candidatesFindTheirWay();
    void relayedAddressesAreTurnServersAlone();
    void slowReaderHarmsNobody();
    void tooBig();
    void manySessionsAtOnce();
    void drains();

private:
    struct Socket
    {
        std::unique_ptr<QWebSocket> socket = std::make_unique<QWebSocket>();
        QStringList texts;
        QList<QByteArray> binaries;
        bool closed = false;
        int code = 0;
        QString reason;
    };

    SessionId allowed(Milliseconds life = 1h)
    {
        const SessionId id = newSession();
        m_door->allow(id, monotonicNow() + life);
        return id;
    }
    std::unique_ptr<RelayPath> path(const SessionId &session, Role role)
    {
        RelayPathOptions options;
        options.host = "localhost";
        options.endpoints = {CheckedEndpoint::namedByPerson(
            {IpAddress::loopback(IpAddress::Family::V4), m_door->serverPort()})};
        options.trust = ServerTrust::pinned(m_door->fingerprint());
        options.token = SecretText(nameOf(role));
        options.sessionId = session;
        options.direction = role == Role::Client ? protocol::Direction::ClientToNode
                                                 : protocol::Direction::NodeToClient;
        return std::make_unique<RelayPath>(*m_epoll, std::move(options));
    }
    std::unique_ptr<RelayPath> openPath(const SessionId &session, Role role, Collector &collector)
    {
        auto opening = path(session, role);
        opening->setReceiver(&collector);
        opening->open();
        if (!QTest::qWaitFor([&] { return opening->isOpen(); }, WaitMs))
            qFatal("the relay path did not open");
        return opening;
    }
    std::unique_ptr<Socket> webSocket(const SessionId &session, const char *token)
    {
        auto made = std::make_unique<Socket>();
        Socket *it = made.get();
        QWebSocket *socket = it->socket.get();
        connect(socket, &QWebSocket::textMessageReceived, socket,
                [it](const QString &text) { it->texts << text; });
        connect(socket, &QWebSocket::binaryMessageReceived, socket,
                [it](const QByteArray &bytes) { it->binaries << bytes; });
        connect(socket, &QWebSocket::disconnected, socket, [it, socket] {
            it->closed = true;
            it->code = socket->closeCode();
            it->reason = socket->closeReason();
        });
        QSslConfiguration tls = socket->sslConfiguration();
        tls.setCaCertificates(QSslCertificate::fromPath(m_door->certificateFile()));
        socket->setSslConfiguration(tls);
        QNetworkRequest request(QUrl(QStringLiteral("wss://127.0.0.1:%1/relay/%2")
                                         .arg(m_door->serverPort())
                                         .arg(QString::fromStdString(session.text()))));
        request.setRawHeader("Authorization", QByteArray("Bearer ") + token);
        socket->open(request);
        return made;
    }

    std::unique_ptr<EpollSet> m_epoll;
    std::unique_ptr<RelayHub> m_hub;
    std::unique_ptr<RelayDoor> m_door;
};

void TestRelayHub::init()
{
    m_epoll = std::make_unique<EpollSet>();
    m_hub = std::make_unique<RelayHub>(2);
    m_door = std::make_unique<RelayDoor>(*m_epoll, *m_hub);
}

void TestRelayHub::cleanup()
{
    m_door.reset();
    m_hub.reset();
    m_epoll.reset();
}

void TestRelayHub::datagramsPassUnchanged()
{
    const SessionId session = allowed();
    Collector atClient;
    Collector atNode;
    const auto client = openPath(session, Role::Client, atClient);
    const auto node = openPath(session, Role::Node, atNode);
    std::vector<Bytes> bodies;
    for (const std::size_t size : {1, 125, 126, 1452, 16383, 16384, 65535})
        bodies.push_back(body(size, static_cast<std::uint8_t>(size)));
    const std::vector<ByteSpan> batch(bodies.begin(), bodies.end());
    client->take(batch);
    node->take(batch);
    QTRY_COMPARE_WITH_TIMEOUT(atNode.taken.size(), bodies.size(), WaitMs);
    QTRY_COMPARE_WITH_TIMEOUT(atClient.taken.size(), bodies.size(), WaitMs);
    QVERIFY(atNode.taken == bodies);
    QVERIFY(atClient.taken == bodies);

    const RelaySnapshot counters = m_hub->counters();
    QCOMPARE(counters.connections, 2u);
    QCOMPARE(counters.sessions, 1u);
    QCOMPARE(counters.frames[indexOf(Role::Client)], bodies.size());
    QCOMPARE(counters.frames[indexOf(Role::Node)], bodies.size());
}

void TestRelayHub::qWebSocketSpeaksIt()
{
    const SessionId session = allowed();
    const auto client = webSocket(session, "client");
    QTRY_COMPARE_WITH_TIMEOUT(client->texts.size(), 1, WaitMs);
    QVERIFY(client->texts[0].contains(QStringLiteral("\"connected\"")));
    Collector atNode;
    const auto node = openPath(session, Role::Node, atNode);
    for (const int size : {1, 126, 1452, 65535})
        client->socket->sendBinaryMessage(QByteArray(size, 'q'));
    QTRY_COMPARE_WITH_TIMEOUT(atNode.taken.size(), 4u, WaitMs);
    QCOMPARE(atNode.taken[3].size(), 65535u);
    const Bytes answer = body(65535, 3);
    const ByteSpan span = answer;
    node->take({&span, 1});
    QTRY_COMPARE_WITH_TIMEOUT(client->binaries.size(), 1, WaitMs);
    QVERIFY(std::equal(answer.begin(), answer.end(), client->binaries[0].begin(),
                       client->binaries[0].end(),
                       [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); }));
    QSignalSpy pong(client->socket.get(), &QWebSocket::pong);
    client->socket->ping("p");
    QTRY_COMPARE_WITH_TIMEOUT(pong.size(), 1, WaitMs);
}

void TestRelayHub::jsonForTheOneWhoSpeaksJson()
{
    const SessionId session = allowed();
    const auto client = webSocket(session, "client");
    const auto node = webSocket(session, "node");
    QTRY_COMPARE_WITH_TIMEOUT(client->texts.size() + node->texts.size(), 2, WaitMs);
    client->socket->sendTextMessage(
        QString::fromStdString(dataText(session, Role::Client, body(1000, 1))));
    QTRY_COMPARE_WITH_TIMEOUT(node->binaries.size(), 1, WaitMs);
    QCOMPARE(node->binaries[0].size(), 1000);
    node->socket->sendBinaryMessage("back");
    QTRY_COMPARE_WITH_TIMEOUT(client->texts.size(), 2, WaitMs);
    QCOMPARE(client->texts[1].toStdString(), dataText(session, Role::Node, asBytes("back")));
    client->socket->sendTextMessage(
        QString::fromStdString(dataText(session, Role::Node, asBytes("x"))));
    QTRY_COMPARE_WITH_TIMEOUT(client->texts.size(), 3, WaitMs);
    QVERIFY(client->texts[2].contains(QStringLiteral("wrong_direction")));
}

void TestRelayHub::strangersAreRefused()
{
    const auto unknown = webSocket(newSession(), "client");
    const auto wrongToken = webSocket(allowed(), "somebody");
    for (const auto &each : {unknown.get(), wrongToken.get()}) {
        QTRY_VERIFY_WITH_TIMEOUT(each->closed, WaitMs);
        QCOMPARE(each->code, 1008);
        QCOMPARE(each->reason, QStringLiteral("Invalid session"));
        QVERIFY(each->texts.isEmpty());
    }
    QTRY_COMPARE_WITH_TIMEOUT(m_hub->counters().connections, 0u, WaitMs);
}

void TestRelayHub::secondConnectionReplaces()
{
    const SessionId session = allowed();
    Collector atNode;
    const auto node = openPath(session, Role::Node, atNode);
    const auto first = webSocket(session, "client");
    QTRY_COMPARE_WITH_TIMEOUT(first->texts.size(), 1, WaitMs);
    const auto second = webSocket(session, "client");
    QTRY_COMPARE_WITH_TIMEOUT(second->texts.size(), 1, WaitMs);
    // What it sent before it knew arrives, and it gets nothing any more.
    first->socket->sendBinaryMessage("late");
    QTRY_COMPARE_WITH_TIMEOUT(atNode.taken.size(), 1u, WaitMs);
    QVERIFY(!first->closed);
    const ByteSpan answer = asBytes("answer");
    node->take({&answer, 1});
    QTRY_COMPARE_WITH_TIMEOUT(second->binaries.size(), 1, WaitMs);
    QCOMPARE(first->binaries.size(), 0);
    QTRY_VERIFY_WITH_TIMEOUT(first->closed, WaitMs);
    QCOMPARE(first->code, 1000);
    QCOMPARE(first->reason, QStringLiteral("Replaced"));
    second->socket->sendBinaryMessage("mine");
    QTRY_COMPARE_WITH_TIMEOUT(atNode.taken.size(), 2u, WaitMs);
    QVERIFY(node->isOpen());
    QCOMPARE(m_hub->counters().reconnects[indexOf(Role::Client)], 1u);
    QCOMPARE(m_hub->counters().sessions, 1u);
}

void TestRelayHub::lossAndReturn()
{
    const SessionId session = allowed();
    Collector atClient;
    Collector atNode;
    const auto client = openPath(session, Role::Client, atClient);
    auto node = openPath(session, Role::Node, atNode);
    QSignalSpy lost(client.get(), &RelayPath::peerLost);
    QSignalSpy back(client.get(), &RelayPath::peerBack);
    QSignalSpy ended(m_hub.get(), &RelayHub::sessionEnded);
    node.reset(); // without a close frame
    QTRY_COMPARE_WITH_TIMEOUT(lost.size(), 1, WaitMs);
    const Bytes held = body(77, 7);
    const ByteSpan span = held;
    client->take({&span, 1});
    node = openPath(session, Role::Node, atNode);
    QTRY_COMPARE_WITH_TIMEOUT(back.size(), 1, WaitMs);
    QTRY_COMPARE_WITH_TIMEOUT(atNode.taken.size(), 1u, WaitMs);
    QVERIFY(atNode.taken[0] == held);
    QVERIFY(ended.isEmpty());
}

void TestRelayHub::closeEndsTheSession()
{
    const SessionId session = allowed();
    const auto client = webSocket(session, "client");
    const auto node = webSocket(session, "node");
    QTRY_COMPARE_WITH_TIMEOUT(client->texts.size() + node->texts.size(), 2, WaitMs);
    QSignalSpy ended(m_hub.get(), &RelayHub::sessionEnded);
    client->socket->close(QWebSocketProtocol::CloseCodeNormal);
    QTRY_VERIFY_WITH_TIMEOUT(node->closed, WaitMs);
    QCOMPARE(node->code, 1000);
    QTRY_COMPARE_WITH_TIMEOUT(ended.size(), 1, WaitMs);
    QCOMPARE(ended[0][1].value<SessionEnd>(), SessionEnd::Closed);
}

void TestRelayHub::endedSessionsStayOut()
{
    const SessionId session = allowed();
    const auto client = webSocket(session, "client");
    QTRY_COMPARE_WITH_TIMEOUT(client->texts.size(), 1, WaitMs);
    m_hub->endSession(session);
    QTRY_VERIFY_WITH_TIMEOUT(client->closed, WaitMs);
    QCOMPARE(client->code, 1000);
    QCOMPARE(client->reason, QStringLiteral("Session closed"));
    const auto late = webSocket(session, "client"); // the door does not know yet
    QTRY_VERIFY_WITH_TIMEOUT(late->closed, WaitMs);
    QCOMPARE(late->code, 1008);
}

void TestRelayHub::expiredSessionsAreClosed()
{
    const SessionId session = allowed();
    const auto client = webSocket(session, "client");
    QTRY_COMPARE_WITH_TIMEOUT(client->texts.size(), 1, WaitMs);
    m_hub->setExpiry(session, monotonicNow());
    QTRY_VERIFY_WITH_TIMEOUT(client->closed, 5000);
    QCOMPARE(client->code, 1008);
    QCOMPARE(client->reason, QStringLiteral("Session expired"));
}

void TestRelayHub::relayedAddressesAreTurnServersAlone()
{
    const SessionId session = allowed();
    const auto client = webSocket(session, "client");
    QTRY_COMPARE_WITH_TIMEOUT(client->texts.size(), 1, WaitMs);
    QSignalSpy candidates(m_hub.get(), &RelayHub::candidatesForNode);
    const auto tell = [&](const char *port) {
        client->socket->sendTextMessage(
            QStringLiteral(R"({"type":"control","sessionId":"%1","direction":"client-to-node",)"
                           R"("payload":{"action":"candidates","candidates":[)"
                           R"({"type":"relay","address":"8.8.4.4:%2"}]}})")
                .arg(QString::fromStdString(session.text()), QLatin1String(port)));
    };
    tell("40001");
    QTRY_COMPARE_WITH_TIMEOUT(candidates.size(), 1, WaitMs);
    QVERIFY(candidates[0][1].value<std::string>().find("8.8.4.4") == std::string::npos);
    m_hub->setTurnAddresses({*IpAddress::parse("8.8.4.4")});
    tell("40002");
    QTRY_COMPARE_WITH_TIMEOUT(candidates.size(), 2, WaitMs);
    QVERIFY(candidates[1][1].value<std::string>().find("8.8.4.4:40002") != std::string::npos);
}

/// What is known of it from before must not stand in the place of where it is.
void TestRelayHub::movedClientIsToldWhereItIs()
{
    const SessionId session = newSession();
    m_door->allow(session, monotonicNow() + 1h, *IpAddress::parse("8.8.4.4"));
    const auto client = webSocket(session, "client");
    QTRY_COMPARE_WITH_TIMEOUT(client->texts.size(), 1, WaitMs);
    QSignalSpy candidates(m_hub.get(), &RelayHub::candidatesForNode);
    client->socket->sendTextMessage(
        QStringLiteral(R"({"type":"control","sessionId":"%1","direction":"client-to-node",)"
                       R"("payload":{"action":"candidates","candidates":[)"
                       R"({"type":"srflx","address":"8.8.4.4:40001"},)"
                       R"({"type":"srflx","address":"192.0.2.7:40002"}]}})")
            .arg(QString::fromStdString(session.text())));
    QTRY_COMPARE_WITH_TIMEOUT(candidates.size(), 1, WaitMs);
    const std::string told = candidates[0][1].value<std::string>();
    QVERIFY(told.find("8.8.4.4") == std::string::npos);
    QVERIFY(told.find("192.0.2.7:40002") != std::string::npos); // as it comes from loopback
}

void TestRelayHub::candidatesFindTheirWay()
{
    const SessionId session = allowed();
    const auto client = webSocket(session, "client");
    QTRY_COMPARE_WITH_TIMEOUT(client->texts.size(), 1, WaitMs);
    QSignalSpy candidates(m_hub.get(), &RelayHub::candidatesForNode);
    client->socket->sendTextMessage(
        QStringLiteral(R"({"type":"control","sessionId":"%1","direction":"client-to-node",)"
                       R"("payload":{"action":"candidates","candidates":[]}})")
            .arg(QString::fromStdString(session.text())));
    QTRY_COMPARE_WITH_TIMEOUT(candidates.size(), 1, WaitMs);
    m_hub->candidatesForClient(session, "from the node");
    QTRY_COMPARE_WITH_TIMEOUT(client->texts.size(), 2, WaitMs);
    QCOMPARE(client->texts[1], QStringLiteral("from the node"));
}

void TestRelayHub::slowReaderHarmsNobody()
{
    struct Reader : WebSocketClient
    {
        void webSocketBinary(std::span<const ByteSpan> messages) override
        {
            count += messages.size();
        }
        void webSocketText(std::string_view) override { ++count; }
        void webSocketClosed(const WebSocketClose &) override { closed = true; }
        std::size_t count = 0;
        bool closed = false;
    };
    Result<TlsContext> context = TlsContext::client(ServerTrust::pinned(m_door->fingerprint()));
    QVERIFY(context.has_value());
    const SessionId session = allowed();
    const auto open = [&](const char *role, Reader &reader) {
        WebSocketDial dial;
        dial.connect.addresses = {IpAddress::loopback(IpAddress::Family::V4)};
        dial.connect.port = m_door->serverPort();
        dial.connect.serverName = "localhost";
        dial.host = "localhost";
        dial.path = "/relay/" + session.text();
        dial.bearer = SecretText(role);
        return std::make_unique<WebSocketStream>(*m_epoll, *context, std::move(dial), reader);
    };
    Reader slowReader;
    Reader senderReader;
    const auto slow = open("client", slowReader);
    const auto sender = open("node", senderReader);
    QTRY_VERIFY_WITH_TIMEOUT(slowReader.count == 1 && senderReader.count == 1, WaitMs);
    slow->pauseReading();

    const SessionId other = allowed();
    Collector atClient;
    Collector atNode;
    const auto client = openPath(other, Role::Client, atClient);
    const auto node = openPath(other, Role::Node, atNode);
    const std::size_t before = residentKilobytes();
    const Bytes large = body(60'000, 1);
    const std::vector<ByteSpan> batch(4, ByteSpan(large));
    const auto slowDrops = [this] {
        return m_hub->counters().dropped[static_cast<std::size_t>(DropReason::SlowReader)];
    };
    std::size_t sent = 0;
    const Monotonic deadline = monotonicNow() + 30s;
    while (slowDrops() < 100 && monotonicNow() < deadline) {
        sender->sendBinary(batch);
        const ByteSpan quick = asBytes("quick");
        client->take({&quick, 1});
        ++sent;
        QTRY_COMPARE_WITH_TIMEOUT(atNode.taken.size(), sent, 1000);
    }
    QVERIFY(slowDrops() >= 100);
    QVERIFY2(residentKilobytes() - before < 16'384, "a slow reader made the process grow");
}

void TestRelayHub::tooBig()
{
    const SessionId session = allowed();
    const auto client = webSocket(session, "client");
    QTRY_COMPARE_WITH_TIMEOUT(client->texts.size(), 1, WaitMs);
    client->socket->sendBinaryMessage(QByteArray(65536, 'x'));
    QTRY_VERIFY_WITH_TIMEOUT(client->closed, WaitMs);
    QCOMPARE(client->code, 1009);
}

void TestRelayHub::manySessionsAtOnce()
{
    constexpr std::size_t Count = 40;
    struct Pair
    {
        Collector atClient;
        Collector atNode;
        std::unique_ptr<RelayPath> client;
        std::unique_ptr<RelayPath> node;
    };
    std::vector<std::unique_ptr<Pair>> pairs;
    for (std::size_t i = 0; i < Count; ++i) {
        auto pair = std::make_unique<Pair>();
        const SessionId session = allowed();
        pair->client = openPath(session, Role::Client, pair->atClient);
        pair->node = openPath(session, Role::Node, pair->atNode);
        pairs.push_back(std::move(pair));
    }
    QCOMPARE(m_hub->counters().sessions, Count);
    for (std::size_t round = 1; round <= 20; ++round) {
        for (std::size_t i = 0; i < Count; ++i) {
            const Bytes own = body(200, static_cast<std::uint8_t>(i));
            const std::vector<ByteSpan> batch(3, ByteSpan(own));
            pairs[i]->client->take(batch);
            pairs[i]->node->take(batch);
        }
        for (const auto &pair : pairs) {
            QTRY_COMPARE_WITH_TIMEOUT(pair->atNode.taken.size(), round * 3, WaitMs);
            QTRY_COMPARE_WITH_TIMEOUT(pair->atClient.taken.size(), round * 3, WaitMs);
        }
    }
    for (std::size_t i = 0; i < Count; ++i) {
        QVERIFY(pairs[i]->atNode.taken.back() == body(200, static_cast<std::uint8_t>(i)));
        QVERIFY(pairs[i]->atClient.taken.back() == body(200, static_cast<std::uint8_t>(i)));
    }
    pairs.clear();
    QTRY_COMPARE_WITH_TIMEOUT(m_hub->counters().connections, 0u, WaitMs);
    QCOMPARE(m_hub->counters().sessions, 0u);
}

void TestRelayHub::drains()
{
    const SessionId session = allowed();
    const auto client = webSocket(session, "client");
    QTRY_COMPARE_WITH_TIMEOUT(client->texts.size(), 1, WaitMs);
    QSignalSpy drained(m_hub.get(), &RelayHub::drained);
    m_hub->drain();
    QTRY_VERIFY_WITH_TIMEOUT(client->closed, WaitMs);
    QCOMPARE(client->code, 1001);
    QTRY_COMPARE_WITH_TIMEOUT(drained.size(), 1, WaitMs);
    const auto late = webSocket(allowed(), "client");
    QTRY_VERIFY_WITH_TIMEOUT(late->closed, WaitMs);
    QCOMPARE(late->code, 1001);
}

QTEST_GUILESS_MAIN(TestRelayHub)
#include "test_relay_hub.moc"
