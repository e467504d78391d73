// SPDX-License-Identifier: GPL-3.0-or-later
// TlsStream on loopback: both roles, trust, deadlines, back-pressure, release to another thread.
#include "shared/net/tls_stream.h"
#include "tests/support/loopback_listener.h"
#include "tests/support/test_certificate.h"

#include <QTest>
#include <QThread>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace higgs;
using namespace higgs::test;

namespace {

/// Remembers what came; may act in a callback.
class Recorder : public TlsStreamClient
{
public:
    void streamReady() override
    {
        ready = true;
        if (onReady)
            onReady();
    }
    void streamReceived(MutableByteSpan data) override
    {
        largest = std::max(largest, data.size());
        received.insert(received.end(), data.begin(), data.end());
        if (onReceived)
            onReceived(data);
    }
    void streamDrained() override { drained = true; }
    void streamClosed(const std::optional<Error> &failure) override
    {
        ++closedCount;
        error = failure;
        if (onClosed)
            onClosed();
    }

    bool ready = false;
    bool drained = false;
    int closedCount = 0;
    std::size_t largest = 0;
    Bytes received;
    std::optional<Error> error;
    std::function<void()> onReady;
    std::function<void(MutableByteSpan)> onReceived;
    std::function<void()> onClosed;
};

Bytes pattern(std::size_t size)
{
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::uint8_t>(i * 31 + (i >> 8));
    return bytes;
}

} // namespace

class TlsStreamTest : public QObject
{
    Q_OBJECT

private:
    TestCertificate m_certificate;
    std::unique_ptr<EpollSet> m_epoll;
    std::unique_ptr<TlsContext> m_serverContext;
    std::unique_ptr<LoopbackListener> m_listener;
    std::unique_ptr<TlsStream> m_server;
    std::unique_ptr<TlsStream> m_client;
    Recorder m_serverSide;
    Recorder m_clientSide;

    ServerTrust pin() const { return ServerTrust::pinned(m_serverContext->fingerprint()); }
    void dial(const ServerTrust &trust, const std::string &name = "localhost")
    {
        const Result<TlsContext> context = TlsContext::client(trust);
        QVERIFY2(context, context ? "" : context.error().detail.c_str());
        TlsConnectOptions options;
        options.addresses = {IpAddress::loopback(IpAddress::Family::V4)};
        options.port = m_listener->port();
        options.serverName = name;
        m_client = std::make_unique<TlsStream>(*m_epoll, *context, options, m_clientSide);
    }
    bool takePair(const TestCertificate &other)
    {
        Result<TlsContext> context = TlsContext::server(other.certFile(), other.keyFile());
        if (context)
            *m_serverContext = std::move(*context);
        return context.has_value();
    }
    void connectBoth()
    {
        dial(pin());
        QTRY_VERIFY(m_clientSide.ready && m_serverSide.ready);
    }

private Q_SLOTS:
    void init()
    {
        QTest::failOnWarning(QRegularExpression(QStringLiteral(".*")));
        m_epoll = std::make_unique<EpollSet>();
        Result<TlsContext> context =
            TlsContext::server(m_certificate.certFile(), m_certificate.keyFile());
        QVERIFY(context);
        m_serverContext = std::make_unique<TlsContext>(std::move(*context));
        m_serverSide.~Recorder();
        new (&m_serverSide) Recorder;
        m_clientSide.~Recorder();
        new (&m_clientSide) Recorder;
        m_listener = std::make_unique<LoopbackListener>(*m_epoll, [this](int fd, Endpoint peer) {
            m_server =
                std::make_unique<TlsStream>(*m_epoll, *m_serverContext, fd, peer, m_serverSide);
        });
    }

    void cleanup()
    {
        m_client.reset();
        m_server.reset();
        m_listener.reset();
        m_epoll.reset();
    }

