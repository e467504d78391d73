// SPDX-License-Identifier: GPL-3.0-or-later
// Two ends of a session on one machine: a way by their sockets, and what strangers can do to it.
#include "shared/paths/direct_member.h"
#include "tests/support/udp_peer.h"

#include <QSignalSpy>
#include <QTest>
#include <array>

using namespace higgs;
using namespace std::chrono_literals;
using protocol::Candidate;
using protocol::CandidateType;
using protocol::Direction;
using test::UdpPeer;

namespace {

class Collector : public DatagramSink
{
public:
    void take(std::span<const ByteSpan> datagrams) override
    {
        for (const ByteSpan each : datagrams)
            received.emplace_back(each.begin(), each.end());
    }
    std::vector<Bytes> received;
};

/// One end: its socket, its path, and what it hears.
struct End
{
    std::unique_ptr<UdpMux> mux;
    std::unique_ptr<DirectMember> path;
    Collector got;
    std::vector<PathPhase> phases;

    [[nodiscard]] Endpoint address() const
    {
        return {IpAddress::loopback(IpAddress::Family::V4), mux->port()};
    }
    void place()
    {
        OwnPlace place;
        place.setMapped(address());
        place.asked = true;
        path->setOwnPlace(place);
    }
    void send(std::uint8_t value) const
    {
        const std::array<std::uint8_t, 3> datagram{value, value, value};
        const ByteSpan span(datagram);
        path->take({&span, 1});
    }
};

} // namespace

class DirectMemberTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<EpollSet> m_epoll;
    PrivateKey m_clientKey = PrivateKey::generate();
    PrivateKey m_nodeKey = PrivateKey::generate();
    SessionId m_session = *SessionId::parse("4b3e5c3d-e6ee-401a-a2d8-bc3e732c9cad");
    End m_client;
    End m_node;
    bool m_allowed = true;
    bool m_inside = true;
    unsigned m_knocks = 0;              ///< that the node still has
    std::vector<Endpoint> m_neighbours; ///< that were asked for

    void open(End &end, const PrivateKey &own, const PublicKey &peer, Direction direction);
    void exchange();

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void init();
    void cleanup();
    void theyFindEachOther();
    void whoIsNotToldOfIsFoundByAsking();
    void strangersAreNotHeard();
    void whatMayNotBeSentToIsNot();
    void whoAsksFromThereGetsNothing();
    void aHomeIsNotSearched();
    void norByTheClient();
    void tellsWhereItIs();
    void neighboursMeetInside();
    void aNodeBehindItsOwnFirewallKnocks();
    void knocksAreFew();
    void saysWhyThereIsNone();
    void saysWhatBothRoutersAre_data();
    void saysWhatBothRoutersAre();
    void leavesNothingBehind();
    void anothersPlaceIsNotTaken();
    void whereNothingWouldBeHeardIsNoWay();
    void aLostWayIsLookedFor();
    void deadAddressesLeaveServersTheirQuestions();
};

void DirectMemberTest::open(End &end, const PrivateKey &own, const PublicKey &peer,
                            Direction direction)
{
    end.mux = std::move(*UdpMux::open(*m_epoll, {}));
    end.path = std::make_unique<DirectMember>(
        *end.mux,
        DirectMemberOptions{
            .codec = *CheckCodec::make(own, peer, m_session, direction),
            .decides = direction == Direction::ClientToNode,
            .check = [this](const std::vector<IpAddress> &addresses,
                            std::uint16_t port) -> Result<std::vector<CheckedEndpoint>> {
                if (!m_allowed)
                    return unexpected(ErrorCode::Forbidden, "as the test says");
                return std::vector{CheckedEndpoint::namedByPerson({addresses.front(), port})};
            },
            .checkNeighbour = [this](const Endpoint &endpoint) -> Result<CheckedEndpoint> {
                const bool here = endpoint.address == IpAddress::loopback(IpAddress::Family::V4);
                if (here)
                    m_neighbours.push_back(endpoint);
                if (!m_inside || !here)
                    return unexpected(ErrorCode::Forbidden, "as the test says");
                return CheckedEndpoint::namedByPerson(endpoint);
            },
            .mayKnock =
                [this, direction] {
                    return direction == Direction::ClientToNode || (m_knocks > 0 && m_knocks-- > 0);
                }});
    connect(end.path.get(), &Path::changed, this,
            [&end](const PathChange &change) { end.phases.push_back(change.phase); });
    end.path->setReceiver(&end.got);
    end.path->open();
}

