// SPDX-License-Identifier: GPL-3.0-or-later
// ApiClient with several servers that act as one: a question that one cannot answer goes to
// another.
#include "shared/crypto/keys.h"
#include "shared/net/api_client.h"
#include "shared/net/known_fleet.h"
#include "tests/support/scripted_api_server.h"

#include <QTemporaryDir>
#include <QTest>

using namespace higgs;
using namespace higgs::test;

namespace {

const std::string StunAnswer =
    httpAnswer("200 OK", R"({"servers":[{"host":"stun.example.com","port":3478}]})");
const std::string Away = httpAnswer("503 Service Unavailable",
                                    R"({"error":{"code":"unavailable","message":"drained"}})");
const IpAddress Loopback = IpAddress::loopback(IpAddress::Family::V4);

} // namespace

class ApiFleetTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void init()
    {
        m_one = std::make_unique<ScriptedApiServer>(m_epoll, m_certificate);
        m_two = std::make_unique<ScriptedApiServer>(m_epoll, m_certificate);
        m_fleet = std::make_unique<KnownFleet>(KnownFleetOptions{
            .file = m_directory.filePath(QStringLiteral("fleet")).toStdString(),
            .addresses = [](const std::string &) { return std::vector{Loopback}; },
            .lookUp = [](const std::string &) {},
            .check = [](const std::vector<IpAddress> &addresses,
                        std::uint16_t port) -> Result<std::vector<CheckedEndpoint>> {
                return std::vector{CheckedEndpoint::namedByPerson({addresses.front(), port})};
            }});
        m_fleet->setEntry({"localhost", m_one->port()});
        protocol::ServerInfo info;
        info.relayServers = {{"relay-1", "localhost", m_one->port(), "websocket"},
                             {"relay-2", "localhost", m_two->port(), "websocket"}};
        m_fleet->told(info);
    }
    void theAnswerOfAnother_data()
    {
        QTest::addColumn<QByteArray>("first");
        QTest::addRow("closes") << QByteArray();
        QTest::addRow("cannot at the moment") << QByteArray::fromStdString(Away);
    }
    void theAnswerOfAnother()
    {
        QFETCH(const QByteArray, first);
        m_one->script = {first.toStdString()};
        m_two->script = {StunAnswer, StunAnswer};
        ApiClient client(m_epoll, options());
        for (int i = 0; i < 2; ++i) {
            std::optional<ApiResult<protocol::StunServersResponse>> answer;
            client.stunServers({this, [&answer](const auto &came) { answer = came; }});
            QTRY_VERIFY(answer.has_value());
            QVERIFY(*answer);
        }
        QCOMPARE(m_one->requests.size(), std::size_t{1});
        QCOMPARE(m_two->requests.size(), std::size_t{2}); // it stays there
        QVERIFY(m_two->requests.front().find(
                    "\r\nHost: localhost:" + std::to_string(m_two->port()) + "\r\n") !=
                std::string::npos);
    }
    void whenNoneCanTheirWordIsToldOnce()
    {
        m_one->script = {Away};
        m_two->script = {Away};
        ApiClient client(m_epoll, options());
        std::optional<ApiResult<protocol::StunServersResponse>> answer;
        client.stunServers({this, [&answer](const auto &came) { answer = came; }});
        QTRY_VERIFY(answer.has_value());
        QVERIFY(!*answer);
        QCOMPARE(answer->failure().httpStatus, 503);
        QCOMPARE(m_one->requests.size() + m_two->requests.size(), std::size_t{2});
    }

private:
    [[nodiscard]] ApiClientOptions options() const
    {
        ApiClientOptions options;
        options.host = "localhost";
        options.port = m_one->port();
        options.addresses = {Loopback};
        options.trust = *ServerTrust::parsePin(m_one->pin());
        options.fleet = m_fleet.get();
        return options;
    }

    EpollSet m_epoll;
    TestCertificate m_certificate;
    QTemporaryDir m_directory;
    std::unique_ptr<ScriptedApiServer> m_one;
    std::unique_ptr<ScriptedApiServer> m_two;
    std::unique_ptr<KnownFleet> m_fleet;
};

QTEST_GUILESS_MAIN(ApiFleetTest)
#include "api_fleet_test.moc"
