// SPDX-License-Identifier: GPL-3.0-or-later
// The node's standing with the server, against a scripted one on loopback: what is sent, and how it
// comes back from refusals without ever running a storm.
#include "app-node/engine/registration.h"
#include "shared/crypto/keys.h"
#include "tests/support/scripted_api_server.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace higgs;
using namespace higgs::node;
using namespace higgs::test;

namespace {

const std::string NodeText = "550e8400-e29b-41d4-a716-446655440000";
const std::string Refused = R"({"error":{"code":"unauthorized","message":"no"}})";

/// A BosonServer's answers; a test changes what it is about.
struct Answers
{
    std::string registerStatus = "200 OK";
    std::string registerBody; ///< empty: as a server would
    std::string nodeStatus = "registered";
    Milliseconds tokenLife{86'400'000};
    Milliseconds ahead{0}; ///< the server's clock before ours
    std::string heartbeatStatus = "200 OK";
    std::string heartbeatFields;
    int nextHeartbeat = 1;
    int refusedHeartbeats = 0; ///< so many get heartbeatStatus
    PrivateKey key = PrivateKey::generate();

    std::string to(const std::string &request)
    {
        if (request.starts_with("GET /api/v1/server"))
            return httpAnswer("200 OK", serverInfo());
        if (request.starts_with("POST /api/v1/nodes/register"))
            return httpAnswer(registerStatus, registerBody.empty() ? registered() : registerBody);
        if (request.find("/heartbeat ") != std::string::npos) {
            if (refusedHeartbeats > 0) {
                --refusedHeartbeats;
                return httpAnswer(heartbeatStatus, Refused, heartbeatFields);
            }
            return httpAnswer("200 OK", R"({"status":"ok","actions":[],"nextHeartbeat":)" +
                                            std::to_string(nextHeartbeat) + "}");
        }
        return httpAnswer("200 OK", R"({"status":"ok"})");
    }

    [[nodiscard]] static std::string millis(WallTime time) { return std::to_string(time.ms); }

    [[nodiscard]] std::string serverInfo() const
    {
        return R"({"name":"b","version":"1","access":"open","nodeAccess":"open","relayServers":[],)"
               R"("stunServers":[],"tunnel":{"network4":"10.86.0.0/16","network6":"fd86::/64"},)"
               R"("time":)" +
               millis(wallNow() + ahead) + R"(,"publicKey":")" + key.publicKey().toBase64() + "\"}";
    }

    [[nodiscard]] std::string registered()
    {
        return R"({"nodeId":")" + NodeText + R"(","status":")" + nodeStatus +
               R"(","relayServers":[],"stunServers":[],"sessionToken":"token-)" +
               std::to_string(++tokens) + R"(","expiresAt":)" +
               millis(wallNow() + ahead + tokenLife) + "}";
    }

    int tokens = 0;
};

} // namespace

class RegistrationTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void init();
    void cleanup();
    void tellsWhatTheServerMayKnow();
    void heartbeatsFollowTheServersWish();
    void aRefusedTokenIsReplaced_data();
    void aRefusedTokenIsReplaced();
    void aTokenThatIsAlwaysRefusedMakesNoStorm();
    void theServersPatienceIsKept();
    void aPassingTroublePasses();
    void anApprovalIsFound();
    void aShortTokenIsRenewedInTime();
    void aHundredReasonsToRegisterAreOne();
    void aTokenOutlivesAFailedRenewal();
    void aServerWithAnotherKeyIsAskedAgain();
    void proofsGoByTheServersClock();

private:
    [[nodiscard]] std::vector<std::string> asked(const std::string &what) const
    {
        std::vector<std::string> found;
        for (const std::string &request : m_server->requests) {
            if (request.substr(0, request.find("\r\n")).find(what) != std::string::npos)
                found.push_back(request);
        }
        return found;
    }
    [[nodiscard]] std::size_t times(const std::string &what) const { return asked(what).size(); }
    [[nodiscard]] static protocol::Json body(const std::string &request)
    {
        return *protocol::parseJson(request.substr(request.find("\r\n\r\n") + 4));
    }

    TestCertificate m_certificate;
    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<EpollSet> m_epoll;
    std::unique_ptr<ScriptedApiServer> m_server;
    std::unique_ptr<Answers> m_answers;
    std::unique_ptr<ApiClient> m_api;
    NodeConfig m_config;
    std::unique_ptr<Identity> m_identity;
    std::unique_ptr<Registration> m_registration;
};

