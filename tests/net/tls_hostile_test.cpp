// SPDX-License-Identifier: GPL-3.0-or-later
// What one TLS peer can make a stream's thread do: floods of key updates, of tiny records, and
// expensive key exchanges. Each has a control that shows that a decent peer is not taken for one.
#include "shared/net/tls_stream.h"
#include "tests/support/raw_tls.h"
#include "tests/support/test_certificate.h"

#include <QTest>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace higgs;
using namespace higgs::test;

namespace {

class Recorder : public TlsStreamClient
{
public:
    void streamReady() override { ready = true; }
    void streamReceived(MutableByteSpan data) override
    {
        received += data.size();
        largest = std::max(largest, data.size());
        ++deliveries;
    }
    void streamClosed(const std::optional<Error> &failure) override
    {
        ++closedCount;
        error = failure;
    }

    bool ready = false;
    int closedCount = 0;
    int deliveries = 0;
    std::size_t received = 0;
    std::size_t largest = 0;
    std::optional<Error> error;
};

} // namespace

class TlsHostileTest : public QObject
{
    Q_OBJECT

private:
    TestCertificate m_certificate;
    std::unique_ptr<EpollSet> m_epoll;
    std::unique_ptr<TlsContext> m_context;
    Recorder m_recorder;
    std::unique_ptr<TlsStream> m_stream;
    std::unique_ptr<RawTls> m_peer;
    int m_listening = -1;

    /// A stream of ours, and OpenSSL at the other end.
    void connectAs(TlsContext::Role role)
    {
        int fds[2] = {-1, -1};
        m_recorder.~Recorder();
        new (&m_recorder) Recorder;
        if (role == TlsContext::Role::Server) {
            QCOMPARE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
            m_stream =
                std::make_unique<TlsStream>(*m_epoll, *m_context, fds[0], Endpoint(), m_recorder);
            m_peer = std::make_unique<RawTls>(fds[1]);
        } else {
            dialPeer();
        }
        QTRY_VERIFY(m_peer->handshake() && m_recorder.ready);
    }

    void dialPeer()
    {
        m_listening = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        QCOMPARE(::bind(m_listening, reinterpret_cast<sockaddr *>(&address), size), 0);
        QCOMPARE(::listen(m_listening, 1), 0);
        ::getsockname(m_listening, reinterpret_cast<sockaddr *>(&address), &size);
        const Result<TlsContext> context =
            TlsContext::client(ServerTrust::pinned(m_context->fingerprint()));
        TlsConnectOptions options;
        options.addresses = {IpAddress::loopback(IpAddress::Family::V4)};
        options.port = ntohs(address.sin_port);
        options.serverName = "localhost";
        m_stream = std::make_unique<TlsStream>(*m_epoll, *context, options, m_recorder);
        int accepted = -1;
        QVERIFY(QTest::qWaitFor([this, &accepted] {
            if (accepted < 0)
                accepted = ::accept4(m_listening, nullptr, nullptr, SOCK_NONBLOCK);
            return accepted >= 0;
        }));
        m_peer =
            std::make_unique<RawTls>(accepted, m_certificate.certFile(), m_certificate.keyFile());
    }

    /// How far an attempt with these groups comes: does the server's end take the handshake on?
    bool shakesHandsWith(const char *groups)
    {
        int fds[2] = {-1, -1};
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0)
            return false;
        m_recorder.~Recorder();
        new (&m_recorder) Recorder;
        m_stream =
            std::make_unique<TlsStream>(*m_epoll, *m_context, fds[0], Endpoint(), m_recorder);
        m_peer = std::make_unique<RawTls>(fds[1]);
        if (SSL_set1_groups_list(m_peer->ssl(), groups) != 1)
            return false;
        return QTest::qWaitFor([this] {
                   return (m_peer->handshake() && m_recorder.ready) || m_recorder.closedCount > 0;
               }) &&
               m_recorder.ready;
    }

    static void addRoles()
    {
        QTest::addColumn<TlsContext::Role>("role");
        QTest::newRow("server") << TlsContext::Role::Server;
        QTest::newRow("client") << TlsContext::Role::Client;
    }

