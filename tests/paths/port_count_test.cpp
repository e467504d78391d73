// SPDX-License-Identifier: GPL-3.0-or-later
// Ports that a router gives in order: seen, counted when it matters, and told before anybody is met
// who is to find them.
#include "shared/crypto/keys.h"
#include "shared/paths/direct_member.h"
#include "shared/paths/nat_watch.h"
#include "tests/support/udp_peer.h"

#include <QSignalSpy>
#include <QTest>
#include <set>
#include <sys/epoll.h>

using namespace higgs;
using protocol::Candidate;
using protocol::CandidateType;
using test::UdpPeer;

namespace {

Endpoint at(const char *text)
{
    return *Endpoint::parse(text);
}

std::vector<Endpoint> mappings(std::initializer_list<std::uint16_t> ports)
{
    std::vector<Endpoint> list;
    for (const std::uint16_t port : ports)
        list.push_back({at("81.0.113.21:1").address, port});
    return list;
}

/// A STUN server behind a router that gives its ports in order: by sockets of ours.
class Sequential
{
public:
    explicit Sequential(EpollSet &epoll) : m_source(*this), m_epoll(epoll)
    {
        m_listens = epoll.add(m_peer.fd(), EPOLLIN, m_source).has_value();
    }
    ~Sequential() { m_epoll.remove(m_peer.fd(), m_source); }

    [[nodiscard]] bool listens() const { return m_listens; }
    [[nodiscard]] CheckedEndpoint place() const
    {
        return CheckedEndpoint::namedByPerson(m_peer.endpoint());
    }
    std::uint16_t lastPort = 61'000;
    std::uint16_t step = 1;
    bool silent = false;
    unsigned asked = 0;

private:
    struct Source : EpollSource
    {
        explicit Source(Sequential &owner) : m_owner(owner) {}
        void ready(std::uint32_t /*events*/) override { m_owner.answer(); }
        Sequential &m_owner;
    };

    void answer()
    {
        std::array<std::uint8_t, 512> buffer{};
        sockaddr_storage storage{};
        socklen_t length = sizeof storage;
        auto *const peer = reinterpret_cast<sockaddr *>(&storage);
        const ssize_t size =
            ::recvfrom(m_peer.fd(), buffer.data(), buffer.size(), MSG_DONTWAIT, peer, &length);
        if (size < 0)
            return;
        const auto request = protocol::decodeStun({buffer.data(), static_cast<std::size_t>(size)});
        const Endpoint from = Endpoint::fromSockaddr(peer);
        if (!request || silent)
            return;
        ++asked;
        if (!m_ports.contains(from))
            m_ports[from] = lastPort = static_cast<std::uint16_t>(lastPort + step);
        protocol::StunMessage reply;
        reply.messageClass = protocol::StunClass::Success;
        reply.transaction = request->transaction;
        reply.xorMappedAddress = Endpoint{at("81.0.113.21:1").address, m_ports[from]};
        m_peer.send(from.port, encodeStun(reply, {.fingerprint = request->hasFingerprint}));
    }

    UdpPeer m_peer;
    Source m_source;
    EpollSet &m_epoll;
    bool m_listens = false;
    std::map<Endpoint, std::uint16_t> m_ports;
};

} // namespace

class PortCountTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void whatIsInOrder();
    void scatteredOnesMeet();
    void threeSocketsCount();
    void silenceIsNoOrder();
    void theWatchCounts();
    void manyAreAnsweredTogether();
    void nothingIsToldBeforeTheCount();
    void whoWasProbedBeforeIsToldThePortsBefore();
};

