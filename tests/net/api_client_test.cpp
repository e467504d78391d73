// SPDX-License-Identifier: GPL-3.0-or-later
// ApiClient against a scripted TLS server on loopback: one kept connection, errors with their code,
// retries where they are harmless, and answers that are not to be believed.
#include "shared/crypto/keys.h"
#include "shared/net/api_client.h"
#include "shared/net/tls_stream.h"
#include "tests/support/loopback_listener.h"
#include "tests/support/test_certificate.h"

#include <QTest>
#include <deque>

using namespace higgs;
using namespace higgs::test;

namespace {

std::string response(const std::string &status, const std::string &body,
                     const std::string &fields = {})
{
    return "HTTP/1.1 " + status +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n" + fields + "\r\n" + body;
}

const std::string StunAnswer =
    response("200 OK", R"({"servers":[{"host":"stun.example.com","port":3478}]})");

/// Answers each request with the next text of its script; an empty one closes the connection.
class ScriptedServer
{
public:
    ScriptedServer(EpollSet &epoll, const TestCertificate &certificate)
        : m_epoll(epoll),
          m_context(*TlsContext::server(certificate.certFile(), certificate.keyFile())),
          m_listener(epoll, [this](int fd, Endpoint peer) { accept(fd, peer); })
    {}

    [[nodiscard]] std::uint16_t port() const { return m_listener.port(); }
    [[nodiscard]] std::size_t connections() const { return m_peers.size(); }
    [[nodiscard]] std::string pin() const { return toHex(m_context.fingerprint()); }

    std::deque<std::string> script;
    std::vector<std::string> requests;

private:
    class Peer : public TlsStreamClient
    {
    public:
        Peer(ScriptedServer &server, int fd, const Endpoint &peer)
            : m_server(server),
              m_stream(std::make_unique<TlsStream>(server.m_epoll, server.m_context, fd, peer,
                                                   static_cast<TlsStreamClient &>(*this)))
        {}

        void streamReceived(MutableByteSpan data) override
        {
            m_text.append(asText(data));
            const std::size_t end = m_text.find("\r\n\r\n");
            if (end == std::string::npos || m_text.size() < end + 4 + bodySize())
                return;
            m_server.requests.push_back(std::exchange(m_text, {}));
            if (m_server.script.empty())
                return; // silent
            const std::string answer = std::move(m_server.script.front());
            m_server.script.pop_front();
            if (answer.empty())
                m_stream->finish();
            else
                m_stream->write(asBytes(answer));
        }
        void streamClosed(const std::optional<Error> &) override {}

    private:
        [[nodiscard]] std::size_t bodySize() const
        {
            const std::size_t at = m_text.find("Content-Length: ");
            return at == std::string::npos ? 0 : std::stoul(m_text.substr(at + 16));
        }

        ScriptedServer &m_server;
        std::string m_text;
        std::unique_ptr<TlsStream> m_stream;
    };

    void accept(int fd, const Endpoint &peer)
    {
        m_peers.push_back(std::make_unique<Peer>(*this, fd, peer));
    }

    EpollSet &m_epoll;
    TlsContext m_context;
    std::vector<std::unique_ptr<Peer>> m_peers;
    LoopbackListener m_listener;
};

} // namespace

class ApiClientTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void oneConnectionIsKept();
    void requestsSayWhatTheyMust();
    void errorsKeepTheirCode();
    void aBrokenConnectionIsTriedAgain();
    void aRegistrationIsNotSentTwice();
    void aServerThatIsNotThereIsAnError();
    void anotherCertificateIsUntrusted();
    void hostileAnswersAreRefused_data();
    void hostileAnswersAreRefused();
    void aTokenCannotSmuggleAHeader();
    void destructionCancels();

private:
    [[nodiscard]] ApiClientOptions options(const ScriptedServer &server) const
    {
        ApiClientOptions options;
        options.host = "localhost";
        options.port = server.port();
        options.addresses = {IpAddress::loopback(IpAddress::Family::V4)};
        options.trust = *ServerTrust::parsePin(server.pin());
        return options;
    }

    /// The answer, once it is there.
    template <typename T>
    static std::optional<ApiResult<T>> settled(const ApiFuture<T> &future)
    {
        if (!QTest::qWaitFor([&] { return future.isFinished(); }, 20000) ||
            future.resultCount() == 0)
            return std::nullopt;
        return future.result();
    }

    TestCertificate m_certificate;
};

