// SPDX-License-Identifier: GPL-3.0-or-later
// RelayPath against a small relay of one leg, on loopback.
#include "shared/net/relay_path.h"
#include "tests/support/bounded_sink.h"
#include "tests/support/loopback_listener.h"
#include "tests/support/test_certificate.h"
#include "tests/support/upgrade_server.h"

#include <QSignalSpy>
#include <QTest>

using namespace higgs;
using namespace higgs::test;
using protocol::ControlAction;
using protocol::Direction;
using protocol::RelayControl;
using protocol::RelayHeartbeat;
using protocol::RelayMessage;

namespace {

class Collector : public DatagramSink
{
public:
    void take(std::span<const ByteSpan> datagrams) override
    {
        for (const ByteSpan &datagram : datagrams)
            received.emplace_back(datagram.begin(), datagram.end());
    }
    std::vector<Bytes> received;
};

/// The server's end: says connected, echoes binary, remembers text.
class Leg : public WebSocketClient
{
public:
    Leg(EpollSet &epoll, TlsConnection connection, SessionId id)
        : session(std::move(id)), stream(epoll, std::move(connection), std::nullopt, *this)
    {}
    void say(RelayControl control)
    {
        stream.sendText(
            toJson(RelayMessage{session, Direction::Server, std::move(control)}).dump());
    }
    void webSocketBinary(std::span<const ByteSpan> batch) override { stream.sendBinary(batch); }
    void webSocketText(std::string_view text) override
    {
        const Result<RelayMessage> message = protocol::decodeRelayText(text);
        if (message)
            messages.push_back(*message);
        if (message && answers && std::holds_alternative<RelayHeartbeat>(message->payload))
            stream.sendText(
                toJson(RelayMessage{session, Direction::Server, RelayHeartbeat{wallNow()}}).dump());
    }
    void webSocketClosed(const WebSocketClose &how) override { close = how; }

    SessionId session;
    bool answers = true;
    std::vector<RelayMessage> messages;
    std::optional<WebSocketClose> close;
    WebSocketStream stream;
};

} // namespace

class RelayPathTest : public QObject
{
    Q_OBJECT

private:
    TestCertificate m_certificate;
    const SessionId m_session = *SessionId::parse("550e8400-e29b-41d4-a716-446655440000");
    std::unique_ptr<EpollSet> m_epoll;
    std::unique_ptr<TlsContext> m_context;
    std::unique_ptr<LoopbackListener> m_listener;
    std::unique_ptr<UpgradeServer> m_upgrade;
    std::unique_ptr<Leg> m_leg;
    std::unique_ptr<RelayPath> m_path;
    bool m_confirm = true;

    RelayPathOptions options() const
    {
        RelayPathOptions options;
        options.host = "localhost";
        options.endpoints = {CheckedEndpoint::namedByPerson(
            {IpAddress::loopback(IpAddress::Family::V4), m_listener->port()})};
        options.trust = ServerTrust::pinned(m_context->fingerprint());
        options.token = SecretText("the-token");
        options.sessionId = m_session;
        return options;
    }
    void open(RelayPathOptions with)
    {
        m_path = std::make_unique<RelayPath>(*m_epoll, std::move(with));
        m_path->open();
    }

private Q_SLOTS:
    void init()
    {
        m_confirm = true;
        m_epoll = std::make_unique<EpollSet>();
        m_context = std::make_unique<TlsContext>(
            std::move(*TlsContext::server(m_certificate.certFile(), m_certificate.keyFile())));
        m_listener = std::make_unique<LoopbackListener>(*m_epoll, [this](int fd, Endpoint) {
            m_upgrade = std::make_unique<UpgradeServer>(
                *m_epoll, *m_context, fd, [this](TlsConnection connection, const auto &) {
                    m_leg = std::make_unique<Leg>(*m_epoll, std::move(connection), m_session);
                    if (m_confirm)
                        m_leg->say({.action = ControlAction::Connected,
                                    .errorCode = {},
                                    .errorMessage = {},
                                    .candidates = {}});
                });
        });
    }

    void cleanup()
    {
        m_path.reset();
        m_leg.reset();
        m_upgrade.reset();
        m_listener.reset();
        m_epoll.reset();
    }