void RegistrationTest::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_epoll = std::make_unique<EpollSet>();
    m_server = std::make_unique<ScriptedApiServer>(*m_epoll, m_certificate);
    m_answers = std::make_unique<Answers>();
    m_server->answer = [this](const std::string &request) { return m_answers->to(request); };
    ApiClientOptions options;
    options.host = "localhost";
    options.port = m_server->port();
    options.addresses = {IpAddress::loopback(IpAddress::Family::V4)};
    options.trust = *ServerTrust::parsePin(m_server->pin());
    m_api = std::make_unique<ApiClient>(*m_epoll, std::move(options));
    m_config.dataDir = m_dir->path().toStdString();
    m_config.country = "DE";
    m_config.region = "DE-BE";
    m_identity =
        std::make_unique<Identity>(Identity{*NodeId::parse(NodeText), PrivateKey::generate()});
    m_registration = std::make_unique<Registration>(*m_api, m_config, *m_identity, [] {
        NodeFigures figures;
        figures.network.localPort = 4711;
        figures.capabilities.maxConnections = 7;
        figures.guests = 3;
        return figures;
    });
}

void RegistrationTest::cleanup()
{
    m_registration.reset();
    m_api.reset();
    m_server.reset();
    m_epoll.reset();
}

void RegistrationTest::tellsWhatTheServerMayKnow()
{
    m_registration->start();
    QTRY_VERIFY(times("/heartbeat") >= 2);
    const std::string request = asked("/register").front();
    QVERIFY(request.find("Authorization") == std::string::npos);
    const auto message = protocol::decodeRegisterRequest(body(request));
    QVERIFY(message.has_value());
    QCOMPARE(message->nodeId.text(), NodeText);
    QCOMPARE(message->location.country.text(), std::string("DE"));
    QVERIFY(message->metrics && message->metrics->cpuUsage && message->metrics->memoryUsage);
    QVERIFY(*message->metrics->memoryUsage > 0);
    const auto beat = protocol::decodeHeartbeatRequest(body(asked("/heartbeat").front()));
    QVERIFY(beat.has_value() && beat->metrics);
    QVERIFY(beat->metrics->latency && beat->metrics->jitter && beat->metrics->packetLoss);
    QVERIFY(beat->metrics->cpuUsage && beat->metrics->memoryUsage && beat->metrics->bandwidth);
    QVERIFY(beat->metrics->activeConnections == 3U);
    QVERIFY(asked("/heartbeat").front().find("Bearer token-1\r\n") != std::string::npos);
}

void RegistrationTest::heartbeatsFollowTheServersWish()
{
    m_answers->nextHeartbeat = 0; // none at once, for ever
    QElapsedTimer clock;
    clock.start();
    m_registration->start();
    QTRY_VERIFY(times("/heartbeat") >= 3);
    QVERIFY(clock.elapsed() >= 2000);
}

void RegistrationTest::aRefusedTokenIsReplaced_data()
{
    QTest::addColumn<QString>("status");
    QTest::newRow("expired") << QStringLiteral("401 Unauthorized");
    QTest::newRow("forgotten") << QStringLiteral("404 Not Found");
}

void RegistrationTest::aRefusedTokenIsReplaced()
{
    QFETCH(const QString, status);
    m_registration->start();
    QTRY_VERIFY(times("/heartbeat") >= 1);
    m_answers->heartbeatStatus = status.toStdString();
    m_answers->refusedHeartbeats = 1;
    QTRY_VERIFY(times("/register") == 2);
    QTRY_VERIFY(asked("/heartbeat").back().find("Bearer token-2\r\n") != std::string::npos);
    const std::string again = asked("/register").back();
    QVERIFY(again.find("Authorization") == std::string::npos);
    QVERIFY(protocol::decodeRegisterRequest(body(again))->proof.has_value());
}

