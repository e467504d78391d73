// SPDX-License-Identifier: GPL-3.0-or-later
// HTTP over real TLS on loopback, against an application that answers as the test wants: answers
// that are long and taken slowly, turns, pauses, deadlines, and what a connection may hold.
#include "server/http/http_server.h"
#include "tests/support/test_certificate.h"

#include <QTest>
#include <deque>
#include <filesystem>
#include <fstream>
#include <set>

using namespace higgs;
using namespace higgs::server;
using namespace higgs::test;

namespace {

class Client : public TlsStreamClient
{
public:
    Client(EpollSet &epoll, const TlsContext &context, std::uint16_t port)
        : m_stream(epoll, context,
                   {{IpAddress::loopback(IpAddress::Family::V4)}, port, "localhost", {}, {}}, *this)
    {}

    void send(const std::string &text)
    {
        m_toSend += text;
        if (m_stream.isReady())
            flush();
    }
    void pause() { m_stream.pauseReading(); }
    void resume() { m_stream.resumeReading(); }
    [[nodiscard]] bool isReady() const { return m_stream.isReady(); }
    [[nodiscard]] int count(const std::string &text) const
    {
        int found = 0;
        for (std::size_t at = received.find(text); at != std::string::npos;
             at = received.find(text, at + 1))
            ++found;
        return found;
    }

    std::string received;
    bool closed = false;
    bool pauseAtFirst = false; ///< of what comes

private:
    void streamReady() override { flush(); }
    void streamReceived(MutableByteSpan data) override
    {
        received += asText(data);
        if (std::exchange(pauseAtFirst, false))
            pause();
    }
    void streamClosed(const std::optional<Error> &) override { closed = true; }
    void flush()
    {
        m_stream.write(asBytes(m_toSend));
        m_toSend.clear();
    }

    std::string m_toSend;
    TlsStream m_stream;
};

/// "/now" is answered at once, "/long" with the long text, the rest when the test says so.
class Application : public HttpApplication
{
public:
    void handle(const Endpoint &, HttpRequest request, HttpReply reply) override
    {
        order.push_back(request.path);
        if (onHandle)
            onHandle();
        HttpResponse response;
        response.body = "{}";
        if (request.path == "/limited")
            response.status = 429;
        if (request.path == "/long")
            response.shared = longText;
        if (request.path == "/wait" || request.path == "/upgrade")
            waiting.push_back(reply);
        else
            reply.send(std::move(response));
    }
    HttpResponse refusal(const Endpoint &, int status) override
    {
        HttpResponse response;
        response.status = status;
        return response;
    }

    std::vector<std::string> order;
    std::deque<HttpReply> waiting;
    std::shared_ptr<const std::string> longText;
    std::function<void()> onHandle;
};

std::string get(const std::string &path, const std::string &more = {})
{
    return "GET " + path + " HTTP/1.1\r\nHost: h\r\n" + more + "\r\n";
}

std::set<std::string> handshakeThreads()
{
    std::set<std::string> found;
    for (const auto &task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::string name;
        std::ifstream(task.path() / "comm") >> name;
        if (name == "handshake")
            found.insert(task.path().filename());
    }
    return found;
}

} // namespace

class HttpServerTest : public QObject
{
    Q_OBJECT

private:
    TestCertificate m_certificate;
    std::unique_ptr<EpollSet> m_epoll;
    std::unique_ptr<TlsContext> m_tls;
    std::unique_ptr<TlsContext> m_clientTls;
    Limits m_limits;
    std::unique_ptr<Application> m_application;
    std::unique_ptr<HttpServer> m_server;

    std::unique_ptr<Client> dial()
    {
        return std::make_unique<Client>(*m_epoll, *m_clientTls, m_server->localEndpoint().port);
    }

private Q_SLOTS:
    void init()
    {
        m_limits = {};
        m_epoll = std::make_unique<EpollSet>();
        auto tls = TlsContext::server(m_certificate.certFile(), m_certificate.keyFile());
        QVERIFY(tls);
        m_tls = std::make_unique<TlsContext>(std::move(*tls));
        auto client = TlsContext::client(ServerTrust::pinned(m_tls->fingerprint()));
        QVERIFY(client);
        m_clientTls = std::make_unique<TlsContext>(std::move(*client));
        m_application = std::make_unique<Application>();
        m_server = std::make_unique<HttpServer>(*m_epoll, *m_tls, m_limits, *m_application);
        QVERIFY(m_server->listen({IpAddress::loopback(IpAddress::Family::V4), 0}));
    }

    void cleanup()
    {
        m_server.reset();
        m_epoll.reset();
    }