    void opensAndCarriesDatagrams()
    {
        open(options());
        QSignalSpy opened(m_path.get(), &RelayPath::opened);
        QTRY_COMPARE(opened.count(), 1);
        QVERIFY(m_upgrade->head.find("GET /relay/" + m_session.text() + " HTTP/1.1") == 0);
        QVERIFY(m_upgrade->head.find("Bearer the-token\r\n") != std::string::npos);
        Collector collector;
        m_path->setReceiver(&collector);
        const std::vector<Bytes> sent{Bytes(1, 7), Bytes(1452, 8), Bytes(65'535, 9)};
        const std::vector<ByteSpan> spans(sent.begin(), sent.end());
        m_path->take(spans);
        QTRY_VERIFY(collector.received == sent);
        QCOMPARE(m_path->counters().messagesOut, std::uint64_t(3));
        m_path->setReceiver(nullptr);
        m_path->take(spans);
        QTRY_COMPARE(m_path->counters().messagesIn, std::uint64_t(6));
        QCOMPARE(collector.received.size(), std::size_t(3));
    }

    void aFullQueueHasNoRoom()
    {
        open(options());
        QVERIFY(m_path->room() == DatagramSink::AnyNumber); // all is dropped before it is open
        QSignalSpy opened(m_path.get(), &RelayPath::opened);
        QTRY_COMPARE(opened.count(), 1);
        m_leg->stream.pauseReading();
        const Bytes datagram(1400, 7);
        const std::vector<ByteSpan> train(MaxTrain, datagram);
        while (m_path->room() > 0) {
            m_path->take(train);
            QCoreApplication::processEvents();
        }
        CountingWaiter waiter;
        m_path->whenRoom(waiter);
        QCOMPARE(waiter.told, 0);
        m_leg->stream.resumeReading();
        QTRY_COMPARE(waiter.told, 1);
        QVERIFY(m_path->room() >= MaxTrain);

        // Who waits for one that ends is told as well.
        m_path->whenRoom(waiter);
        m_path->close();
        QCOMPARE(waiter.told, 2);
        QVERIFY(m_path->room() == DatagramSink::AnyNumber);
    }

    void whatHasRoomIsNotDropped()
    {
        open(options());
        QSignalSpy opened(m_path.get(), &RelayPath::opened);
        QTRY_COMPARE(opened.count(), 1);
        const Bytes datagram(UsualDatagramSize, 7);
        const std::size_t room = m_path->room();
        QVERIFY(room >= 2 * MaxTrain);
        const std::vector<ByteSpan> batch(room - MaxTrain, datagram);
        m_path->take(batch); // without a turn in between
        QVERIFY(m_path->room() >= MaxTrain);
        m_path->take(std::vector<ByteSpan>(MaxTrain, datagram));
        QCOMPARE(m_path->counters().dropped, 0U);
        QCOMPARE(m_path->room(), 0U);
    }

    void aFullReceiverStopsTheReading()
    {
        open(options());
        QSignalSpy opened(m_path.get(), &RelayPath::opened);
        QTRY_COMPARE(opened.count(), 1);
        BoundedSink sink(MaxTrain);
        m_path->setReceiver(&sink);
        const Bytes datagram(1000, 7);
        m_leg->stream.sendBinary(std::vector<ByteSpan>(100, datagram)); // two reads
        QTRY_VERIFY(sink.isAwaited());
        for (int i = 0; i < 100; ++i)
            QCoreApplication::processEvents();
        QVERIFY(sink.received.size() < 100);
        while (sink.received.size() < 100) {
            sink.drain();
            QTRY_VERIFY(sink.isAwaited() || sink.received.size() == 100);
        }
        // And a receiver that takes the other's place gets what waits.
        sink.drain();
        m_leg->stream.sendBinary(std::vector<ByteSpan>(100, datagram));
        QTRY_VERIFY(sink.isAwaited());
        const std::size_t before = sink.received.size();
        Collector collector;
        m_path->setReceiver(&collector);
        QTRY_COMPARE(collector.received.size(), 200 - before);
    }

    void tellsOfThePeer()
    {
        open(options());
        QSignalSpy opened(m_path.get(), &RelayPath::opened);
        QSignalSpy lost(m_path.get(), &RelayPath::peerLost);
        QSignalSpy back(m_path.get(), &RelayPath::peerBack);
        QSignalSpy messages(m_path.get(), &RelayPath::messageReceived);
        QTRY_COMPARE(opened.count(), 1);
        RelayControl control;
        control.action = ControlAction::Error;
        control.errorCode = "peer_lost";
        m_leg->say(control);
        QTRY_COMPARE(lost.count(), 1);
        m_leg->say({});
        QTRY_COMPARE(back.count(), 1);
        m_leg->stream.sendText("not json"); // harmless
        RelayControl candidates;
        candidates.action = ControlAction::Candidates;
        candidates.candidates = {
            {protocol::CandidateType::Host, *Endpoint::parse("192.0.2.1:51820")}};
        m_leg->say(candidates);
        QTRY_COMPARE(messages.count(), 4); // with `connected`
        m_path->sendControl(candidates);
        QTRY_COMPARE(m_leg->messages.size(), std::size_t(1));
        QVERIFY(m_leg->messages[0].direction == Direction::ClientToNode);
        QVERIFY(std::get<RelayControl>(m_leg->messages[0].payload) == candidates);
    }

    void beatsAndMeasures()
    {
        RelayPathOptions with = options();
        with.heartbeatInterval = Milliseconds(120);
        open(std::move(with));
        QTRY_VERIFY(m_path->serverRoundTrip().has_value());
        QVERIFY(std::holds_alternative<RelayHeartbeat>(m_leg->messages.at(0).payload));
        QVERIFY(m_path->isOpen());
    }

    void closesWhenNothingComes()
    {
        RelayPathOptions with = options();
        with.heartbeatInterval = Milliseconds(60);
        open(std::move(with));
        QSignalSpy closed(m_path.get(), &RelayPath::closed);
        QTRY_VERIFY(m_leg);
        m_leg->answers = false;
        QTRY_COMPARE(closed.count(), 1);
        const auto close = closed[0][0].value<RelayClose>();
        QCOMPARE(close.error->code, ErrorCode::Timeout);
        QVERIFY(!m_path->isOpen());
        (void)m_path->counters();
        m_path->take({});
        m_path->close();
    }

    void saysTheServersReason()
    {
        m_confirm = false;
        open(options());
        QSignalSpy closed(m_path.get(), &RelayPath::closed);
        QTRY_VERIFY(m_leg);
        m_leg->stream.close(1008, "Invalid session");
        QTRY_COMPARE(closed.count(), 1);
        const auto close = closed[0][0].value<RelayClose>();
        QCOMPARE(close.code, std::uint16_t(1008));
        QCOMPARE(close.reason, std::string("Invalid session"));
        QVERIFY(!close.error);
    }

    void wantsTheConfirmation()
    {
        m_confirm = false;
        RelayPathOptions with = options();
        with.openTimeout = Milliseconds(200);
        open(std::move(with));
        QSignalSpy closed(m_path.get(), &RelayPath::closed);
        QTRY_COMPARE(closed.count(), 1);
        QCOMPARE(closed[0][0].value<RelayClose>().error->code, ErrorCode::Timeout);
    }

    void closesOrderly()
    {
        open(options());
        QSignalSpy opened(m_path.get(), &RelayPath::opened);
        QSignalSpy closed(m_path.get(), &RelayPath::closed);
        QTRY_COMPARE(opened.count(), 1);
        m_path->close(1001);
        QTRY_COMPARE(closed.count(), 1);
        QTRY_VERIFY(m_leg->close.has_value());
        QCOMPARE(m_leg->close->code, std::uint16_t(1001));
    }

    void refusesAWrongPin()
    {
        RelayPathOptions with = options();
        with.trust = ServerTrust::pinned({});
        open(std::move(with));
        QSignalSpy closed(m_path.get(), &RelayPath::closed);
        QTRY_COMPARE(closed.count(), 1);
        QCOMPARE(closed[0][0].value<RelayClose>().error->code, ErrorCode::Untrusted);
    }

    void failsFromTheEventLoopOnly()
    {
        RelayPathOptions with = options();
        with.trust = ServerTrust::authority("/nonexistent");
        m_path = std::make_unique<RelayPath>(*m_epoll, std::move(with));
        QSignalSpy closed(m_path.get(), &RelayPath::closed);
        m_path->open();
        QCOMPARE(closed.count(), 0);
        QTRY_COMPARE(closed.count(), 1);
        QCOMPARE(closed[0][0].value<RelayClose>().error->code, ErrorCode::InvalidArgument);
    }

    void mayBeDeletedInASlot()
    {
        open(options());
        bool opened = false;
        connect(m_path.get(), &RelayPath::opened, this, [&] {
            opened = true;
            m_path->deleteLater();
            (void)m_path.release();
        });
        QTRY_VERIFY(opened);
        QTRY_VERIFY(m_leg->close.has_value());
    }
};

QTEST_GUILESS_MAIN(RelayPathTest)
#include "relay_path_test.moc"