    void carriesBothWays()
    {
        connectBoth();
        const Bytes big = pattern(700'000);
        QVERIFY(m_client->write(big));
        QVERIFY(m_server->write(asBytes("hello")));
        QTRY_VERIFY(m_serverSide.received == big);
        QTRY_VERIFY(m_clientSide.received == Bytes({'h', 'e', 'l', 'l', 'o'}));
        QTRY_VERIFY(m_clientSide.drained);
        QVERIFY(m_serverSide.largest > MaxTlsRecord); // records are gathered
        QCOMPARE(m_client->peer().port, m_listener->port());
    }

    void finishSendsAllThenCloses()
    {
        connectBoth();
        const Bytes big = pattern(900'000);
        QVERIFY(m_server->write(big));
        m_server->finish();
        QVERIFY(!m_server->write(big));
        QTRY_VERIFY(m_clientSide.closedCount == 1);
        QVERIFY(!m_clientSide.error);
        QVERIFY(m_clientSide.received == big);
        m_client.reset();
        QTRY_VERIFY(m_serverSide.closedCount == 1);
        QVERIFY(!m_serverSide.error);
    }

    void trustsTheAuthorityAndTheName()
    {
        dial(ServerTrust::authority(m_certificate.certFile()));
        QTRY_VERIFY(m_clientSide.ready);
    }

    void trustsAnAddressInTheCertificate()
    {
        dial(ServerTrust::authority(m_certificate.certFile()), "127.0.0.1");
        QTRY_VERIFY(m_clientSide.ready);
    }

    void refusesAWrongName()
    {
        dial(ServerTrust::authority(m_certificate.certFile()), "example.org");
        QTRY_VERIFY(m_clientSide.closedCount == 1);
        QCOMPARE(m_clientSide.error->code, ErrorCode::Untrusted);
        QVERIFY(!m_clientSide.ready);
    }

    void refusesAnUnknownAuthority()
    {
        const TestCertificate other("other");
        dial(ServerTrust::authority(other.certFile()));
        QTRY_VERIFY(m_clientSide.closedCount == 1);
        QCOMPARE(m_clientSide.error->code, ErrorCode::Untrusted);
    }

    void refusesByTheSystemsAuthorities()
    {
        dial(ServerTrust::system());
        QTRY_VERIFY(m_clientSide.closedCount == 1);
        QCOMPARE(m_clientSide.error->code, ErrorCode::Untrusted);
    }

    void saysThatAClockMayBeWrong()
    {
        for (const auto &[from, to] :
             {std::pair{86'400L, 2 * 86'400L}, std::pair{-9'000L, -3'600L}}) {
            const TestCertificate other("localhost", from, to);
            QVERIFY(takePair(other));
            const int before = m_clientSide.closedCount;
            dial(ServerTrust::authority(other.certFile()));
            QTRY_COMPARE(m_clientSide.closedCount, before + 1);
            QCOMPARE(m_clientSide.error->code, ErrorCode::NotValidNow);
            const QByteArray detail(m_clientSide.error->detail.c_str());
            QVERIFY2(detail.contains("clock says 2") && detail.contains("valid from 2"), detail);
        }
        // An unknown authority's certificate stays unknown, whatever its dates.
        dial(ServerTrust::authority(m_certificate.certFile()));
        QTRY_VERIFY(m_clientSide.error && m_clientSide.error->code == ErrorCode::Untrusted);
        // The pin is the pin at any time.
        dial(pin());
        QTRY_VERIFY(m_clientSide.ready);
    }

    void refusesAWrongPin()
    {
        CertificateFingerprint other{};
        other.fill(0xAB);
        dial(ServerTrust::pinned(other));
        QTRY_VERIFY(m_clientSide.closedCount == 1);
        QCOMPARE(m_clientSide.error->code, ErrorCode::Untrusted);
        const QByteArray detail(m_clientSide.error->detail.c_str());
        QVERIFY2(detail.contains("abababababababab"), detail);
        QVERIFY2(detail.contains(toHex(ByteSpan(m_serverContext->fingerprint()).first(8)).c_str()),
                 detail);
        QTRY_VERIFY(m_serverSide.closedCount == 1);
        QVERIFY(!m_serverSide.ready || m_serverSide.received.empty());
    }

    void parsesPins()
    {
        const std::string hex = toHex(m_serverContext->fingerprint());
        std::string colons;
        for (std::size_t i = 0; i < hex.size(); i += 2)
            colons += (i > 0 ? ":" : "") + hex.substr(i, 2);
        QVERIFY(*ServerTrust::parsePin(hex) == pin());
        QVERIFY(*ServerTrust::parsePin(colons) == pin());
        QVERIFY(!ServerTrust::parsePin(hex.substr(1)));
        QVERIFY(!ServerTrust::parsePin(hex + "00"));
        QVERIFY(!ServerTrust::parsePin(""));
        colons[2] = '0';
        QVERIFY(!ServerTrust::parsePin(colons));
    }

    void saysWhatIsWrongWithFiles()
    {
        QCOMPARE(TlsContext::server("/nonexistent", m_certificate.keyFile()).error().code,
                 ErrorCode::InvalidArgument);
        const TestCertificate other("other");
        QCOMPARE(TlsContext::server(m_certificate.certFile(), other.keyFile()).error().code,
                 ErrorCode::InvalidArgument);
        QCOMPARE(TlsContext::client(ServerTrust::authority("/nonexistent")).error().code,
                 ErrorCode::InvalidArgument);
    }

    void reloadsTheCertificate()
    {
        const TestCertificate other("other");
        const CertificateFingerprint before = m_serverContext->fingerprint();
        QVERIFY(!TlsContext::server("/nonexistent", other.keyFile()));
        QVERIFY(m_serverContext->fingerprint() == before);
        QVERIFY(takePair(other));
        QVERIFY(m_serverContext->fingerprint() != before);
        connectBoth();
    }

    void triesTheNextAddress()
    {
        const Result<TlsContext> context = TlsContext::client(pin());
        TlsConnectOptions options;
        // Nobody listens there: refused at once.
        options.addresses = {*IpAddress::parse("127.0.0.2"), *IpAddress::parse("127.0.0.1")};
        options.port = m_listener->port();
        m_client = std::make_unique<TlsStream>(*m_epoll, *context, options, m_clientSide);
        QTRY_VERIFY(m_clientSide.ready);
        QCOMPARE(m_client->peer().address, options.addresses[1]);
    }

    void saysWhyItCannotConnect()
    {
        const Result<TlsContext> context = TlsContext::client(pin());
        TlsConnectOptions options;
        m_client = std::make_unique<TlsStream>(*m_epoll, *context, options, m_clientSide);
        QCOMPARE(m_clientSide.closedCount, 0); // never from the constructor
        QTRY_COMPARE(m_clientSide.closedCount, 1);
        QCOMPARE(m_clientSide.error->code, ErrorCode::InvalidArgument);
        options.addresses = {*IpAddress::parse("127.0.0.2")};
        options.port = m_listener->port();
        m_client = std::make_unique<TlsStream>(*m_epoll, *context, options, m_clientSide);
        QTRY_COMPARE(m_clientSide.closedCount, 2);
        QCOMPARE(m_clientSide.error->code, ErrorCode::Network);
    }

    void marksOrSaysItMayNot()
    {
        const Result<TlsContext> context = TlsContext::client(pin());
        TlsConnectOptions options;
        options.addresses = {IpAddress::loopback(IpAddress::Family::V4)};
        options.port = m_listener->port();
        options.mark = 0x1234;
        m_client = std::make_unique<TlsStream>(*m_epoll, *context, options, m_clientSide);
        QTRY_VERIFY(m_clientSide.ready || m_clientSide.closedCount == 1);
        if (m_clientSide.ready) {
            std::uint32_t mark = 0;
            socklen_t size = sizeof mark;
            getsockopt(m_client->fd(), SOL_SOCKET, SO_MARK, &mark, &size);
            QCOMPARE(mark, 0x1234U);
        } else {
            QCOMPARE(m_clientSide.error->code, ErrorCode::Permission);
        }
    }

    void bindsToAnInterface()
    {
        const Result<TlsContext> context = TlsContext::client(pin());
        TlsConnectOptions options;
        options.addresses = {IpAddress::loopback(IpAddress::Family::V4)};
        options.port = m_listener->port();
        options.interfaceName = "no-such-if";
        m_client = std::make_unique<TlsStream>(*m_epoll, *context, options, m_clientSide);
        QTRY_COMPARE(m_clientSide.closedCount, 1);
        options.interfaceName = "lo";
        m_client = std::make_unique<TlsStream>(*m_epoll, *context, options, m_clientSide);
        QTRY_VERIFY(m_clientSide.ready);
    }

    void handshakeHasADeadline()
    {
        // A server that accepts and says nothing.
        const LoopbackListener silent(*m_epoll, [](int, Endpoint) {});
        const Result<TlsContext> context = TlsContext::client(pin());
        TlsConnectOptions options;
        options.addresses = {IpAddress::loopback(IpAddress::Family::V4)};
        options.port = silent.port();
        options.timeout = Milliseconds(100);
        m_client = std::make_unique<TlsStream>(*m_epoll, *context, options, m_clientSide);
        QTRY_COMPARE(m_clientSide.closedCount, 1);
        QCOMPARE(m_clientSide.error->code, ErrorCode::Timeout);
    }

    void refusesWhatIsNotTls()
    {
        int fds[2] = {-1, -1};
        QCOMPARE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
        m_server = std::make_unique<TlsStream>(*m_epoll, *m_serverContext, fds[0], Endpoint(),
                                               m_serverSide);
        QCOMPARE(::write(fds[1], "GET / HTTP/1.1\r\n\r\n", 18), 18);
        QTRY_COMPARE(m_serverSide.closedCount, 1);
        QCOMPARE(m_serverSide.error->code, ErrorCode::Network);
        ::close(fds[1]);
    }

    void aBareEndIsAnError()
    {
        connectBoth();
        m_server.reset(); // no close_notify
        QTRY_COMPARE(m_clientSide.closedCount, 1);
        QVERIFY(m_clientSide.error);
    }

    void holdsThePeerBackWhilePaused()
    {
        connectBoth();
        m_server->pauseReading();
        const Bytes chunk = pattern(1 << 20);
        bool refused = false;
        for (int i = 0; i < 64 && !refused; ++i) {
            refused = !m_client->write(chunk);
            QTest::qWait(1);
        }
        QVERIFY(refused); // kernel buffers and the bounded queue are full
        QVERIFY(m_serverSide.received.empty());
        QTRY_VERIFY(m_client->blockedSince().has_value());
        m_server->resumeReading();
        QTRY_COMPARE(m_client->queuedBytes(), std::size_t(0));
        QTRY_VERIFY(!m_client->blockedSince());
        QVERIFY(m_serverSide.received.size() % chunk.size() == 0 ||
                m_serverSide.received.size() > 0);
    }

    void closesAPeerThatAcceptsNothing()
    {
        connectBoth();
        m_server->pauseReading();
        m_client->setStallTimeout(Milliseconds(200));
        const Bytes chunk = pattern(1 << 20);
        QTRY_VERIFY(!m_client->write(chunk));
        QTRY_COMPARE(m_clientSide.closedCount, 1);
        QCOMPARE(m_clientSide.error->code, ErrorCode::Timeout);
    }

    void mayBeDeletedInEveryCallback()
    {
        m_clientSide.onReady = [this] { m_client.reset(); };
        dial(pin());
        QTRY_VERIFY(m_clientSide.ready);
        QTRY_VERIFY(m_serverSide.closedCount == 1);

        m_clientSide.onReady = nullptr;
        m_clientSide.ready = m_serverSide.ready = false;
        connectBoth();
        m_serverSide.onReceived = [this](MutableByteSpan) { m_server.reset(); };
        m_clientSide.onClosed = [this] { m_client.reset(); };
        m_client->write(pattern(100'000));
        QTRY_VERIFY(m_clientSide.closedCount == 1);
        QVERIFY(!m_client);
    }

    void goesToAnotherThreadWithItsLeftover()
    {
        connectBoth();
        TlsConnection connection;
        bool released = false;
        m_serverSide.onReceived = [&](MutableByteSpan data) {
            // The first byte was for us; the rest is for whoever comes next.
            m_server->write(asBytes("bye"));
            connection = m_server->release(data.subspan(1));
            released = true;
        };
        const Bytes sent = pattern(200'000);
        m_client->write(sent);
        QTRY_VERIFY(released);
        QCOMPARE(m_serverSide.closedCount, 0);
        QVERIFY(m_server->fd() < 0);

        Recorder remote;
        QThread thread;
        auto *context = new QObject;
        context->moveToThread(&thread);
        EpollSet *epoll = nullptr;
        std::unique_ptr<TlsStream> stream;
        std::atomic<std::size_t> got = 0;
        remote.onReceived = [&](MutableByteSpan data) { got += data.size(); };
        thread.start();
        QMetaObject::invokeMethod(
            context,
            [&] {
                epoll = new EpollSet;
                stream = std::make_unique<TlsStream>(*epoll, std::move(connection), remote);
                stream->write(asBytes("hello from there"));
            },
            Qt::BlockingQueuedConnection);
        QTRY_COMPARE(got.load(), sent.size() - 1);
        QTRY_COMPARE(m_clientSide.received.size(), std::size_t(19));
        QCOMPARE(std::string(asText(m_clientSide.received)), std::string("byehello from there"));
        QMetaObject::invokeMethod(
            context,
            [&] {
                stream.reset();
                delete epoll;
            },
            Qt::BlockingQueuedConnection);
        QVERIFY(std::equal(remote.received.begin(), remote.received.end(), sent.begin() + 1));
        context->deleteLater();
        thread.quit();
        QVERIFY(thread.wait(5000));
    }
};

QTEST_GUILESS_MAIN(TlsStreamTest)
#include "tls_stream_test.moc"