void ApiClientTest::oneConnectionIsKept()
{
    EpollSet epoll;
    ScriptedServer server(epoll, m_certificate);
    server.script = {StunAnswer, StunAnswer, StunAnswer};
    ApiClient client(epoll, options(server));
    const auto first = client.stunServers();
    const auto second = client.stunServers(); // waits in line
    const auto one = settled(first);
    const auto two = settled(second);
    QVERIFY(one && *one && two && *two);
    QCOMPARE((*one)->servers.size(), std::size_t{1});
    const auto three = settled(client.stunServers());
    QVERIFY(three && *three);
    QCOMPARE(server.connections(), std::size_t{1});
    QCOMPARE(server.requests.size(), std::size_t{3});
}

void ApiClientTest::requestsSayWhatTheyMust()
{
    EpollSet epoll;
    ScriptedServer server(epoll, m_certificate);
    server.script = {response("204 No Content", ""), response("200 OK", R"({"nodes":[]})"),
                     response("404 Not Found", "{}")};
    ApiClient client(epoll, options(server));
    const auto session = *SessionId::parse("550E8400-e29b-41d4-a716-446655440000");
    const auto deleted = settled(client.deleteSession(session, SecretText("token-text")));
    QVERIFY(deleted && *deleted);
    const std::string &request = server.requests.front();
    QVERIFY(request.starts_with(
        "DELETE /api/v1/sessions/550e8400-e29b-41d4-a716-446655440000 HTTP/1.1\r\n"));
    QVERIFY(request.find("\r\nAuthorization: Bearer token-text\r\n") != std::string::npos);
    QVERIFY(request.find("\r\nHost: localhost:" + std::to_string(server.port()) + "\r\n") !=
            std::string::npos);

    const auto nodes = settled(client.nodes("de"));
    QVERIFY(nodes && *nodes);
    QVERIFY(server.requests.back().starts_with("GET /api/v1/nodes?country=DE HTTP/1.1\r\n"));
    QVERIFY(server.requests.back().find("Authorization") == std::string::npos);

    protocol::RoutingRequest routing;
    routing.clientId = *ClientId::parse(randomUuid());
    const auto routed = settled(client.requestRoute(routing, SecretText("access")));
    QVERIFY(routed && !*routed);
    const std::string &post = server.requests.back();
    QVERIFY(post.starts_with("POST /api/v1/routing/request HTTP/1.1\r\n"));
    QVERIFY(post.find("\r\nHiggs-Access-Key: access\r\n") != std::string::npos);
    QVERIFY(post.find("\r\nContent-Type: application/json\r\n") != std::string::npos);
    const auto body = protocol::parseJson(post.substr(post.find("\r\n\r\n") + 4));
    QVERIFY(body && *protocol::decodeRoutingRequest(*body) == routing);
}

void ApiClientTest::errorsKeepTheirCode()
{
    EpollSet epoll;
    ScriptedServer server(epoll, m_certificate);
    server.script = {
        response("503 Service Unavailable",
                 R"({"error":{"code":"no_node_online","message":"no node is online"}})",
                 "Retry-After: 7\r\n"),
        response("401 Unauthorized", "not json"), response("500 Oops", "")};
    ApiClient client(epoll, options(server));
    const auto offline = settled(client.locations());
    QVERIFY(offline && !*offline);
    QCOMPARE(offline->failure().httpStatus, 503);
    QCOMPARE(offline->failure().code, std::string("no_node_online"));
    QVERIFY(offline->failure().error.code == ErrorCode::Unavailable);
    QVERIFY(offline->failure().retryAfter == Seconds(7));
    const auto refused = settled(client.locations());
    QVERIFY(refused && !*refused && refused->failure().error.code == ErrorCode::Unauthorized);
    QVERIFY(refused->failure().code.empty());
    const auto broken = settled(client.locations());
    QVERIFY(broken && !*broken && broken->failure().httpStatus == 500);
}

void ApiClientTest::aBrokenConnectionIsTriedAgain()
{
    EpollSet epoll;
    ScriptedServer server(epoll, m_certificate);
    // Closed twice without an answer, then right.
    server.script = {"", "", StunAnswer, "", StunAnswer};
    ApiClient client(epoll, options(server));
    const auto answer = settled(client.stunServers());
    QVERIFY(answer && *answer);
    QCOMPARE(server.connections(), std::size_t{3});
    // The kept connection dies when it is used again.
    const auto again = settled(client.stunServers());
    QVERIFY(again && *again);
    QCOMPARE(server.connections(), std::size_t{4});
}

