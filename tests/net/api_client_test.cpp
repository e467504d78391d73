// SPDX-License-Identifier: GPL-3.0-or-later
// ApiClient against a scripted TLS server on loopback: one kept connection, errors with their code,
// retries where they are harmless, and answers that are not to be believed.
#include "shared/crypto/keys.h"
#include "shared/net/api_client.h"
#include "tests/support/scripted_api_server.h"

#include <QTest>

using namespace higgs;
using namespace higgs::test;

namespace {

const std::string StunAnswer =
    httpAnswer("200 OK", R"({"servers":[{"host":"stun.example.com","port":3478}]})");

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
    void aStrangerAtOneAddressIsPassedBy();
    void hostileAnswersAreRefused_data();
    void hostileAnswersAreRefused();
    void aTokenCannotSmuggleAHeader();
    void destructionEndsQuestions();

private:
    [[nodiscard]] ApiClientOptions options(const ScriptedApiServer &server) const
    {
        ApiClientOptions options;
        options.host = "localhost";
        options.port = server.port();
        options.addresses = {IpAddress::loopback(IpAddress::Family::V4)};
        options.trust = *ServerTrust::parsePin(server.pin());
        return options;
    }

    /// The answer, once it is there.
    template <typename... Parameters, typename... Given>
    static auto settled(ApiClient &client, void (ApiClient::*question)(Parameters...),
                        const Given &...given)
    {
        using Expected = std::tuple_element_t<sizeof...(Parameters) - 1, std::tuple<Parameters...>>;
        std::optional<typename Expected::Value> answer;
        QObject context;
        const auto take = [&](typename Expected::Value came) { answer = std::move(came); };
        (client.*question)(given..., Expected(&context, take));
        (void)QTest::qWaitFor([&] { return answer.has_value(); }, 20000);
        return answer;
    }

    TestCertificate m_certificate;
};

void ApiClientTest::oneConnectionIsKept()
{
    EpollSet epoll;
    ScriptedApiServer server(epoll, m_certificate);
    server.script = {StunAnswer, StunAnswer, StunAnswer};
    ApiClient client(epoll, options(server));
    std::optional<ApiResult<protocol::StunServersResponse>> one;
    client.stunServers({this, [&one](const auto &answer) { one = answer; }});
    const auto two = settled(client, &ApiClient::stunServers); // waits in line
    QVERIFY(one && *one && two && *two);
    QCOMPARE((*one)->servers.size(), std::size_t{1});
    const auto three = settled(client, &ApiClient::stunServers);
    QVERIFY(three && *three);
    QCOMPARE(server.connections(), std::size_t{1});
    QCOMPARE(server.requests.size(), std::size_t{3});
}

void ApiClientTest::requestsSayWhatTheyMust()
{
    EpollSet epoll;
    ScriptedApiServer server(epoll, m_certificate);
    server.script = {httpAnswer("204 No Content", ""), httpAnswer("200 OK", R"({"nodes":[]})"),
                     httpAnswer("404 Not Found", "{}")};
    ApiClient client(epoll, options(server));
    const auto session = *SessionId::parse("550E8400-e29b-41d4-a716-446655440000");
    const auto deleted =
        settled(client, &ApiClient::deleteSession, session, SecretText("token-text"));
    QVERIFY(deleted && *deleted);
    const std::string &request = server.requests.front();
    QVERIFY(request.starts_with(
        "DELETE /api/v1/sessions/550e8400-e29b-41d4-a716-446655440000 HTTP/1.1\r\n"));
    QVERIFY(request.find("\r\nAuthorization: Bearer token-text\r\n") != std::string::npos);
    QVERIFY(request.find("\r\nHost: localhost:" + std::to_string(server.port()) + "\r\n") !=
            std::string::npos);

    const auto nodes = settled(client, &ApiClient::nodes, "de");
    QVERIFY(nodes && *nodes);
    QVERIFY(server.requests.back().starts_with("GET /api/v1/nodes?country=DE HTTP/1.1\r\n"));
    QVERIFY(server.requests.back().find("Authorization") == std::string::npos);

    protocol::RoutingRequest routing;
    routing.clientId = *ClientId::parse(randomUuid());
    const auto routed = settled(client, &ApiClient::requestRoute, routing, SecretText("access"));
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
    ScriptedApiServer server(epoll, m_certificate);
    server.script = {
        httpAnswer("503 Service Unavailable",
                   R"({"error":{"code":"no_node_online","message":"no node is online"}})",
                   "Retry-After: 7\r\n"),
        httpAnswer("401 Unauthorized", "not json"), httpAnswer("500 Oops", "")};
    ApiClient client(epoll, options(server));
    const auto offline = settled(client, &ApiClient::locations);
    QVERIFY(offline && !*offline);
    QCOMPARE(offline->failure().httpStatus, 503);
    QCOMPARE(offline->failure().code, std::string("no_node_online"));
    QVERIFY(offline->failure().error.code == ErrorCode::Unavailable);
    QVERIFY(offline->failure().retryAfter == Seconds(7));
    const auto refused = settled(client, &ApiClient::locations);
    QVERIFY(refused && !*refused && refused->failure().error.code == ErrorCode::Unauthorized);
    QVERIFY(refused->failure().code.empty());
    const auto broken = settled(client, &ApiClient::locations);
    QVERIFY(broken && !*broken && broken->failure().httpStatus == 500);
}