    void handshakesAreSpreadOverThreads()
    {
        HttpServer server(*m_epoll, *m_tls, m_limits, *m_application);
        server.setHandshakeThreads(3);
        const std::set<std::string> before = handshakeThreads();
        QVERIFY(server.listen({IpAddress::loopback(IpAddress::Family::V4), 0}));
        const std::uint16_t port = server.localEndpoint().port;
        std::vector<std::unique_ptr<Client>> clients;
        for (int round = 0; round < 4; ++round) {
            for (int i = 0; i < 32; ++i)
                clients.push_back(std::make_unique<Client>(*m_epoll, *m_clientTls, port));
            // Some go while they are served, and the certificate is read anew.
            QTest::qWait(1);
            for (int i = 0; i < 8; ++i)
                clients.erase(clients.begin() + static_cast<std::ptrdiff_t>(clients.size()) - 2);
            server.reloaded();
        }
        for (const auto &client : clients)
            client->send(get("/now"));
        for (const auto &client : clients)
            QTRY_COMPARE(client->count("HTTP/1.1 200"), 1);
        int working = 0;
        for (const std::string &thread : handshakeThreads()) {
            double nanoseconds = 0;
            std::ifstream("/proc/self/task/" + thread + "/schedstat") >> nanoseconds;
            // Far more than it takes to begin.
            working += !before.contains(thread) && nanoseconds > 3e6 ? 1 : 0;
        }
        QCOMPARE(working, 3);
        // In the middle of others.
        for (int i = 0; i < 32; ++i)
            clients.push_back(std::make_unique<Client>(*m_epoll, *m_clientTls, port));
        QTest::qWait(2);
    }

    void oneRequestOfAConnectionATurn()
    {
        const auto busy = dial();
        const auto quiet = dial();
        QTRY_VERIFY(busy->isReady() && quiet->isReady());
        // All of one connection are there before the other's one is sent.
        bool sent = false;
        m_application->onHandle = [&] {
            if (!std::exchange(sent, true))
                quiet->send(get("/quiet"));
        };
        std::string pipeline;
        for (int i = 0; i < 500; ++i)
            pipeline += get("/busy");
        busy->send(pipeline);
        QTRY_COMPARE(busy->count("HTTP/1.1 200"), 500);
        QTRY_COMPARE(quiet->count("HTTP/1.1 200"), 1);
        const std::vector<std::string> &order = m_application->order;
        const auto place = std::find(order.begin(), order.end(), "/quiet") - order.begin();
        QVERIFY2(place < 100, qPrintable(QString::number(place)));
    }

    void aLongAnswerIsSentAsItIsTaken()
    {
        // Far more than a stream may queue.
        std::string text(12 << 20, 'x');
        for (std::size_t i = 0; i < text.size(); i += 1009)
            text[i] = static_cast<char>('a' + i % 26);
        m_application->longText = std::make_shared<const std::string>(std::move(text));
        const auto slow = dial();
        QTRY_VERIFY(slow->isReady());
        slow->pauseAtFirst = true;
        slow->send(get("/long") + get("/now"));
        QTRY_VERIFY(!slow->received.empty());
        const auto other = dial();
        other->send(get("/now", "Connection: close\r\n"));
        QTRY_VERIFY(other->closed);
        QCOMPARE(other->count("HTTP/1.1 200"), 1);
        QVERIFY(slow->received.size() < m_application->longText->size());
        slow->resume();
        QTRY_COMPARE(slow->count("HTTP/1.1 200"), 2); // the next request was not forgotten
        const std::size_t body = slow->received.find("\r\n\r\n") + 4;
        QVERIFY(slow->received.compare(body, m_application->longText->size(),
                                       *m_application->longText) == 0);
        QCOMPARE(m_application->longText.use_count(), 1L); // and is held no longer
    }

    void longAnswersThatAreNotTakenAreFew()
    {
        // More than the kernel takes by itself.
        m_application->longText = std::make_shared<const std::string>(16 << 20, 'x');
        std::vector<std::unique_ptr<Client>> clients;
        for (int i = 0; i < 12; ++i) {
            clients.push_back(dial());
            QTRY_VERIFY(clients.back()->isReady());
            clients.back()->pauseAtFirst = true;
            clients.back()->send(get("/long"));
            QTRY_VERIFY(!clients.back()->received.empty());
        }
        int refused = 0;
        for (const auto &client : clients)
            refused += client->count("HTTP/1.1 429");
        QCOMPARE(refused, 11); // one alone fills what an address may hold
        QCOMPARE(m_application->longText.use_count(), 2L);
        clients.front()->resume();
        QTRY_COMPARE(m_application->longText.use_count(), 1L);
        const auto later = dial();
        later->send(get("/long"));
        QTRY_COMPARE(later->count("HTTP/1.1 200"), 1);
    }