void RegistrationTest::aTokenThatIsAlwaysRefusedMakesNoStorm()
{
    m_answers->heartbeatStatus = "401 Unauthorized";
    m_answers->refusedHeartbeats = 1'000'000;
    QElapsedTimer clock;
    clock.start();
    m_registration->start();
    QTRY_VERIFY_WITH_TIMEOUT(times("/register") >= 4, 30'000);
    // Waits are random up to 1, 2 and 4 s: all of them tiny is as good as impossible.
    QVERIFY2(clock.elapsed() >= 50, "registered without end");
}

void RegistrationTest::theServersPatienceIsKept()
{
    m_registration->start();
    QTRY_VERIFY(times("/heartbeat") >= 1);
    m_answers->heartbeatStatus = "429 Too Many Requests";
    m_answers->heartbeatFields = "Retry-After: 3\r\n";
    m_answers->refusedHeartbeats = 1;
    const std::size_t before = times("/heartbeat");
    QTRY_VERIFY(times("/heartbeat") == before + 1);
    QElapsedTimer clock;
    clock.start();
    QTRY_VERIFY_WITH_TIMEOUT(times("/heartbeat") == before + 2, 20'000);
    QVERIFY(clock.elapsed() >= 2'900);
    QCOMPARE(times("/register"), std::size_t{1});
}

void RegistrationTest::aPassingTroublePasses()
{
    QSignalSpy registered(m_registration.get(), &Registration::registered);
    QSignalSpy failed(m_registration.get(), &Registration::failed);
    m_registration->start();
    QTRY_VERIFY(times("/heartbeat") >= 1);
    QCOMPARE(registered.count(), 1);
    m_answers->heartbeatStatus = "503 Service Unavailable";
    m_answers->refusedHeartbeats = 1;
    QTRY_COMPARE(failed.count(), 1);
    QTRY_COMPARE(registered.count(), 2);
    QCOMPARE(times("/register"), std::size_t{1});
}

void RegistrationTest::anApprovalIsFound()
{
    QSignalSpy registered(m_registration.get(), &Registration::registered);
    m_answers->nodeStatus = "pending";
    m_registration->start();
    QTRY_COMPARE(registered.count(), 1);
    QCOMPARE(registered.at(0).at(0).toBool(), true);
    m_answers->nodeStatus = "registered";
    QTRY_VERIFY(!registered.isEmpty() && !registered.back().at(0).toBool());
}

void RegistrationTest::aShortTokenIsRenewedInTime()
{
    m_answers->tokenLife = Milliseconds(3'000);
    m_answers->nextHeartbeat = 60;
    QElapsedTimer clock;
    clock.start();
    m_registration->start();
    QTRY_VERIFY(times("/register") >= 2);
    QVERIFY(clock.elapsed() < 3'500);
    QVERIFY(asked("/register").back().find("Bearer token-1\r\n") != std::string::npos);
}

void RegistrationTest::aHundredReasonsToRegisterAreOne()
{
    m_registration->start();
    QTRY_VERIFY(times("/heartbeat") >= 1);
    const std::size_t before = times("/register");
    for (int i = 0; i < 100; ++i)
        m_registration->refresh();
    const std::size_t beats = times("/heartbeat");
    QTRY_VERIFY(times("/heartbeat") >= beats + 2);
    // The first at once, and one with what changed while it was under way.
    QCOMPARE(times("/register"), before + 2);
}

void RegistrationTest::aTokenOutlivesAFailedRenewal()
{
    m_registration->start();
    QTRY_VERIFY(times("/heartbeat") >= 1);
    m_answers->registerStatus = "503 Service Unavailable";
    m_answers->registerBody = Refused;
    m_registration->refresh();
    QTRY_VERIFY(times("/register") >= 2);
    const std::size_t before = times("/heartbeat");
    QTRY_VERIFY(times("/heartbeat") > before);
    QVERIFY(asked("/heartbeat").back().find("Bearer token-1\r\n") != std::string::npos);
}

void RegistrationTest::aServerWithAnotherKeyIsAskedAgain()
{
    m_registration->start();
    QTRY_VERIFY(times("/heartbeat") >= 1);
    // It was set up anew: it knows neither the token nor a proof for its old key.
    m_answers->key = PrivateKey::generate();
    m_answers->registerStatus = "401 Unauthorized";
    m_answers->registerBody = R"({"error":{"code":"invalid_proof","message":"no"}})";
    m_answers->heartbeatStatus = "401 Unauthorized";
    m_answers->refusedHeartbeats = 1;
    QTRY_VERIFY(times("/api/v1/server") >= 2); // the next wait may be of no length
    m_answers->registerStatus = "200 OK";
    m_answers->registerBody.clear();
    QTRY_VERIFY_WITH_TIMEOUT(
        asked("/heartbeat").back().find("Bearer token-2\r\n") != std::string::npos, 30'000);
}

void RegistrationTest::proofsGoByTheServersClock()
{
    m_answers->ahead = std::chrono::hours(7);
    m_registration->start();
    QTRY_VERIFY(times("/register") >= 1);
    QTRY_VERIFY(times("/heartbeat") >= 1);
    m_registration->refresh(); // its proof must be later than the one before
    QTRY_VERIFY(times("/register") >= 2);
    std::optional<WallTime> last;
    for (const std::string &request : asked("/register")) {
        const auto message = protocol::decodeRegisterRequest(body(request));
        QVERIFY(message && message->proof);
        const auto off = message->proof->timestamp - (wallNow() + m_answers->ahead);
        QVERIFY(std::chrono::abs(off) < Seconds(60));
        QVERIFY(!last || message->proof->timestamp > *last);
        last = message->proof->timestamp;
    }
}

QTEST_GUILESS_MAIN(RegistrationTest)
#include "registration_test.moc"