void DirectMemberTest::exchange()
{
    for (auto [from, to] : {std::pair(&m_client, &m_node), std::pair(&m_node, &m_client)})
        connect(from->path.get(), &Path::wantsToTell, to->path.get(), &DirectMember::hear);
    m_client.place();
    m_node.place();
}

void DirectMemberTest::init()
{
    m_epoll = std::make_unique<EpollSet>();
    m_allowed = m_inside = true;
    m_knocks = 0;
    m_neighbours.clear();
    open(m_client, m_clientKey, m_nodeKey.publicKey(), Direction::ClientToNode);
    open(m_node, m_nodeKey, m_clientKey.publicKey(), Direction::NodeToClient);
}

void DirectMemberTest::cleanup()
{
    for (End *end : {&m_client, &m_node}) {
        end->path.reset();
        end->mux.reset();
        end->got.received.clear();
        end->phases.clear();
    }
    m_epoll.reset();
}

void DirectMemberTest::theyFindEachOther()
{
    m_client.send(1); // nowhere yet
    exchange();
    QTRY_VERIFY(m_client.phases == std::vector{PathPhase::Open});
    QTRY_VERIFY(m_node.phases == std::vector{PathPhase::Open});
    QVERIFY(m_client.path->remote() == m_node.address());
    QVERIFY(m_client.path->reason() == protocol::PathReason::Direct);
    m_client.send(2);
    m_node.send(3);
    QTRY_VERIFY(m_node.got.received == (std::vector<Bytes>{{2, 2, 2}}));
    QTRY_VERIFY(m_client.got.received == (std::vector<Bytes>{{3, 3, 3}}));
}

void DirectMemberTest::whoIsNotToldOfIsFoundByAsking()
{
    const std::array candidates{Candidate{CandidateType::Srflx, m_node.address()}};
    m_client.path->hearCandidates(candidates);
    QTRY_VERIFY(m_client.phases == std::vector{PathPhase::Open});
    QTRY_VERIFY(m_node.phases == std::vector{PathPhase::Open});
    QVERIFY(m_node.path->remote() == m_client.address());
}

void DirectMemberTest::strangersAreNotHeard()
{
    exchange();
    QTRY_VERIFY(m_node.phases == std::vector{PathPhase::Open});
    const UdpPeer stranger;
    const PrivateKey key = PrivateKey::generate();
    const auto forged =
        *CheckCodec::make(key, m_nodeKey.publicKey(), m_session, Direction::ClientToNode);
    const Bytes request = forged.request({1, 2, 3}, ~0ULL, true);
    stranger.send(m_node.mux->port(), request);
    const Bytes datagram{9, 9, 9};
    stranger.send(m_node.mux->port(), datagram);
    m_client.send(2);
    QTRY_COMPARE(m_node.got.received.size(), std::size_t(1));
    QVERIFY(m_node.path->remote() == m_client.address());
    QVERIFY(!stranger.take());
    QVERIFY(m_node.mux->counters().strangers >= 1);
}

void DirectMemberTest::whatMayNotBeSentToIsNot()
{
    m_allowed = false;
    const UdpPeer victim;
    const std::array candidates{Candidate{CandidateType::Srflx, victim.endpoint()}};
    m_node.path->hearCandidates(candidates);
    m_allowed = true;
    const UdpPeer control;
    const std::array good{Candidate{CandidateType::Srflx, control.endpoint()}};
    m_node.path->hearCandidates(good);
    std::optional<Bytes> came;
    QTRY_VERIFY(came || (came = control.take()));
    QVERIFY(!victim.take());
}