    void halfRequestsThatHoldTooMuchAreRefused()
    {
        m_limits.heldBytesPerAddress = 512 * 1024;
        std::vector<std::unique_ptr<Client>> clients;
        for (int i = 0; i < 12; ++i) {
            clients.push_back(dial());
            clients.back()->send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 65536\r\n\r\n" +
                                 std::string(65000, 'x'));
        }
        const auto refused = [&] {
            return std::count_if(clients.begin(), clients.end(), [](const auto &client) {
                return client->count("HTTP/1.1 429") == 1;
            });
        };
        QTRY_VERIFY(refused() >= 3);
        // Those within the bound are answered when they go on.
        for (const auto &client : clients)
            client->send(std::string(536, 'x'));
        const auto answered = [&] {
            return std::count_if(clients.begin(), clients.end(), [](const auto &client) {
                return client->count("HTTP/1.1 200") == 1;
            });
        };
        QTRY_VERIFY(answered() >= 5);
        QTRY_COMPARE(answered() + refused(), 12L);
    }

    void afterARefusalByALimitThereIsAPause()
    {
        const auto client = dial();
        const auto other = dial();
        client->send(get("/limited") + get("/now"));
        QTRY_COMPARE(client->count("HTTP/1.1 429"), 1);
        other->send(get("/now"));
        QTRY_COMPARE(other->count("HTTP/1.1 200"), 1); // nobody else waits
        QCOMPARE(client->count("HTTP/1.1 200"), 0);
        QTRY_COMPARE(client->count("HTTP/1.1 200"), 1);
    }

    void anUpgradeThatFailsEndsTheConnection()
    {
        const auto client = dial();
        client->send(get("/upgrade", "Connection: upgrade\r\nUpgrade: websocket\r\n"));
        QTRY_COMPARE(m_application->waiting.size(), std::size_t(1));
        // More than a stream takes: as a 101 that does not fit.
        QVERIFY(!m_application->waiting.front().upgrade(std::string(2 << 20, 'x')));
        QTRY_VERIFY(client->closed);
        QTRY_COMPARE(m_server->connections(), std::size_t(0));
    }

    void anAnswerThatDoesNotComeIs503()
    {
        m_limits.answerDeadline = Milliseconds(1);
        const auto client = dial();
        client->send(get("/wait"));
        QTRY_VERIFY(client->closed);
        QCOMPARE(client->count("HTTP/1.1 503"), 1);
        QVERIFY(!m_application->waiting.front().send({})); // too late
    }

    void anAnswerThatIsNotTakenEnds()
    {
        m_limits.sendDeadline = Milliseconds(1);
        m_limits.sendBytesPerSecond = 1 << 30;
        m_application->longText = std::make_shared<const std::string>(12 << 20, 'x');
        const auto client = dial();
        QTRY_VERIFY(client->isReady());
        client->send(get("/long"));
        client->pause();
        QTRY_COMPARE(m_application->order.size(), std::size_t(1));
        QTRY_COMPARE(m_server->connections(), std::size_t(0));
        QCOMPARE(m_application->longText.use_count(), 1L);
    }

    void versionsAndConnections_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<int>("answers");
        QTest::addColumn<bool>("closed");
        QTest::newRow("1.1") << QByteArray("GET /now HTTP/1.1\r\nHost: h\r\n\r\n") << 2 << false;
        QTest::newRow("1.1 close")
            << QByteArray("GET /now HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n") << 1 << true;
        QTest::newRow("1.0") << QByteArray("GET /now HTTP/1.0\r\n\r\n") << 1 << true;
        QTest::newRow("1.0 keep-alive")
            << QByteArray("GET /now HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") << 2 << false;
        QTest::newRow("1.0 HEAD") << QByteArray("HEAD /now HTTP/1.0\r\n\r\n") << 1 << true;
    }

    void versionsAndConnections()
    {
        QFETCH(QByteArray, request);
        QFETCH(int, answers);
        QFETCH(bool, closed);
        const auto client = dial();
        client->send(request.repeated(2).toStdString());
        QTRY_COMPARE(client->count("HTTP/1.1 200"), answers);
        if (closed)
            QTRY_VERIFY(client->closed);
        QCOMPARE(client->count("Connection: close"), closed ? 1 : 0);
        QCOMPARE(client->count("Connection: keep-alive"), closed ? 0 : answers);
        QCOMPARE(m_application->order.size(), static_cast<std::size_t>(answers));
    }
};

QTEST_GUILESS_MAIN(HttpServerTest)
#include "http_server_test.moc"
