// SPDX-License-Identifier: GPL-3.0-or-later
// WebSocketStream on loopback: our two ends, and each against QWebSocket.
#include "shared/net/websocket_stream.h"
#include "tests/support/loopback_listener.h"
#include "tests/support/test_certificate.h"
#include "tests/support/upgrade_server.h"

#include <QFile>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslKey>
#include <QTest>
#include <QWebSocket>
#include <QWebSocketServer>

using namespace higgs;
using namespace higgs::test;
namespace ws_close = higgs::protocol::ws_close;

namespace {

class Recorder : public WebSocketClient
{
public:
    void webSocketOpened() override
    {
        opened = true;
        if (onOpened)
            onOpened();
    }
    void webSocketBinary(std::span<const ByteSpan> messages) override
    {
        ++batches;
        for (const ByteSpan &message : messages)
            binary.emplace_back(message.begin(), message.end());
        if (onBinary)
            onBinary(messages);
    }
    void webSocketText(std::string_view text) override
    {
        texts.emplace_back(text);
        if (onText)
            onText(text);
    }
    void webSocketClosed(const WebSocketClose &how) override
    {
        ++closedCount;
        close = how;
        if (onClosed)
            onClosed();
    }

    bool webSocketMayRead() override { return mayRead; }

    std::optional<std::string> webSocketNextText() override
    {
        return nextText ? nextText() : std::nullopt;
    }

    std::function<std::optional<std::string>()> nextText;
    bool opened = false;
    bool mayRead = true;
    int closedCount = 0;
    int batches = 0;
    std::vector<Bytes> binary;
    std::vector<std::string> texts;
    WebSocketClose close;
    std::function<void()> onOpened;
    std::function<void(std::span<const ByteSpan>)> onBinary;
    std::function<void(std::string_view)> onText;
    std::function<void()> onClosed;
};

std::vector<ByteSpan> spans(const std::vector<Bytes> &messages)
{
    return {messages.begin(), messages.end()};
}

Bytes pattern(std::size_t size, std::uint8_t seed = 0)
{
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::uint8_t>(i * 31 + seed);
    return bytes;
}

} // namespace

class WebSocketStreamTest : public QObject
{
    Q_OBJECT

private:
    TestCertificate m_certificate;
    std::unique_ptr<EpollSet> m_epoll;
    std::unique_ptr<TlsContext> m_context;
    std::unique_ptr<LoopbackListener> m_listener;
    std::unique_ptr<UpgradeServer> m_upgrade;
    std::unique_ptr<WebSocketStream> m_server;
    std::unique_ptr<WebSocketStream> m_client;
    std::unique_ptr<Recorder> m_serverSide;
    std::unique_ptr<Recorder> m_clientSide;
    std::string m_refusal;
    int m_made = 0;
    bool m_offerDeflate = false;
    WebSocketOptions m_serverOptions;
    const Bytes m_unread = pattern(1400);

    void dial(std::uint16_t port, const WebSocketOptions &options = {})
    {
        const Result<TlsContext> context =
            TlsContext::client(ServerTrust::authority(m_certificate.certFile()));
        WebSocketDial dial;
        dial.connect.addresses = {IpAddress::loopback(IpAddress::Family::V4)};
        dial.connect.port = port;
        dial.connect.serverName = "localhost";
        dial.host = "localhost:" + std::to_string(port);
        dial.path = "/relay/x";
        dial.bearer = SecretText("the-token");
        dial.offerDeflate = m_offerDeflate;
        m_client = std::make_unique<WebSocketStream>(*m_epoll, *context, std::move(dial),
                                                     *m_clientSide, options);
    }
    void connectBoth()
    {
        dial(m_listener->port());
        QTRY_VERIFY(m_clientSide->opened && m_server);
    }

private Q_SLOTS:
    void init()
    {
        m_epoll = std::make_unique<EpollSet>();
        m_serverSide = std::make_unique<Recorder>();
        m_clientSide = std::make_unique<Recorder>();
        m_refusal.clear();
        m_offerDeflate = false;
        m_serverOptions = {};
        Result<TlsContext> context =
            TlsContext::server(m_certificate.certFile(), m_certificate.keyFile());
        m_context = std::make_unique<TlsContext>(std::move(*context));
        m_listener = std::make_unique<LoopbackListener>(*m_epoll, [this](int fd, Endpoint) {
            m_upgrade = std::make_unique<UpgradeServer>(
                *m_epoll, *m_context, fd, [this](TlsConnection connection, auto deflate) {
                    m_server = std::make_unique<WebSocketStream>(
                        *m_epoll, std::move(connection), deflate, *m_serverSide, m_serverOptions);
                });
            m_upgrade->refusal = m_refusal;
        });
    }

