// SPDX-License-Identifier: GPL-3.0-or-later
// A guest's path to the relay while the server moves: its addresses are those of the moment.
#include "app-node/engine/guest.h"
#include "shared/crypto/keys.h"
#include "shared/reactor/epoll_set.h"
#include "tests/support/loopback_listener.h"

#include <QSignalSpy>
#include <QTest>
#include <unistd.h>

using namespace higgs;
using namespace higgs::node;
using test::LoopbackListener;

namespace {

class Nowhere : public DatagramSink
{
public:
    void take(std::span<const ByteSpan>) override {}
};

/// A device without an interface.
class NoDevice : public TunnelDevice
{
public:
    Result<DatagramSink *> addPeer(const PeerConfig &, DatagramSink &) override { return &m_sink; }
    Result<void> setPeerOutput(const PublicKey &, DatagramSink *) override { return {}; }
    Result<void> removePeer(const PublicKey &) override { return {}; }
    Result<void> forgetKeys(const PublicKey &) override { return {}; }
    Result<PeerStats> peerStats(const PublicKey &) override { return PeerStats{}; }
    Result<std::vector<PeerStats>> allPeerStats() override { return std::vector<PeerStats>{}; }
    [[nodiscard]] std::uint64_t dropped() const override { return 0; }
    [[nodiscard]] TunnelKind kind() const override { return TunnelKind::Kernel; }
    [[nodiscard]] const std::string &interfaceName() const override { return m_name; }

private:
    Nowhere m_sink;
    std::string m_name = "none0";
};

} // namespace

class GuestTest : public QObject
{
    Q_OBJECT

private:
    const IpAddress m_before = *IpAddress::parse("127.0.0.2");
    const IpAddress m_after = *IpAddress::parse("127.0.0.3");
    std::vector<IpAddress> m_addresses;
    std::unique_ptr<EpollSet> m_epoll;
    std::unique_ptr<LoopbackListener> m_old;
    std::unique_ptr<LoopbackListener> m_new;
    std::vector<int> m_held;
    int m_atOld = 0;
    int m_atNew = 0;
    bool m_holds = false; ///< the old place takes connections, and says nothing
    NoDevice m_device;
    std::unique_ptr<GuestTraffic> m_traffic;
    std::unique_ptr<Guest> m_guest;
    std::vector<IpAddress> m_reached; ///< where the server was met
    NamedEndpoints m_named{[] { return std::vector<IpPrefix>(); }};

    void makeGuest(const std::string &relayHost);

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void init();
    void cleanup();
    void everyTryAsksWhereTheServerIs();
    void whatWaitsAtTheOldPlaceGoesAtOnce();
    void aRelayInsideTheHomeIsNotDialled_data();
    void aRelayInsideTheHomeIsNotDialled();
};

void GuestTest::init()
{
    m_addresses = {m_before};
    m_reached = {m_before, m_after};
    m_holds = false;
    m_atOld = m_atNew = 0;
    m_epoll = std::make_unique<EpollSet>();
    m_old = std::make_unique<LoopbackListener>(
        *m_epoll,
        [this](int fd, Endpoint) {
            ++m_atOld;
            if (m_holds)
                m_held.push_back(fd);
            else
                ::close(fd);
        },
        Endpoint{m_before, 0});
    m_new = std::make_unique<LoopbackListener>(
        *m_epoll,
        [this](int fd, Endpoint) {
            ++m_atNew;
            ::close(fd);
        },
        Endpoint{m_after, m_old->port()});
    m_traffic = std::make_unique<GuestTraffic>();
    makeGuest("server.example");
}

void GuestTest::makeGuest(const std::string &relayHost)
{
    protocol::SessionConnect session;
    session.sessionId = *SessionId::parse("550e8400-e29b-41d4-a716-446655440000");
    session.relayEndpoint = {relayHost, m_old->port(), session.sessionId};
    session.clientPublicKey =
        *protocol::KeyText::parse(PrivateKey::generate().publicKey().toBase64());
    session.clientAddress = *IpPrefix::parse("10.86.0.2/32");
    GuestOptions options{.serverHost = "server.example",
                         .serverAddresses = [this] { return m_addresses; },
                         .check =
                             [this](const std::vector<IpAddress> &addresses, std::uint16_t port) {
                                 return m_named.check(NamedUse::Relay, addresses, port, m_reached);
                             },
                         .trust = ServerTrust::system(),
                         .token = [] { return SecretText("token"); }};
    m_guest = std::make_unique<Guest>(*m_epoll, m_device, *m_traffic, 1, std::move(options),
                                      std::move(session));
}

void GuestTest::cleanup()
{
    m_guest.reset();
    m_traffic.reset();
    for (const int fd : m_held)
        ::close(fd);
    m_held.clear();
    m_old.reset();
    m_new.reset();
    m_epoll.reset();
}

void GuestTest::everyTryAsksWhereTheServerIs()
{
    QSignalSpy broke(m_guest.get(), &Guest::pathBroke);
    QVERIFY(m_guest->start());
    QTRY_VERIFY(m_atOld > 1 && broke.count() > 1); // or nothing would be shown
    QCOMPARE(m_atNew, 0);
    m_addresses = {m_after};
    QTRY_VERIFY(m_atNew > 0);
    const int before = m_atOld;
    QTRY_VERIFY_WITH_TIMEOUT(m_atNew > 2, 20'000); // its waits grow
    QCOMPARE(m_atOld, before);
}

void GuestTest::whatWaitsAtTheOldPlaceGoesAtOnce()
{
    m_holds = true;
    QVERIFY(m_guest->start());
    QTRY_COMPARE(m_atOld, 1);
    m_addresses = {m_after};
    m_guest->serverMoved();
    QTRY_VERIFY(m_atNew > 0);
    QCOMPARE(m_atOld, 1);
}

void GuestTest::aRelayInsideTheHomeIsNotDialled_data()
{
    QTest::addColumn<QString>("host");
    QTest::newRow("by the server's own name") << QStringLiteral("server.example");
    QTest::newRow("by its address") << QStringLiteral("127.0.0.2");
    QTest::newRow("by another spelling of it") << QStringLiteral("::ffff:127.0.0.2");
}

void GuestTest::aRelayInsideTheHomeIsNotDialled()
{
    QFETCH(const QString, host);
    makeGuest(host.toStdString());
    QSignalSpy broke(m_guest.get(), &Guest::pathBroke);
    m_reached.clear();
    QVERIFY(m_guest->start());
    QTRY_VERIFY(broke.count() > 2);
    QCOMPARE(m_atOld, 0);
    // Each try is judged anew: the same address is dialled where the server itself is there.
    m_reached = {m_before};
    QTRY_VERIFY(m_atOld > 0);
}

QTEST_GUILESS_MAIN(GuestTest)
#include "guest_test.moc"