void ApiClientTest::aBrokenConnectionIsTriedAgain()
{
    EpollSet epoll;
    ScriptedApiServer server(epoll, m_certificate);
    // Closed twice without an answer, then right.
    server.script = {"", "", StunAnswer, "", StunAnswer};
    ApiClient client(epoll, options(server));
    const auto answer = settled(client, &ApiClient::stunServers);
    QVERIFY(answer && *answer);
    QCOMPARE(server.connections(), std::size_t{3});
    // The kept connection dies when it is used again.
    const auto again = settled(client, &ApiClient::stunServers);
    QVERIFY(again && *again);
    QCOMPARE(server.connections(), std::size_t{4});
}

void ApiClientTest::aRegistrationIsNotSentTwice()
{
    EpollSet epoll;
    ScriptedApiServer server(epoll, m_certificate);
    server.script = {"", "", ""};
    ApiClient client(epoll, options(server));
    protocol::RegisterRequest request;
    request.nodeId = *NodeId::parse(randomUuid());
    const auto answer =
        settled(client, &ApiClient::registerNode, request, SecretText(), SecretText());
    QVERIFY(answer && !*answer);
    QCOMPARE(answer->failure().httpStatus, 0);
    QCOMPARE(server.requests.size(), std::size_t{1});
}

void ApiClientTest::aServerThatIsNotThereIsAnError()
{
    EpollSet epoll;
    ApiClientOptions nobody;
    {
        ScriptedApiServer server(epoll, m_certificate);
        nobody = options(server);
    }
    nobody.deadline = Milliseconds(500);
    ApiClient client(epoll, nobody);
    const auto answer = settled(client, &ApiClient::serverInfo);
    QVERIFY(answer && !*answer);
    QCOMPARE(answer->failure().httpStatus, 0);

    nobody.addresses.clear();
    ApiClient nowhere(epoll, nobody);
    const auto none = settled(nowhere, &ApiClient::serverInfo);
    QVERIFY(none && !*none);
}

void ApiClientTest::anotherCertificateIsUntrusted()
{
    EpollSet epoll;
    ScriptedApiServer server(epoll, m_certificate);
    ApiClientOptions wrong = options(server);
    wrong.trust = *ServerTrust::parsePin(std::string(64, 'a'));
    ApiClient client(epoll, wrong);
    const auto answer = settled(client, &ApiClient::serverInfo);
    QVERIFY(answer && !*answer);
    QVERIFY(answer->failure().error.code == ErrorCode::Untrusted);
    QVERIFY(server.requests.empty());
}