/// The address of a request is its sender's word.
void DirectMemberTest::whoAsksFromThereGetsNothing()
{
    const std::array candidates{Candidate{CandidateType::Srflx, m_node.address()}};
    m_client.path->hearCandidates(candidates); // asks at once
    m_allowed = m_inside = false;
    QTRY_VERIFY(m_neighbours.size() >= 3); // refused each time
    QVERIFY(m_client.phases.empty() && m_node.phases.empty());
    m_allowed = true;
    QTRY_VERIFY(m_client.phases == std::vector{PathPhase::Open});
}

/// On a guest's word that it is behind the node's own router.
void DirectMemberTest::aHomeIsNotSearched()
{
    OwnPlace place;
    place.setMapped({*IpAddress::parse("127.0.0.9"), 2'000}, m_node.address());
    m_node.path->setOwnPlace(place);
    m_allowed = false;
    const UdpPeer printer;
    const std::array claims{
        Candidate{CandidateType::Srflx, {*IpAddress::parse("127.0.0.9"), 2'001}},
        Candidate{CandidateType::Host, printer.endpoint()}};
    m_node.path->hearCandidates(claims);
    m_client.path->setOwnPlace(place);
    m_client.path->hearCandidates(claims); // who decides looks for its exit
    std::optional<Bytes> came;
    QTRY_VERIFY(came || (came = printer.take()));
    const std::string text(came->begin(), came->end());
    QVERIFY(text.find("client-to-node") != std::string::npos);
    while ((came = printer.take()))
        QVERIFY(std::string(came->begin(), came->end()).find("node-to-client") ==
                std::string::npos);
}

/// On an exit's word that it is behind the client's router, now here and now there.
void DirectMemberTest::norByTheClient()
{
    OwnPlace place;
    place.setMapped({*IpAddress::parse("127.0.0.9"), 2'000}, m_client.address());
    m_client.path->setOwnPlace(place);
    m_allowed = false;
    std::array<UdpPeer, DirectMember::MaxSearched + 4> machines;
    std::array<bool, DirectMember::MaxSearched + 4> reached{};
    const auto listen = [&] {
        for (std::size_t i = 0; i < machines.size(); ++i)
            while (machines[i].take())
                reached[i] = true;
        return std::count(reached.begin(), reached.end(), true);
    };
    const auto tell = [&](const UdpPeer &machine) {
        m_client.path->hearCandidates(
            std::array{Candidate{CandidateType::Srflx, {*IpAddress::parse("127.0.0.9"), 2'001}},
                       Candidate{CandidateType::Host, machine.endpoint()}});
    };
    for (std::size_t i = 0; i < DirectMember::MaxSearched; ++i) {
        tell(machines[i]);
        QTRY_COMPARE(listen(), static_cast<std::ptrdiff_t>(i + 1));
    }
    for (std::size_t i = DirectMember::MaxSearched; i < machines.size(); ++i)
        tell(machines[i]);
    reached = {};
    tell(machines[0]); // was written to before: the exit may be back there
    QTRY_VERIFY(listen() > 0 && reached[0]);
    for (std::size_t i = DirectMember::MaxSearched; i < machines.size(); ++i)
        QVERIFY(!reached[i]);
}

void DirectMemberTest::tellsWhereItIs()
{
    QSignalSpy tells(m_client.path.get(), &Path::wantsToTell);
    m_client.path->tellAnew();
    QCOMPARE(tells.count(), 0); // nothing is known yet
    m_client.place();
    QCOMPARE(tells.count(), 1);
    m_client.place();
    QCOMPARE(tells.count(), 1); // no news
    m_client.path->tellAnew();
    QCOMPARE(tells.count(), 2);
    const auto control = tells.last()[0].value<protocol::RelayControl>();
    QVERIFY(control.action == protocol::ControlAction::Candidates);
    QVERIFY(control.candidates.front().address == m_client.address());
}

/// Their router is asked from inside for its own outside, and does not answer.
void DirectMemberTest::neighboursMeetInside()
{
    const auto outside = [](std::uint16_t port) {
        return Endpoint{*IpAddress::parse("127.0.0.9"), port};
    };
    for (auto [from, to] : {std::pair(&m_client, &m_node), std::pair(&m_node, &m_client)})
        connect(from->path.get(), &Path::wantsToTell, to->path.get(), &DirectMember::hear);
    m_allowed = false; // nothing inside is on the Internet
    OwnPlace place;
    place.setMapped(outside(1), m_client.address());
    m_client.path->setOwnPlace(place);
    QVERIFY(m_neighbours.empty()); // nobody is known to be one
    place.setMapped(outside(2), m_node.address());
    m_node.path->setOwnPlace(place);
    QTRY_VERIFY(m_client.phases == std::vector{PathPhase::Open});
    QVERIFY(m_client.path->remote() == m_node.address());
    QVERIFY(m_client.path->reason() == protocol::PathReason::SameLan);
    QVERIFY(!m_neighbours.empty());
}

/// Which drops what the client asks.
void DirectMemberTest::aNodeBehindItsOwnFirewallKnocks()
{
    m_knocks = 1;
    m_allowed = false; // nothing but what is inside
    const auto outside = [](std::uint16_t port) {
        return Endpoint{*IpAddress::parse("127.0.0.9"), port};
    };
    OwnPlace place;
    place.setMapped(outside(2'000), m_node.address());
    m_node.path->setOwnPlace(place);
    const std::array told{Candidate{CandidateType::Srflx, outside(2'001)},
                          Candidate{CandidateType::Host, m_client.address()}};
    m_node.path->hearCandidates(told); // the client hears nothing, and so asks nobody
    QTRY_VERIFY(m_client.phases == std::vector{PathPhase::Open});
    QTRY_VERIFY(m_node.phases == std::vector{PathPhase::Open});
    QVERIFY(m_node.path->remote() == m_client.address());
}

void DirectMemberTest::knocksAreFew()
{
    m_knocks = 2;
    m_allowed = false;
    OwnPlace place;
    place.setMapped({*IpAddress::parse("127.0.0.9"), 2'000}, m_node.address());
    m_node.path->setOwnPlace(place);
    const std::array<UdpPeer, 3> machines;
    const auto tell = [&](const UdpPeer &machine) {
        m_node.path->hearCandidates(
            std::array{Candidate{CandidateType::Srflx, {*IpAddress::parse("127.0.0.9"), 2'001}},
                       Candidate{CandidateType::Host, machine.endpoint()}});
    };
    for (const UdpPeer &each : machines)
        for (int again = 0; again < 3; ++again)
            tell(each);
    tell(machines[0]); // for which it would have to knock anew
    m_node.path->hurry();
    std::array<unsigned, 3> came{};
    const auto count = [&] {
        for (std::size_t i = 0; i < machines.size(); ++i)
            while (machines[i].take())
                ++came[i];
        return came;
    };
    QTRY_VERIFY(count()[1] == 1);
    QTest::qWait(3 * static_cast<int>(checks::QuickInterval.count()));
    QVERIFY((count() == std::array{1U, 1U, 0U}));
}

void DirectMemberTest::saysWhatBothRoutersAre_data()
{
    using protocol::NatType;
    using protocol::PathReason;
    QTest::addColumn<int>("own");
    QTest::addColumn<int>("peer");
    QTest::addColumn<QString>("reason");
    const auto row = [](NatType own, NatType peer, std::optional<PathReason> reason) {
        const std::string name = std::string(toString(own)).append(" to ").append(toString(peer));
        QTest::newRow(name.c_str()) << static_cast<int>(own) << static_cast<int>(peer)
                                    << QString::fromUtf8(reason ? toString(*reason).data() : "");
    };
    constexpr std::array Soft{NatType::FullCone, NatType::RestrictedCone, NatType::Open,
                              NatType::Unknown};
    constexpr std::array Strict{NatType::PortRestricted, NatType::Firewalled};
    row(NatType::Symmetric, NatType::Symmetric, PathReason::BothSymmetric);
    for (const NatType strict : Strict) {
        row(NatType::Symmetric, strict, PathReason::SymmetricBehindStrict);
        row(strict, NatType::Symmetric, PathReason::SymmetricBehindStrict);
        row(strict, strict, {});
        row(strict, NatType::Blocked, PathReason::PeerCannot);
        row(NatType::Blocked, strict, PathReason::UdpBlocked);
    }
    for (const NatType soft : Soft) {
        row(NatType::Symmetric, soft, {});
        row(soft, NatType::Symmetric, {});
        row(soft, soft, {});
        row(soft, NatType::Blocked, PathReason::PeerCannot);
        row(NatType::Blocked, soft, PathReason::UdpBlocked);
    }
    row(NatType::Symmetric, NatType::Blocked, PathReason::PeerCannot);
    row(NatType::Blocked, NatType::Symmetric, PathReason::UdpBlocked);
}

void DirectMemberTest::saysWhatBothRoutersAre()
{
    QFETCH(int, own);
    QFETCH(int, peer);
    QFETCH(QString, reason);
    OwnPlace place;
    place.setMapped({*IpAddress::parse("127.0.0.9"), 2'000});
    place.nat = static_cast<protocol::NatType>(own);
    m_client.path->setOwnPlace(place);
    m_client.path->setPeerNat(static_cast<protocol::NatType>(peer));
    m_allowed = m_inside = false;
    m_client.path->hearCandidates(std::array{Candidate{CandidateType::Srflx, m_node.address()}});
    const auto why = m_client.path->reason();
    QCOMPARE(QString::fromUtf8(why ? toString(*why).data() : ""), reason);
}

void DirectMemberTest::saysWhyThereIsNone()
{
    QVERIFY(m_client.path->reason() == protocol::PathReason::PeerCannot);
    OwnPlace nowhere;
    nowhere.asked = true;
    m_client.path->setOwnPlace(nowhere);
    QVERIFY(m_client.path->reason() == protocol::PathReason::UdpBlocked);
    OwnPlace modern; // which shares no family with the other end
    modern.setMapped({*IpAddress::parse("2a02:64::2"), 2'000});
    modern.asked = true;
    m_allowed = m_inside = false;
    m_client.path->setOwnPlace(modern);
    m_client.path->setPeerNat(protocol::NatType::PortRestricted);
    m_client.path->hearCandidates(std::array{Candidate{CandidateType::Srflx, m_node.address()}});
    QVERIFY(m_client.path->reason() == protocol::PathReason::PeerCannot);
    const Endpoint seen{*IpAddress::parse("127.0.0.9"), 2'000};
    modern.setMapped(seen, {*IpAddress::parse("2a02:64::2"), 2'000}); // by a translation
    m_client.path->setOwnPlace(modern);
    QVERIFY(m_client.path->reason() == protocol::PathReason::PeerCannot);
    modern.setMapped(seen, m_client.address());
    m_client.path->setOwnPlace(modern);
    QVERIFY(!m_client.path->reason());
}

void DirectMemberTest::leavesNothingBehind()
{
    exchange();
    QTRY_VERIFY(m_client.phases == std::vector{PathPhase::Open});
    m_node.path->detach();
    m_node.path->detach();
    m_node.mux.reset(); // before the path, which waits for the event loop
    m_node.path.reset();
    QVERIFY(m_client.path->remote());
}

/// A guest that writes another one's address as its own has the other one's datagrams for nothing.
void DirectMemberTest::anothersPlaceIsNotTaken()
{
    exchange();
    QTRY_VERIFY(m_client.phases == std::vector{PathPhase::Open});
    const PrivateKey key = PrivateKey::generate();
    const SessionId session = *SessionId::parse("4b3e5c3d-e6ee-401a-a2d8-bc3e732c9cae");
    DirectMember thief(
        *m_node.mux,
        DirectMemberOptions{
            .codec =
                *CheckCodec::make(m_nodeKey, key.publicKey(), session, Direction::NodeToClient),
            .check = [](const std::vector<IpAddress> &addresses,
                        std::uint16_t port) -> Result<std::vector<CheckedEndpoint>> {
                return std::vector{CheckedEndpoint::namedByPerson({addresses.front(), port})};
            }});
    Collector stolen;
    thief.setReceiver(&stolen);
    thief.open();
    const std::array candidates{Candidate{CandidateType::Srflx, m_client.address()}};
    thief.hearCandidates(candidates);
    const auto forged =
        *CheckCodec::make(key, m_nodeKey.publicKey(), session, Direction::ClientToNode);
    QVERIFY(m_client.mux->send(m_node.address(), forged.request({1, 2, 3}, 1, true)));
    m_client.send(2);
    QTRY_COMPARE(m_node.got.received.size() + stolen.received.size(), std::size_t(1));
    QCOMPARE(stolen.received.size(), std::size_t(0));
}

/// The socket has no place for it any more: who is answered would send into the void.
void DirectMemberTest::whereNothingWouldBeHeardIsNoWay()
{
    Collector others;
    for (std::uint16_t port = 1; port <= UdpMux::MaxPeers; ++port)
        QVERIFY(m_node.mux->receiveFrom({*IpAddress::parse("127.0.0.9"), port}, others));
    exchange();
    QTest::qWait(1'000);
    QVERIFY(m_client.phases.empty());
    m_node.mux->stopReceiving({*IpAddress::parse("127.0.0.9"), 1}, others);
    QTRY_VERIFY_WITH_TIMEOUT(m_client.phases == std::vector{PathPhase::Open}, 15'000);
}

/// Until that search has ended nobody knows that there is none.
void DirectMemberTest::aLostWayIsLookedFor()
{
    exchange();
    QTRY_VERIFY(m_client.phases == std::vector{PathPhase::Open});
    m_node.path->detach();
    m_client.send(1);
    QTRY_VERIFY_WITH_TIMEOUT(m_client.phases.size() == 2, 10'000);
    QVERIFY(m_client.phases.back() == PathPhase::Opening);
    const auto end = checks::SearchTime + 2s;
    QTRY_VERIFY_WITH_TIMEOUT(m_client.phases.size() == 3,
                             static_cast<int>(Milliseconds(end).count()));
    QVERIFY(m_client.phases.back() == PathPhase::Idle);
    m_client.path->hurry(); // later searches are nobody's news
    QTest::qWait(100);
    QCOMPARE(m_client.phases.size(), std::size_t(3));
}

void DirectMemberTest::deadAddressesLeaveServersTheirQuestions()
{
    std::vector<Candidate> dead;
    for (std::uint16_t port = 1024; port < 1024 + checks::MaxTold; ++port)
        dead.push_back({CandidateType::Srflx, {*IpAddress::parse("127.0.0.9"), port}});
    std::vector<std::unique_ptr<DirectMember>> guests;
    constexpr std::size_t Enough =
        UdpMux::MaxTransactions / (checks::MaxTold * checks::MaxPending) + 1; // 107
    for (std::size_t i = 0; i < Enough; ++i) {
        const auto session =
            SessionId::parse("4b3e5c3d-e6ee-401a-a2d8-bc3e732c" + std::to_string(1'000 + i));
        guests.push_back(std::make_unique<DirectMember>(
            *m_node.mux,
            DirectMemberOptions{
                .codec = *CheckCodec::make(m_nodeKey, m_clientKey.publicKey(), *session,
                                           Direction::NodeToClient),
                .check = [](const std::vector<IpAddress> &addresses,
                            std::uint16_t port) -> Result<std::vector<CheckedEndpoint>> {
                    return std::vector{CheckedEndpoint::namedByPerson({addresses.front(), port})};
                }}));
        guests.back()->open();
        guests.back()->hearCandidates(dead);
    }
    struct Asking final : StunParty
    {
        void stunReceived(const protocol::StunMessage & /*message*/, ByteSpan /*datagram*/,
                          const MuxArrival & /*arrival*/) override
        {}
    } server;
    QTest::qWait(3'000);
    QVERIFY(m_node.mux->expect({1}, {*IpAddress::parse("127.0.0.8"), 3478}, server));
    m_node.mux->forget({1});
}

QTEST_GUILESS_MAIN(DirectMemberTest)
#include "direct_member_test.moc"