void PortCountTest::whatIsInOrder()
{
    QVERIFY((portOrder(mappings({5, 6, 7})) == PortOrder{1, 7}));
    QVERIFY((portOrder(mappings({9, 5, 7, 10})) == PortOrder{2, 10})); // others came in between
    QVERIFY((portOrder(mappings({100, 356, 612})) == PortOrder{256, 612}));
    QVERIFY((portOrder(mappings({65'535, 0, 1})) == PortOrder{1, 1})); // from the beginning
    QVERIFY(!portOrder(mappings({5, 6})));
    QVERIFY(!portOrder(mappings({5, 5, 5})));
    QVERIFY(!portOrder(mappings({5, 6, 60})));
    QVERIFY(!portOrder(mappings({7, 6, 5})));
    std::vector<Endpoint> twoRouters = mappings({5, 6, 7});
    twoRouters[0].address = at("81.0.113.22:1").address;
    QVERIFY(!portOrder(twoRouters));
    QVERIFY(!portOrder(std::vector<Endpoint>(3)));
}

/// Two such routers: each end sends to what the other told, in that order, and every new end gets
/// the next port.
void PortCountTest::scatteredOnesMeet()
{
    OwnPlace client;
    OwnPlace node;
    client.setMapped(at("81.0.113.31:1025"));
    client.setPorts(IpAddress::Family::V4, 40'000, 1);
    node.setMapped(at("81.0.113.21:1025"));
    node.setPorts(IpAddress::Family::V4, 50'000, 1);
    const auto ofClient = client.candidates(false, true);
    const auto ofNode = node.candidates(false);
    QVERIFY(ofNode.front().address == at("81.0.113.21:50001")); // what is not there yet first
    QVERIFY(ofNode.back().address == at("81.0.113.21:1025"));
    for (unsigned clientPassed = 0; clientPassed <= 2; ++clientPassed) {
        for (unsigned nodePassed = 0; nodePassed <= 2; ++nodePassed) {
            std::set<std::pair<unsigned, unsigned>> sent; // from the client's port to the node's
            unsigned port = 40'000 + clientPassed;
            for (const Candidate &each : ofNode)
                sent.insert({++port, each.address.port});
            unsigned met = 0;
            port = 50'000 + nodePassed;
            for (const Candidate &each : ofClient)
                met += sent.contains({each.address.port, ++port}) ? 1U : 0U;
            QVERIFY(met > 0);
        }
    }
}

void PortCountTest::threeSocketsCount()
{
    EpollSet epoll;
    Sequential server(epoll);
    QVERIFY(server.listens());
    server.step = 2;
    PortCount count(epoll, server.place(), std::nullopt);
    QSignalSpy finished(&count, &PortCount::finished);
    count.start();
    QTRY_COMPARE(finished.count(), 1);
    const auto order = finished[0][0].value<std::optional<PortOrder>>();
    QVERIFY(order == (PortOrder{2, 61'006}));
}

void PortCountTest::silenceIsNoOrder()
{
    EpollSet epoll;
    Sequential server(epoll);
    server.silent = true;
    PortCount count(epoll, server.place(), std::nullopt);
    QSignalSpy finished(&count, &PortCount::finished);
    count.start();
    QTRY_COMPARE(finished.count(), 1);
    QVERIFY(!finished[0][0].value<std::optional<PortOrder>>());
}

/// Two servers show that it maps by the other end, and not that it does so in order.
void PortCountTest::theWatchCounts()
{
    EpollSet epoll;
    Sequential first(epoll);
    Sequential second(epoll);
    second.lastPort = 62'000;
    auto mux = UdpMux::open(epoll, {});
    QVERIFY(mux.has_value());
    NatWatch watch([](const Endpoint &other) { return std::optional(other); },
                   [&epoll](const CheckedEndpoint &server) {
                       return std::make_unique<PortCount>(epoll, server, std::nullopt);
                   });
    watch.setMux(mux->get());
    QSignalSpy counted(&watch, &NatWatch::counted);
    watch.look({first.place(), second.place()});
    QTRY_COMPARE_WITH_TIMEOUT(counted.count(), 1, 10'000);
    QVERIFY(watch.type() == protocol::NatType::Symmetric);
    OwnPlace place;
    place.setMapped(*watch.mapped());
    watch.describe(place);
    QVERIFY(place.isSequential());
    first.lastPort = static_cast<std::uint16_t>(first.lastPort + 100); // the home goes on
    watch.count();
    QTRY_COMPARE_WITH_TIMEOUT(counted.count(), 2, 10'000);
    watch.describe(place);
    QCOMPARE(place.families[IpAddress::Family::V4].lastPort, first.lastPort);
    first.silent = true; // and what is not known is not told
    watch.count();
    QTRY_COMPARE_WITH_TIMEOUT(counted.count(), 3, 10'000);
    watch.describe(place);
    QVERIFY(place.isSequential());
    QCOMPARE(place.candidates(false).size(), std::size_t(1));
    watch.setMux(nullptr);
}

void PortCountTest::manyAreAnsweredTogether()
{
    NatWatch watch([](const Endpoint &other) { return std::optional(other); });
    QSignalSpy counted(&watch, &NatWatch::counted);
    for (int i = 0; i < 100; ++i)
        watch.count();
    QCOMPARE(counted.count(), 0); // from the event loop
    QTRY_COMPARE(counted.count(), 1);
    watch.count(); // also where there is nothing to count
    QTRY_COMPARE(counted.count(), 2);
}

namespace {

/// An end behind such a router.
struct End
{
    EpollSet epoll;
    Result<std::unique_ptr<UdpMux>> mux = UdpMux::open(epoll, {});
    PrivateKey own = PrivateKey::generate();
    PrivateKey other = PrivateKey::generate();
    int counts = 0;
    std::unique_ptr<DirectMember> path = std::make_unique<DirectMember>(
        **mux,
        DirectMemberOptions{
            .codec = *CheckCodec::make(own, other.publicKey(),
                                       *SessionId::parse("4b3e5c3d-e6ee-401a-a2d8-bc3e732c9cad"),
                                       protocol::Direction::NodeToClient),
            .check = [](const std::vector<IpAddress> &addresses,
                        std::uint16_t port) -> Result<std::vector<CheckedEndpoint>> {
                return std::vector{CheckedEndpoint::namedByPerson({addresses.front(), port})};
            },
            .countPorts = [this] { ++counts; }});
    QSignalSpy tells{path.get(), &Path::wantsToTell};
    UdpPeer peer;
    OwnPlace place;
    bool probed = false;

    std::vector<Candidate> told()
    {
        return tells.last()[0].value<protocol::RelayControl>().candidates;
    }
    bool isProbed()
    {
        probed = probed || peer.take();
        return probed;
    }
    void hear()
    {
        const std::array candidates{Candidate{CandidateType::Srflx, peer.endpoint()}};
        path->hearCandidates(candidates);
    }
};

} // namespace

void PortCountTest::nothingIsToldBeforeTheCount()
{
    End end;
    end.path->open();
    end.place.setMapped(at("81.0.113.21:1025"));
    end.place.setPorts(IpAddress::Family::V4, 61'000, 1); // of some time ago
    end.path->setOwnPlace(end.place);
    QCOMPARE(end.told().size(), std::size_t(1));
    end.hear();
    QCOMPARE(end.counts, 1);
    end.hear(); // once more, by another messenger
    end.path->tellAnew();
    QCOMPARE(end.counts, 1);
    QCOMPARE(end.tells.count(), 1);
    QTest::qWait(50);
    QVERIFY(!end.peer.take());
    end.place.setPorts(IpAddress::Family::V4, 61'500, 1);
    end.path->portsCounted(end.place);
    QVERIFY(end.told().front().address == at("81.0.113.21:61501"));
    QCOMPARE(end.told().size(), std::size_t(1 + OwnPlace::PredictedPorts));
    QTRY_VERIFY(end.isProbed());
    // Another guest's count is none of this one's, whose way has its port by now.
    end.place.setPorts(IpAddress::Family::V4, 62'000, 1);
    end.path->portsCounted(end.place);
    end.path->setOwnPlace(end.place);
    QCOMPARE(end.tells.count(), 2);
}

/// The kind of router was found out beside the connection.
void PortCountTest::whoWasProbedBeforeIsToldThePortsBefore()
{
    End end;
    end.path->open();
    end.place.setMapped(at("81.0.113.21:1025"));
    end.path->setOwnPlace(end.place);
    end.hear();
    QTRY_VERIFY(end.isProbed());
    QCOMPARE(end.counts, 0);
    end.place.setPorts(IpAddress::Family::V4, 61'000, 1);
    end.path->setOwnPlace(end.place);
    QCOMPARE(end.counts, 1);
    end.place.setPorts(IpAddress::Family::V4, 61'500, 1); // by sockets with 61498 to 61500
    end.path->portsCounted(end.place);
    QVERIFY(end.told().front().address == at("81.0.113.21:61490"));
    QVERIFY((end.told().end() - 2)->address == at("81.0.113.21:61497"));
}

QTEST_GUILESS_MAIN(PortCountTest)
#include "port_count_test.moc"
