// SPDX-License-Identifier: GPL-3.0-or-later
// By which TURN servers a session may have an allocation: what is offered of the server's words,
// and when it is asked for others.
#include "app-vpn/engine/turn_access.h"
#include "shared/crypto/keys.h"

#include <QTemporaryDir>
#include <QTest>

using namespace higgs;
using namespace higgs::vpn;
using namespace std::chrono_literals;

namespace {

const IpAddress Good = *IpAddress::parse("81.0.113.12");
const IpAddress Also = *IpAddress::parse("2a02:10::12");

TurnUrl url(TurnTransport transport, const std::string &host, std::uint16_t port = 3478)
{
    TurnUrl made;
    made.transport = transport;
    made.host = host;
    made.port = port;
    return made;
}

TurnGrant grant(std::vector<TurnUrl> urls, Milliseconds life = 1h)
{
    TurnGrant made;
    made.urls = std::move(urls);
    made.username = "1:one";
    made.password = SecretText(std::string("secret"));
    made.renewAt = monotonicNow() + life;
    made.expires = made.renewAt + life;
    return made;
}

} // namespace

class TurnAccessTest : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_directory;
    EpollSet m_epoll;
    std::unique_ptr<ServerAddresses> m_addresses;
    std::unique_ptr<TurnAccess> m_access;
    std::vector<NamedUse> m_checked;
    int m_renewed = 0;
    bool m_allowed = true;
    /// The server's next answers: nothing, or so many servers.
    std::optional<std::size_t> m_servers;

    void make(std::optional<TurnGrant> given, bool streams = false);
    Result<TurnOffer> ask(bool fresh = false);

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void init();
    void withoutAGrantThereIsNone();
    void byItselfUdpAlone();
    void streamsWhereTheyAreWanted();
    void whatMayNotBeSentToIsNotOffered();
    void othersAreAskedForInTime();
    void aPinIsOfOneHost();
};

void TurnAccessTest::init()
{
    m_addresses = std::make_unique<ServerAddresses>(m_epoll, m_directory.path().toStdString(), 0,
                                                    [] { return TunnelResolvers(); });
    m_checked.clear();
    m_renewed = 0;
    m_allowed = true;
    m_servers.reset();
}

void TurnAccessTest::make(std::optional<TurnGrant> given, bool streams)
{
    TurnAccessOptions options;
    options.grant = std::move(given);
    options.renew = [this](ApiReply<protocol::IceServersResponse> reply) {
        ++m_renewed;
        if (!m_servers) {
            reply.later(ApiFailure{{ErrorCode::Unavailable, "not now"}, 503, {}, {}});
            return;
        }
        protocol::IceServersResponse answer;
        for (std::size_t i = 0; i < *m_servers; ++i) {
            protocol::IceServer server;
            server.urls = {"turn:" + Good.toString() + ":3478?transport=udp"};
            server.username = "2:two";
            server.credential = SecretText(std::string("other"));
            answer.iceServers.push_back(std::move(server));
        }
        reply.later(std::move(answer));
    };
    options.check = [this](NamedUse use, const std::string &,
                           const std::vector<IpAddress> &addresses,
                           std::uint16_t port) -> Result<std::vector<CheckedEndpoint>> {
        m_checked.push_back(use);
        if (!m_allowed)
            return unexpected(ErrorCode::Forbidden, "as the test says");
        std::vector<CheckedEndpoint> checked;
        for (const IpAddress &each : addresses)
            checked.push_back(CheckedEndpoint::namedByPerson({each, port}));
        return checked;
    };
    options.serverHost = "boson.example";
    options.streams = streams;
    m_access = std::make_unique<TurnAccess>(*m_addresses, std::move(options));
}

