// SPDX-License-Identifier: GPL-3.0-or-later
// The server is shown a secret over each family, once for each address, by a connection of that
// family.
#include "shared/crypto/keys.h"
#include "shared/net/family_witness.h"
#include "tests/support/scripted_api_server.h"

#include <QSignalSpy>
#include <QTest>

using namespace higgs;
using namespace higgs::test;

class FamilyWitnessTest : public QObject
{
    Q_OBJECT

private:
    EpollSet m_epoll;
    TestCertificate m_certificate;
    std::unique_ptr<ScriptedApiServer> m_server;
    std::unique_ptr<FamilyWitness> m_witness;
    int m_asked = 0;
    const IpAddress m_four = *IpAddress::parse("81.0.113.31");
    const IpAddress m_six = *IpAddress::parse("2a01:31:0:1::2");

    /// It listens to IPv4 alone.
    [[nodiscard]] ApiClientOptions server() const
    {
        ApiClientOptions options;
        options.host = "localhost";
        options.port = m_server->port();
        options.addresses = {IpAddress::loopback(IpAddress::Family::V4),
                             IpAddress::loopback(IpAddress::Family::V6)};
        options.trust = *ServerTrust::parsePin(m_server->pin());
        options.deadline = Milliseconds(1'500);
        return options;
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void init();
    void cleanup();
    void oneFamilyIsNotShown();
    void eachAddressIsShownOnce();
    void aFailureIsTriedAgain();
    void forgettingEndsWhatIsUnderWay();
};

void FamilyWitnessTest::init()
{
    m_server = std::make_unique<ScriptedApiServer>(m_epoll, m_certificate);
    m_server->answer = [](const std::string &) {
        return httpAnswer("200 OK", R"({"servers":[]})");
    };
    m_asked = 0;
    m_witness = std::make_unique<FamilyWitness>(
        m_epoll, [this](ApiClient &client, FamilyWitness::Done done) {
            ++m_asked;
            client.stunServers(
                {&client, [done = std::move(done)](const auto &answer) { done(bool(answer)); }});
        });
}

void FamilyWitnessTest::cleanup()
{
    m_witness.reset();
    m_server.reset();
}

void FamilyWitnessTest::oneFamilyIsNotShown()
{
    m_witness->show({m_four}, server());
    m_witness->show({}, server());
    ApiClientOptions narrow = server();
    narrow.addresses = {IpAddress::loopback(IpAddress::Family::V4)};
    m_witness->show({m_four, m_six}, narrow);
    QCOMPARE(m_asked, 0);
}

void FamilyWitnessTest::eachAddressIsShownOnce()
{
    QSignalSpy shown(m_witness.get(), &FamilyWitness::shown);
    m_witness->show({m_four, m_six}, server());
    QCOMPARE(m_asked, 2);
    m_witness->show({m_four, m_six}, server()); // on their way
    QCOMPARE(m_asked, 2);
    QTRY_COMPARE(shown.size(), 1); // the script listens to IPv4 alone
    QCOMPARE(m_server->requests.size(), std::size_t{1});
    QTest::qWait(1'700); // the other has failed by now
    const int before = m_asked;
    m_witness->show({m_four, m_six}, server());
    QCOMPARE(m_asked, before + 1); // of IPv6
    // Another address of ours is another thing to show; so is the same one after forget().
    const IpAddress moved = *IpAddress::parse("81.0.113.28");
    m_witness->show({moved, m_six}, server());
    QTRY_COMPARE(shown.size(), 2);
    m_witness->forget();
    m_witness->show({moved, m_six}, server());
    QTRY_COMPARE(shown.size(), 3);
}

void FamilyWitnessTest::aFailureIsTriedAgain()
{
    QSignalSpy shown(m_witness.get(), &FamilyWitness::shown);
    m_server->answer = [](const std::string &) { return httpAnswer("401 Unauthorized", "{}"); };
    m_witness->show({m_four, m_six}, server());
    QTRY_VERIFY(!m_server->requests.empty());
    QTest::qWait(100);
    QCOMPARE(shown.size(), 0);
    m_server->answer = [](const std::string &) {
        return httpAnswer("200 OK", R"({"servers":[]})");
    };
    m_witness->show({m_four, m_six}, server());
    QTRY_COMPARE(shown.size(), 1);
}

void FamilyWitnessTest::forgettingEndsWhatIsUnderWay()
{
    QSignalSpy shown(m_witness.get(), &FamilyWitness::shown);
    m_witness->show({m_four, m_six}, server());
    m_witness->forget();
    QTest::qWait(200);
    QCOMPARE(shown.size(), 0);
    m_witness->show({m_four, m_six}, server());
    m_witness.reset(); // with questions under way
    QTest::qWait(50);
}

QTEST_GUILESS_MAIN(FamilyWitnessTest)
#include "family_witness_test.moc"