private Q_SLOTS:
    void init()
    {
        m_epoll = std::make_unique<EpollSet>();
        Result<TlsContext> context =
            TlsContext::server(m_certificate.certFile(), m_certificate.keyFile());
        QVERIFY(context);
        m_context = std::make_unique<TlsContext>(std::move(*context));
    }

    void cleanup()
    {
        m_stream.reset();
        m_peer.reset();
        m_epoll.reset();
        if (m_listening >= 0)
            ::close(std::exchange(m_listening, -1));
    }

    void takesTheNamedGroupsOnly()
    {
        QVERIFY(shakesHandsWith("X25519"));
        QVERIFY(shakesHandsWith("P-256"));
        QVERIFY(shakesHandsWith("ffdhe8192:X25519")); // asked again, for the other
        for (const char *dear : {"ffdhe2048", "ffdhe8192", "P-521", "X448"}) {
            QVERIFY2(!shakesHandsWith(dear), dear);
            QCOMPARE(m_recorder.closedCount, 1);
        }
    }

    void countsKeyUpdates_data() { addRoles(); }
    void countsKeyUpdates()
    {
        QFETCH(TlsContext::Role, role);
        connectAs(role);
        // A decent peer: now and then a new key, much data between.
        for (int i = 0; i < 20; ++i) {
            m_peer->keyUpdates(1, i % 2 == 0);
            m_peer->records(100, 100);
        }
        QTRY_COMPARE((m_peer->flush(), m_recorder.received), std::size_t(20 * 100 * 100));
        QCOMPARE(m_recorder.closedCount, 0);
        // The other kind. All of it lies ready, so that a read without a budget would take it all.
        m_peer->keyUpdates(2000, true);
        m_peer->records(1, 7);
        QTRY_COMPARE((m_peer->flush(), m_recorder.closedCount), 1);
        QCOMPARE(m_recorder.received, std::size_t(20 * 100 * 100)); // it never came to the end
        QVERIFY(m_recorder.error);
        QCOMPARE(m_recorder.error->code, ErrorCode::Malformed);
    }

    /// OpenSSL stops after it, and there is nothing that epoll could tell of.
    void whatFollowsAKeyUpdateIsRead_data() { addRoles(); }
    void whatFollowsAKeyUpdateIsRead()
    {
        QFETCH(TlsContext::Role, role);
        connectAs(role);
        m_stream->expectBulk();
        for (std::size_t i = 1; i <= 4; ++i) {
            m_peer->keyUpdates(1, i % 2 == 0);
            m_peer->records(1, 1000);
            QVERIFY(m_peer->flush());
            QTRY_COMPARE(m_recorder.received, i * 1000);
        }
    }

    void tinyRecordsTakeTheirTurn()
    {
        connectAs(TlsContext::Role::Server);
        m_peer->records(1, 50'000);
        QTRY_COMPARE((m_peer->flush(), m_recorder.received), std::size_t(50'000));
        QVERIFY(m_recorder.largest > 10'000); // the control: much in few records comes at once
        m_recorder.largest = 0;
        m_peer->records(20'000, 1);
        QTRY_COMPARE((m_peer->flush(), m_recorder.received), std::size_t(70'000));
        QVERIFY(m_recorder.largest <= 128);
    }

    void aQuantumBoundsADelivery()
    {
        connectAs(TlsContext::Role::Server);
        m_stream->setReadQuantum(2048);
        m_peer->records(1, 100'000);
        QTRY_COMPARE((m_peer->flush(), m_recorder.received), std::size_t(100'000));
        QCOMPARE(m_recorder.largest, std::size_t(2048));
    }

    /// It was asked for its end in every turn, and there was a turn as soon as one had ended.
    void aRecordWithoutItsEndIsWaitedFor_data() { addRoles(); }
    void aRecordWithoutItsEndIsWaitedFor()
    {
        QFETCH(TlsContext::Role, role);
        connectAs(role);
        m_stream->expectBulk();
        constexpr std::size_t Size = 10'000;
        constexpr std::size_t Sealed = Size + 5 + 1 + 16; // header, type, tag
        std::size_t sent = 0;
        for (const std::size_t part : {std::size_t(3), std::size_t(5), Sealed / 2, Sealed - 1}) {
            m_peer->records(1, 7);
            m_peer->records(1, Size);
            QTRY_VERIFY(m_peer->flush(Sealed - part));
            QTRY_COMPARE(m_recorder.received, sent + 7);
            QTest::qWait(20);
            const std::uint64_t before = m_epoll->turn();
            QTest::qWait(50);
            QVERIFY2(m_epoll->turn() - before < 10,
                     std::to_string(m_epoll->turn() - before).c_str());
            sent += 7 + Size;
            QTRY_COMPARE((m_peer->flush(), m_recorder.received), sent); // it was there
        }
        QCOMPARE(m_recorder.closedCount, 0);
    }

    void nothingIsDecipheredAfterFinish()
    {
        connectAs(TlsContext::Role::Server);
        m_stream->finish();
        m_peer->keyUpdates(2000, true);
        m_peer->records(100, 1000);
        QTRY_COMPARE((m_peer->flush(), m_recorder.closedCount), 1);
        QVERIFY(!m_recorder.error);
        QCOMPARE(m_recorder.received, std::size_t(0));
    }
};

QTEST_GUILESS_MAIN(TlsHostileTest)
#include "tls_hostile_test.moc"