void ApiClientTest::aStrangerAtOneAddressIsPassedBy()
{
    EpollSet epoll;
    ScriptedApiServer server(epoll, m_certificate);
    const TestCertificate theirs("portal");
    const IpAddress strange = *IpAddress::parse("127.0.0.2");
    ScriptedApiServer portal(epoll, theirs, {strange, server.port()});
    server.script = {StunAnswer, StunAnswer};
    std::vector<IpAddress> proven;
    ApiClientOptions both = options(server);
    const IpAddress right = both.addresses.front();
    both.addresses = {strange, right};
    both.proven = [&](const std::string &host, const IpAddress &address) {
        QCOMPARE(host, both.host);
        proven.push_back(address);
    };
    ApiClient client(epoll, both);
    const auto answer = settled(client, &ApiClient::stunServers);
    QVERIFY(answer && *answer);
    QCOMPARE(proven, std::vector<IpAddress>{right});
    // Control: who is alone there is a stranger, and nothing is told to him.
    both.addresses = {strange};
    ApiClient alone(epoll, both);
    const auto refused = settled(alone, &ApiClient::stunServers);
    QVERIFY(refused && !*refused);
    QVERIFY(refused->failure().error.code == ErrorCode::Untrusted);
    QVERIFY(portal.requests.empty());
    QCOMPARE(proven.size(), std::size_t{1});
}

void ApiClientTest::hostileAnswersAreRefused_data()
{
    QTest::addColumn<std::string>("answer");
    QTest::newRow("not JSON") << httpAnswer("200 OK", "{");
    QTest::newRow("other shape") << httpAnswer("200 OK", R"({"servers":{}})");
    QTest::newRow("terminal escapes")
        << httpAnswer("200 OK", R"({"servers":[{"host":"\u001b[2J","port":1}]})");
    QTest::newRow("duplicate key") << httpAnswer("200 OK", R"({"servers":[],"servers":[]})");
    QTest::newRow("too long") << std::string("HTTP/1.1 200 OK\r\nContent-Length: 2097152\r\n\r\n");
    QTest::newRow("deep") << httpAnswer("200 OK", std::string(100000, '['));
    QTest::newRow("endless head") << "HTTP/1.1 200 OK\r\n" + std::string(100000, 'x');
    QTest::newRow("not HTTP") << std::string("SSH-2.0-OpenSSH_9.2\r\n\r\n");
    QTest::newRow("two lengths") << std::string(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ");
    QTest::newRow("error of the wrong shape") << httpAnswer("400 Bad Request", R"({"error":[1]})");
}

void ApiClientTest::hostileAnswersAreRefused()
{
    QFETCH(std::string, answer);
    EpollSet epoll;
    ScriptedApiServer server(epoll, m_certificate);
    server.script = {answer, StunAnswer};
    ApiClient client(epoll, options(server));
    const auto refused = settled(client, &ApiClient::stunServers);
    QVERIFY(refused && !*refused);
    QCOMPARE(server.requests.size(), std::size_t{1}); // it did answer: no second question
    const auto next = settled(client, &ApiClient::stunServers);
    QVERIFY(next && *next);
}

void ApiClientTest::aTokenCannotSmuggleAHeader()
{
    EpollSet epoll;
    ScriptedApiServer server(epoll, m_certificate);
    server.script = {StunAnswer};
    ApiClient client(epoll, options(server));
    const auto smuggled = settled(client, &ApiClient::iceServers, SecretText("a\r\nHost: evil"));
    QVERIFY(smuggled && !*smuggled);
    QVERIFY(server.requests.empty());
    const auto next = settled(client, &ApiClient::stunServers);
    QVERIFY(next && *next);
}

void ApiClientTest::destructionEndsQuestions()
{
    EpollSet epoll;
    ScriptedApiServer server(epoll, m_certificate); // silent
    auto client = std::make_unique<ApiClient>(epoll, options(server));
    const auto kept = std::make_shared<bool>(false);
    bool told = false;
    client->serverInfo({this, [&told, kept](const auto &) { told = true; }});
    QTRY_COMPARE(server.requests.size(), std::size_t{1});
    QVERIFY(kept.use_count() > 1);
    client.reset();
    QCOMPARE(kept.use_count(), 1L); // what the answer would have needed is free again
    QCoreApplication::processEvents();
    QVERIFY(!told);
}

QTEST_GUILESS_MAIN(ApiClientTest)
#include "api_client_test.moc"
