// SPDX-License-Identifier: GPL-3.0-or-later
// Both ends of a session by their SessionPaths, with the relay itself in between.
#include "shared/crypto/keys.h"
#include "shared/paths/relay_member.h"
#include "tests/relay/relay_door.h"

#include <QSignalSpy>
#include <QTest>
#include <QUuid>

using namespace higgs;
using namespace std::chrono_literals;
using higgs::test::RelayDoor;

namespace {

class Collector : public DatagramSink
{
public:
    void take(std::span<const ByteSpan> datagrams) override
    {
        for (const ByteSpan datagram : datagrams)
            taken.emplace_back(datagram.begin(), datagram.end());
    }
    std::vector<Bytes> taken;
};

struct End
{
    explicit End(SessionPathsOptions options) : paths(std::move(options))
    {
        paths.setReceiver(&received);
    }
    ~End() { paths.setReceiver(nullptr); }

    Collector received;
    SessionPaths paths;
    QSignalSpy opened{&paths, &SessionPaths::opened};
    QSignalSpy lost{&paths, &SessionPaths::lost};

    PathEnd loss() const { return lost.last()[0].value<PathClose>().end; }
    void send(const Bytes &datagram)
    {
        const ByteSpan span(datagram);
        paths.take({&span, 1});
    }
    /// Until it is there: a leg that has just died takes it in vain.
    [[nodiscard]] bool reaches(End &other, const Bytes &datagram)
    {
        return QTest::qWaitFor([&] {
            send(datagram);
            return !other.received.taken.empty() && other.received.taken.back() == datagram;
        });
    }
};

} // namespace

class RelayMemberTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<EpollSet> m_epoll;
    std::unique_ptr<relay::RelayHub> m_hub;
    std::unique_ptr<RelayDoor> m_door;
    SessionId m_session;
    ServerTrust m_trust;

    SessionPathsOptions options(const char *role);
    void openBoth(End &client, End &node);

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void init();
    void cleanup();
    void carriesBothWays();
    void theOthersLossIsQuietness();
    void theOthersLossMayBeTheEnd();
    void oneEndsItForBoth();
    void strangersAreTold();
    void theWrongServerIsToldApart();
};

void RelayMemberTest::init()
{
    m_session = *SessionId::parse(QUuid::createUuid().toString(QUuid::WithoutBraces).toStdString());
    m_epoll = std::make_unique<EpollSet>();
    m_hub = std::make_unique<relay::RelayHub>(1);
    m_door = std::make_unique<RelayDoor>(*m_epoll, *m_hub);
    m_door->allow(m_session, monotonicNow() + 1h);
    m_trust = ServerTrust::pinned(m_door->fingerprint());
}

void RelayMemberTest::cleanup()
{
    m_door.reset();
    m_hub.reset();
    m_epoll.reset();
}

SessionPathsOptions RelayMemberTest::options(const char *role)
{
    const bool isNode = std::string_view(role) == "node";
    RelayMemberOptions member{.trust = m_trust,
                              .token = [role] { return SecretText(role); },
                              .sessionId = m_session,
                              .direction = isNode ? protocol::Direction::NodeToClient
                                                  : protocol::Direction::ClientToNode,
                              .mark = std::nullopt};
    SessionPathsOptions options;
    options.relay.host = "localhost";
    options.relay.port = m_door->serverPort();
    options.relay.addresses = [] {
        return std::vector{IpAddress::loopback(IpAddress::Family::V4)};
    };
    options.relay.check = [](const std::vector<IpAddress> &addresses,
                             std::uint16_t port) -> Result<std::vector<CheckedEndpoint>> {
        return std::vector{CheckedEndpoint::namedByPerson({addresses.front(), port})};
    };
    options.relay.make = relayMembers(*m_epoll, std::move(member));
    return options;
}