    void cleanup()
    {
        m_client.reset();
        m_server.reset();
        m_upgrade.reset();
        m_listener.reset();
        m_epoll.reset();
    }

    // RFC 6455 section 1.3.
    void acceptOfTheRfc()
    {
        QCOMPARE(webSocketAccept("dGhlIHNhbXBsZSBub25jZQ=="),
                 std::string("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    }

    void asksWithTheToken()
    {
        connectBoth();
        QVERIFY(m_upgrade->head.find("GET /relay/x HTTP/1.1\r\n") == 0);
        QVERIFY(m_upgrade->head.find("Authorization: Bearer the-token\r\n") != std::string::npos);
    }

    void carriesBatchesBothWays()
    {
        connectBoth();
        std::vector<Bytes> sent;
        for (std::size_t i = 0; i < 100; ++i)
            sent.push_back(pattern(1452, static_cast<std::uint8_t>(i)));
        for (const std::size_t size : {0U, 1U, 125U, 126U, 20'000U, 65'535U})
            sent.push_back(pattern(size));
        // In portions that the queue's bound of 256 KB holds.
        m_client->sendBinary(spans(sent));
        m_server->sendBinary(spans(sent));
        QTRY_COMPARE(m_serverSide->binary.size(), sent.size());
        QTRY_COMPARE(m_clientSide->binary.size(), sent.size());
        QVERIFY(m_serverSide->binary == sent);
        QVERIFY(m_clientSide->binary == sent);
        QVERIFY(m_serverSide->batches < 40);
        QCOMPARE(m_server->counters().messagesIn, std::uint64_t(sent.size()));
        QCOMPARE(m_client->counters().dropped, std::uint64_t(0));
    }

    void carriesText()
    {
        for (const bool deflate : {false, true}) {
            cleanup();
            init();
            m_offerDeflate = deflate;
            connectBoth();
            const std::string big(100'000, 'x');
            m_client->sendText("{\"a\":1}");
            m_client->sendText(big);
            m_client->sendDroppableText("data");
            m_server->sendText(big);
            QTRY_VERIFY(
                (m_serverSide->texts == std::vector<std::string>{"{\"a\":1}", big, "data"}));
            QTRY_VERIFY(m_clientSide->texts == std::vector<std::string>{big});
        }
    }

    void closesInOrder()
    {
        connectBoth();
        std::vector<Bytes> sent(50, pattern(1000));
        m_server->sendBinary(spans(sent));
        m_server->close(1008, "Session expired");
        QTRY_COMPARE(m_clientSide->closedCount, 1);
        QTRY_COMPARE(m_serverSide->closedCount, 1);
        QCOMPARE(m_clientSide->binary.size(), sent.size()); // what was queued came first
        QCOMPARE(m_clientSide->close.code, std::uint16_t(1008));
        QCOMPARE(m_clientSide->close.reason, std::string("Session expired"));
        QVERIFY(!m_clientSide->close.error);
        QCOMPARE(m_serverSide->close.code, std::uint16_t(1008));
        QVERIFY(!m_serverSide->close.error);
    }

    void clientCloses()
    {
        connectBoth();
        m_client->close(1000);
        QTRY_COMPARE(m_serverSide->closedCount, 1);
        QTRY_COMPARE(m_clientSide->closedCount, 1);
        QCOMPARE(m_serverSide->close.code, std::uint16_t(1000));
        QVERIFY(!m_serverSide->close.error && !m_clientSide->close.error);
        m_client->close(1000); // harmless
        m_client->sendText("late");
    }

    void aBrokenConnectionIsAbnormal()
    {
        connectBoth();
        m_client.reset();
        QTRY_COMPARE(m_serverSide->closedCount, 1);
        QCOMPARE(m_serverSide->close.code, ws_close::Abnormal);
        QVERIFY(m_serverSide->close.error);
    }

    void tellsWhyItWasRefused()
    {
        m_refusal = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
        dial(m_listener->port());
        QTRY_COMPARE(m_clientSide->closedCount, 1);
        QCOMPARE(m_clientSide->close.error->code, ErrorCode::Unauthorized);
        QVERIFY(!m_clientSide->opened);
    }

    void failsAPeerThatSendsTooMuch()
    {
        connectBoth();
        const Bytes big = pattern(65'536);
        const ByteSpan span(big);
        m_client->sendBinary({&span, 1});
        QTRY_COMPARE(m_clientSide->closedCount, 1);
        QCOMPARE(m_clientSide->close.code, ws_close::TooBig);
        QTRY_COMPARE(m_serverSide->closedCount, 1);
        QCOMPARE(m_serverSide->close.code, ws_close::TooBig);
        QVERIFY(m_serverSide->close.error);
    }

    void dropsTheOldestForASlowPeer()
    {
        connectBoth();
        m_server->pauseReading();
        std::vector<Bytes> batch(64, pattern(1400));
        std::uint64_t count = 0;
        while (m_client->counters().dropped < 1000 && count < 1'000'000) {
            m_client->sendBinary(spans(batch));
            count += batch.size();
            QVERIFY(m_client->queuedBytes() <= MaxQueuedDatagramBytes + MaxTlsRecord);
            QCoreApplication::processEvents();
        }
        QVERIFY(m_client->counters().dropped >= 1000);
        m_client->sendText("control");
        m_server->resumeReading();
        QTRY_COMPARE(m_serverSide->texts.size(), std::size_t(1));
        QTRY_COMPARE(m_serverSide->binary.size() + m_client->counters().dropped, count);
        for (const Bytes &message : m_serverSide->binary)
            QVERIFY(message == batch.front());
    }

    void aPauseHoldsWhatHasCome()
    {
        for (const bool deflate : {false, true}) {
            cleanup();
            init();
            m_offerDeflate = deflate;
            connectBoth();
            const std::string text(3000, 't');
            m_serverSide->onText = [this](std::string_view) { m_server->pauseReading(); };
            const std::vector<Bytes> batch(3, pattern(100));
            for (int i = 0; i < 3; ++i) {
                m_client->sendText(text);
                m_client->sendBinary(spans(batch));
            }
            // Text goes ahead of datagrams, all in one record.
            for (std::size_t i = 1; i <= 3; ++i) {
                QTRY_COMPARE(m_serverSide->texts.size(), i);
                QCoreApplication::processEvents();
                QCOMPARE(m_serverSide->texts.size(), i);
                QVERIFY(m_serverSide->binary.empty());
                m_server->resumeReading();
            }
            QTRY_COMPARE(m_serverSide->binary.size(), std::size_t(9));
            m_server->pauseReading();
            m_server->close(1000, "enough"); // and a pause keeps no close waiting
            QTRY_COMPARE(m_serverSide->closedCount, 1);
            QTRY_COMPARE(m_clientSide->close.code, std::uint16_t(1000));
        }
    }

    void textsAreMadeAsTheSocketDrains()
    {
        connectBoth();
        m_client->pauseReading();
        m_serverSide->nextText = [this]() -> std::optional<std::string> {
            if (++m_made > 40'000)
                return std::nullopt;
            return std::string(1000, 'a');
        };
        m_server->requestText();
        QTRY_VERIFY(m_made > 0);
        QTest::qWait(1); // whatever the kernel takes
        const int before = m_made;
        QVERIFY(before < 40'000);
        QVERIFY(m_server->queuedBytes() < 32'768); // 40 MB wait, none of them made
        m_client->resumeReading();
        QTRY_COMPARE_WITH_TIMEOUT(m_clientSide->texts.size(), std::size_t(40'000), 60'000);
    }

    void whoMayNotReadLosesNothing()
    {
        connectBoth();
        m_serverSide->mayRead = false;
        const std::vector<Bytes> batch(16, pattern(1400));
        m_client->sendBinary(spans(batch));
        QTRY_COMPARE(m_client->queuedBytes(), std::size_t(0));
        QTest::qWait(20); // it would have come
        m_server->readOn();
        QTest::qWait(20);
        QVERIFY(m_serverSide->binary.empty());
        m_serverSide->mayRead = true;
        QTest::qWait(20);
        QVERIFY(m_serverSide->binary.empty()); // not asked again by itself
        m_server->readOn();
        QTRY_COMPARE(m_serverSide->binary, batch);
        // Who has paused of its own accord is not read on.
        m_server->pauseReading();
        m_client->sendBinary(spans(batch));
        m_server->readOn();
        QTest::qWait(20);
        QCOMPARE(m_serverSide->binary.size(), batch.size());
        m_server->resumeReading();
        QTRY_COMPARE(m_serverSide->binary.size(), 2 * batch.size());
    }

    void aResetEndsWhoIsPaused_data()
    {
        QTest::addColumn<bool>("ends");
        QTest::newRow("at once") << true;
        QTest::newRow("when it is read") << false;
    }

    void aResetEndsWhoIsPaused()
    {
        QFETCH(bool, ends);
        m_serverOptions.endsWhenReset = ends;
        connectBoth();
        m_server->pauseReading();
        m_client->pauseReading();
        m_server->sendText("unread"); // so that closing resets
        m_client->sendBinary(std::array{ByteSpan(m_unread)});
        QTRY_COMPARE(m_client->queuedBytes(), std::size_t(0));
        QTRY_COMPARE(m_server->queuedBytes(), std::size_t(0));
        m_client.reset();
        if (ends) {
            QTRY_COMPARE(m_serverSide->closedCount, 1);
            return;
        }
        QTest::qWait(50);
        QCOMPARE(m_serverSide->closedCount, 0);
        m_server->resumeReading();
        QTRY_COMPARE(m_serverSide->closedCount, 1);
    }

    void dropsWhatIsTooOld()
    {
        connectBoth();
        m_server->pauseReading();
        std::vector<Bytes> batch(16, pattern(1400));
        // Fill the kernel's buffers first.
        while (m_client->queuedBytes() == 0) {
            m_client->sendBinary(spans(batch));
            QCoreApplication::processEvents();
        }
        m_client->sendBinary(spans(batch));
        QTest::qWait(200); // the age is a time
        m_server->resumeReading();
        QTRY_COMPARE(m_client->queuedBytes(), std::size_t(0));
        QVERIFY(m_client->counters().dropped >= batch.size());
    }

    void closesAPeerThatAcceptsNothing()
    {
        WebSocketOptions options;
        options.stallTimeout = Milliseconds(200);
        dial(m_listener->port(), options);
        QTRY_VERIFY(m_clientSide->opened && m_server);
        m_server->pauseReading();
        const std::vector<Bytes> batch(64, pattern(1400));
        while (m_clientSide->closedCount == 0) {
            m_client->sendBinary(spans(batch));
            QTest::qWait(1);
        }
        QCOMPARE(m_clientSide->close.error->code, ErrorCode::Timeout);
    }

    void mayBeDeletedInEveryCallback()
    {
        m_clientSide->onOpened = [this] { m_client.reset(); };
        dial(m_listener->port());
        QTRY_VERIFY(m_clientSide->opened);
        QTRY_COMPARE(m_serverSide->closedCount, 1);

        cleanup();
        init();
        connectBoth();
        m_serverSide->onBinary = [this](std::span<const ByteSpan>) { m_server.reset(); };
        m_clientSide->onClosed = [this] { m_client.reset(); };
        const std::vector<Bytes> batch(5, pattern(100));
        m_client->sendBinary(spans(batch));
        m_client->sendText("after");
        QTRY_COMPARE(m_clientSide->closedCount, 1);

        cleanup();
        init();
        connectBoth();
        m_serverSide->onText = [this](std::string_view) { m_server.reset(); };
        m_client->sendText("x");
        QTRY_COMPARE(m_clientSide->closedCount, 1);
    }

    void qWebSocketTalksToOurServer()
    {
        QFile file(QString::fromStdString(m_certificate.certFile()));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
        tls.setCaCertificates({QSslCertificate(&file)});
        QWebSocket socket;
        socket.setSslConfiguration(tls);
        QList<QByteArray> binary;
        QStringList texts;
        connect(&socket, &QWebSocket::binaryMessageReceived, this,
                [&](const QByteArray &message) { binary.append(message); });
        connect(&socket, &QWebSocket::textMessageReceived, this,
                [&](const QString &message) { texts.append(message); });
        QWebSocketProtocol::CloseCode code{};
        connect(&socket, &QWebSocket::disconnected, this, [&] { code = socket.closeCode(); });
        bool ponged = false;
        connect(&socket, &QWebSocket::pong, this, [&] { ponged = true; });
        m_serverSide->onBinary = [this](std::span<const ByteSpan> m) { m_server->sendBinary(m); };
        m_serverSide->onText = [this](std::string_view t) { m_server->sendText(t); };
        socket.open(QUrl(QStringLiteral("wss://localhost:%1/relay/x").arg(m_listener->port())));
        QTRY_COMPARE(socket.state(), QAbstractSocket::ConnectedState);
        QTRY_VERIFY(m_server);
        const QByteArray big(65'535, 'b');
        socket.sendBinaryMessage(QByteArray("small"));
        socket.sendBinaryMessage(big);
        socket.sendTextMessage(QStringLiteral("привет"));
        socket.ping(QByteArray("p"));
        QTRY_COMPARE(binary, QList<QByteArray>({QByteArray("small"), big}));
        QTRY_COMPARE(texts, QStringList(QStringLiteral("привет")));
        QTRY_VERIFY(ponged);
        m_server->close(1008, "Invalid session");
        QTRY_COMPARE(socket.state(), QAbstractSocket::UnconnectedState);
        QCOMPARE(code, QWebSocketProtocol::CloseCodePolicyViolated);
        QCOMPARE(socket.closeReason(), QStringLiteral("Invalid session"));
    }

    void ourClientTalksToQWebSocketServer()
    {
        QFile certFile(QString::fromStdString(m_certificate.certFile()));
        QFile keyFile(QString::fromStdString(m_certificate.keyFile()));
        QVERIFY(certFile.open(QIODevice::ReadOnly) && keyFile.open(QIODevice::ReadOnly));
        QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
        tls.setLocalCertificate(QSslCertificate(&certFile));
        tls.setPrivateKey(QSslKey(&keyFile, QSsl::Ec));
        QWebSocketServer server(QStringLiteral("test"), QWebSocketServer::SecureMode);
        server.setSslConfiguration(tls);
        QVERIFY(server.listen(QHostAddress::LocalHost));
        dial(server.serverPort());
        QTRY_VERIFY(server.hasPendingConnections());
        const std::unique_ptr<QWebSocket> socket(server.nextPendingConnection());
        connect(socket.get(), &QWebSocket::binaryMessageReceived, this,
                [&](const QByteArray &message) { socket->sendBinaryMessage(message); });
        connect(socket.get(), &QWebSocket::textMessageReceived, this,
                [&](const QString &message) { socket->sendTextMessage(message); });
        QTRY_VERIFY(m_clientSide->opened);
        const std::vector<Bytes> sent{pattern(1), pattern(1452), pattern(65'535)};
        m_client->sendBinary(spans(sent));
        m_client->sendText("привет");
        QTRY_VERIFY(m_clientSide->binary == sent);
        QTRY_VERIFY(m_clientSide->texts == std::vector<std::string>{"привет"});
        socket->close(QWebSocketProtocol::CloseCodeGoingAway, QStringLiteral("drain"));
        QTRY_COMPARE(m_clientSide->closedCount, 1);
        QCOMPARE(m_clientSide->close.code, std::uint16_t(1001));
        QCOMPARE(m_clientSide->close.reason, std::string("drain"));
    }
};

QTEST_GUILESS_MAIN(WebSocketStreamTest)
#include "websocket_stream_test.moc"