void ApiClientTest::aRegistrationIsNotSentTwice()
{
    EpollSet epoll;
    ScriptedServer server(epoll, m_certificate);
    server.script = {"", "", ""};
    ApiClient client(epoll, options(server));
    protocol::RegisterRequest request;
    request.nodeId = *NodeId::parse(randomUuid());
    const auto answer = settled(client.registerNode(request, SecretText(), SecretText()));
    QVERIFY(answer && !*answer);
    QCOMPARE(answer->failure().httpStatus, 0);
    QCOMPARE(server.requests.size(), std::size_t{1});
}

void ApiClientTest::aServerThatIsNotThereIsAnError()
{
    EpollSet epoll;
    ApiClientOptions nobody;
    {
        ScriptedServer server(epoll, m_certificate);
        nobody = options(server);
    }
    nobody.deadline = Milliseconds(500);
    ApiClient client(epoll, nobody);
    const auto answer = settled(client.serverInfo());
    QVERIFY(answer && !*answer);
    QCOMPARE(answer->failure().httpStatus, 0);

    nobody.addresses.clear();
    ApiClient nowhere(epoll, nobody);
    const auto none = settled(nowhere.serverInfo());
    QVERIFY(none && !*none);
}

void ApiClientTest::anotherCertificateIsUntrusted()
{
    EpollSet epoll;
    ScriptedServer server(epoll, m_certificate);
    ApiClientOptions wrong = options(server);
    wrong.trust = *ServerTrust::parsePin(std::string(64, 'a'));
    ApiClient client(epoll, wrong);
    const auto answer = settled(client.serverInfo());
    QVERIFY(answer && !*answer);
    QVERIFY(answer->failure().error.code == ErrorCode::Untrusted);
    QVERIFY(server.requests.empty());
}

void ApiClientTest::hostileAnswersAreRefused_data()
{
    QTest::addColumn<std::string>("answer");
    QTest::newRow("not JSON") << response("200 OK", "{");
    QTest::newRow("other shape") << response("200 OK", R"({"servers":{}})");
    QTest::newRow("terminal escapes")
        << response("200 OK", R"({"servers":[{"host":"\u001b[2J","port":1}]})");
    QTest::newRow("duplicate key") << response("200 OK", R"({"servers":[],"servers":[]})");
    QTest::newRow("too long") << std::string("HTTP/1.1 200 OK\r\nContent-Length: 2097152\r\n\r\n");
    QTest::newRow("deep") << response("200 OK", std::string(100000, '['));
    QTest::newRow("endless head") << "HTTP/1.1 200 OK\r\n" + std::string(100000, 'x');
    QTest::newRow("not HTTP") << std::string("SSH-2.0-OpenSSH_9.2\r\n\r\n");
    QTest::newRow("two lengths") << std::string(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ");
    QTest::newRow("error of the wrong shape") << response("400 Bad Request", R"({"error":[1]})");
}

void ApiClientTest::hostileAnswersAreRefused()
{
    QFETCH(std::string, answer);
    EpollSet epoll;
    ScriptedServer server(epoll, m_certificate);
    server.script = {answer, StunAnswer};
    ApiClient client(epoll, options(server));
    const auto refused = settled(client.stunServers());
    QVERIFY(refused && !*refused);
    QCOMPARE(server.requests.size(), std::size_t{1}); // it did answer: no second question
    const auto next = settled(client.stunServers());
    QVERIFY(next && *next);
}

void ApiClientTest::aTokenCannotSmuggleAHeader()
{
    EpollSet epoll;
    ScriptedServer server(epoll, m_certificate);
    server.script = {StunAnswer};
    ApiClient client(epoll, options(server));
    const auto smuggled = settled(client.iceServers(SecretText("a\r\nHost: evil")));
    QVERIFY(smuggled && !*smuggled);
    QVERIFY(server.requests.empty());
    const auto next = settled(client.stunServers());
    QVERIFY(next && *next);
}

void ApiClientTest::destructionCancels()
{
    EpollSet epoll;
    ScriptedServer server(epoll, m_certificate); // silent
    auto client = std::make_unique<ApiClient>(epoll, options(server));
    const auto pending = client->serverInfo();
    QTRY_COMPARE(server.requests.size(), std::size_t{1});
    client.reset();
    QVERIFY(pending.isFinished() && pending.isCanceled());
}

QTEST_GUILESS_MAIN(ApiClientTest)
#include "api_client_test.moc"