void RelayMemberTest::openBoth(End &client, End &node)
{
    client.paths.start();
    node.paths.start();
    QTRY_VERIFY(client.paths.carries() && node.paths.carries());
    client.send(Bytes(1200, 1));
    QTRY_COMPARE(node.received.taken.size(), std::size_t(1));
}

void RelayMemberTest::carriesBothWays()
{
    End client(options("client"));
    End node(options("node"));
    openBoth(client, node);
    node.send(Bytes(1400, 2));
    QTRY_VERIFY(client.received.taken == std::vector<Bytes>{Bytes(1400, 2)});
    QCOMPARE(client.opened.count(), 1);
    QCOMPARE(toString(client.paths.type()), std::string_view("relay"));
    QCOMPARE(toString(client.paths.reason()), std::string_view("relay_only"));
}

void RelayMemberTest::theOthersLossIsQuietness()
{
    SessionPathsOptions patient = options("client");
    patient.rules.quietGrace = 1h;
    std::vector<PathPhase> phases;
    patient.relay.make = [this, &phases, make = std::move(patient.relay.make)](
                             const std::string &host, std::vector<CheckedEndpoint> endpoints) {
        std::unique_ptr<Path> path = make(host, std::move(endpoints));
        connect(path.get(), &Path::changed, this,
                [&phases](const PathChange &change) { phases.push_back(change.phase); });
        return path;
    };
    End client(std::move(patient));
    {
        End node(options("node"));
        openBoth(client, node);
    }
    QTRY_VERIFY((phases == std::vector{PathPhase::Open, PathPhase::Quiet}));
    QVERIFY(client.paths.carries());
    End node(options("node"));
    node.paths.start();
    QTRY_VERIFY((phases == std::vector{PathPhase::Open, PathPhase::Quiet, PathPhase::Open}));
    QVERIFY(client.reaches(node, Bytes(1300, 3)));
    QCOMPARE(client.opened.count(), 1);
    // The same session by another connection.
    client.paths.resume();
    QTRY_COMPARE(client.opened.count(), 2);
    QVERIFY(client.reaches(node, Bytes(1301, 4)));
    QCOMPARE(client.lost.count(), 0);
}

void RelayMemberTest::theOthersLossMayBeTheEnd()
{
    SessionPathsOptions hasty = options("client");
    hasty.rules.quietGrace = 1ms;
    End client(std::move(hasty));
    {
        End node(options("node"));
        openBoth(client, node);
    }
    QTRY_COMPARE(client.lost.count(), 1);
    QVERIFY(client.loss() == PathEnd::PeerGone);
}

void RelayMemberTest::oneEndsItForBoth()
{
    SessionPathsOptions back = options("node");
    back.retry = PathRetry{.base = 1ms, .cap = 1ms, .forgetAfter = 1h};
    End node(std::move(back));
    End client(options("client"));
    openBoth(client, node);
    client.paths.close();
    QTRY_COMPARE(node.lost.count(), 1);
    QVERIFY(node.loss() == PathEnd::SessionOver);
    QTRY_COMPARE(client.lost.count(), 1);
    QVERIFY(client.loss() == PathEnd::SessionOver);
}

void RelayMemberTest::strangersAreTold()
{
    m_session = *SessionId::parse(QUuid::createUuid().toString(QUuid::WithoutBraces).toStdString());
    End client(options("client"));
    client.paths.start();
    QTRY_COMPARE(client.lost.count(), 1);
    QVERIFY(client.loss() == PathEnd::SessionOver);
    QCOMPARE(client.lost.last()[0].value<PathClose>().detail, std::string("Invalid session"));
}

void RelayMemberTest::theWrongServerIsToldApart()
{
    m_trust = ServerTrust::pinned({});
    End client(options("client"));
    client.paths.start();
    QTRY_COMPARE(client.lost.count(), 1);
    QVERIFY(client.loss() == PathEnd::Untrusted);
    QCOMPARE(client.opened.count(), 0);
}

QTEST_GUILESS_MAIN(RelayMemberTest)
#include "relay_member_test.moc"