Result<TurnOffer> TurnAccessTest::ask(bool fresh)
{
    std::optional<Result<TurnOffer>> answer;
    m_access->ask(fresh, {this, [&answer](Result<TurnOffer> came) { answer = std::move(came); }});
    (void)QTest::qWaitFor([&] { return answer.has_value(); }, 10'000);
    if (!answer)
        return unexpected(ErrorCode::Timeout, "no answer");
    return std::move(*answer);
}

void TurnAccessTest::withoutAGrantThereIsNone()
{
    make(std::nullopt);
    QCOMPARE(ask().error().code, ErrorCode::NotFound);
    QCOMPARE(ask(true).error().code, ErrorCode::NotFound);
    QCOMPARE(m_renewed, 0);
}

void TurnAccessTest::byItselfUdpAlone()
{
    make(grant({url(TurnTransport::Udp, Good.toString()), url(TurnTransport::Udp, Also.toString()),
                url(TurnTransport::Tcp, Good.toString()),
                url(TurnTransport::Tls, Good.toString(), 5349)}));
    const auto offer = ask();
    QVERIFY(offer.has_value());
    QCOMPARE(offer->doors.size(), std::size_t{2});
    QCOMPARE(offer->doors[0].server.endpoint(), (Endpoint{Good, 3478}));
    QCOMPARE(offer->doors[1].server.endpoint(), (Endpoint{Also, 3478}));
    QCOMPARE(offer->username, std::string("1:one"));
    QCOMPARE(offer->password.reveal(), std::string("secret"));
    QCOMPARE(m_checked, (std::vector{NamedUse::Stun, NamedUse::Stun}));
    make(grant({url(TurnTransport::Tcp, Good.toString())}));
    QCOMPARE(ask().error().code, ErrorCode::Unavailable);
}

void TurnAccessTest::streamsWhereTheyAreWanted()
{
    const std::string host = Good.toString();
    make(grant({url(TurnTransport::Udp, host), url(TurnTransport::Tcp, host),
                url(TurnTransport::Tls, host, 5349),
                url(TurnTransport::Tls, Also.toString(), 5349)}),
         true);
    const auto offer = ask();
    QVERIFY(offer.has_value());
    QCOMPARE(offer->doors.size(), std::size_t{3}); // a trust is of one host
    QVERIFY(offer->doors[2].transport == TurnTransport::Tls);
    QCOMPARE(offer->doors[2].serverName, host);
    QCOMPARE(m_checked, (std::vector{NamedUse::Stun, NamedUse::Relay, NamedUse::Relay}));
}

void TurnAccessTest::whatMayNotBeSentToIsNotOffered()
{
    m_allowed = false;
    make(grant({url(TurnTransport::Udp, Good.toString())}));
    QCOMPARE(ask().error().code, ErrorCode::Forbidden);
}

void TurnAccessTest::othersAreAskedForInTime()
{
    make(grant({url(TurnTransport::Udp, Good.toString())}));
    QVERIFY(ask().has_value());
    QCOMPARE(m_renewed, 0);
    // Those of before do no more, and the server is away.
    QCOMPARE(ask(true).error().code, ErrorCode::Unavailable);
    QCOMPARE(m_renewed, 1);
    m_servers = 1;
    const auto other = ask(true);
    QVERIFY(other.has_value());
    QCOMPARE(other->username, std::string("2:two"));
    QVERIFY(ask().has_value()); // they are kept
    QCOMPARE(m_renewed, 2);
    // By themselves, when their time has come.
    make(grant({url(TurnTransport::Udp, Good.toString())}, 0ms));
    QCOMPARE(ask()->username, std::string("2:two"));
    QCOMPARE(m_renewed, 3);
    // The server has none any more.
    m_servers = 0;
    QCOMPARE(ask(true).error().code, ErrorCode::NotFound);
}

void TurnAccessTest::aPinIsOfOneHost()
{
    const ServerTrust pinned = *ServerTrust::parsePin(std::string(64, 'a'));
    QVERIFY(turnTrust(pinned, "boson.example", "boson.example").pin.has_value());
    QVERIFY(!turnTrust(pinned, "boson.example", "turn.example").pin.has_value());
    QVERIFY(!turnTrust(ServerTrust::system(), "boson.example", "turn.example").pin.has_value());
}

QTEST_GUILESS_MAIN(TurnAccessTest)
#include "turn_access_test.moc"
