// SPDX-License-Identifier: GPL-3.0-or-later
// An end of a session loses one of its two families: the way in use is left at once by the end that
// has no route any more, and by the other one as soon as it is told.
#include "shared/paths/direct_member.h"
#include "tests/paths/checked_end.h"

#include <QSignalSpy>
#include <QTest>
#include <cstring>
#include <net/if.h>
#include <sched.h>
#include <set>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace higgs;
using namespace std::chrono_literals;
using protocol::Candidate;
using protocol::CandidateType;

namespace {

const Endpoint Four = *Endpoint::parse("81.0.113.31:40000");
const Endpoint Six = *Endpoint::parse("[2a01:33:0:1::2]:40000");

/// One end, by two families, and what answers it at once.
struct OneEnd : test::CheckedEnd
{
    explicit OneEnd(bool decides) : CheckedEnd(decides) {}

    void tell(const std::vector<Endpoint> &where)
    {
        std::vector<CheckTarget> targets;
        for (const Endpoint &each : where)
            targets.push_back({each});
        checks.told(now, targets);
    }

    void run(Milliseconds time)
    {
        CheckedEnd::run(time, [this](const CheckWay &to) {
            if (!routed.contains(to.address))
                return test::ProbeFate::NoRoute;
            return answering.contains(to.address) ? test::ProbeFate::Answered
                                                  : test::ProbeFate::Lost;
        });
    }

    /// The other end asks from there, and takes it.
    void nominate(const Endpoint &from)
    {
        QVERIFY(checks.asked(now, from, ++number, true, true));
        run(100ms);
    }

    [[nodiscard]] bool goesTo(const Endpoint &where) const
    {
        return checks.chosen() && checks.chosen()->address == where;
    }

    std::set<Endpoint> routed{Four, Six};
    std::set<Endpoint> answering{Four, Six};
    std::uint64_t number = 100;
};

OneEnd clientOn(const Endpoint &way)
{
    OneEnd client(true);
    client.answering = {way};
    client.tell({Four, Six});
    client.run(3s);
    return client;
}

/// The one IPv4 address of a network of our own: what goes there has a route while it stands.
const Endpoint Here = *Endpoint::parse("81.0.113.50:1");

/// One with a socket, which tells where it is.
struct RealEnd
{
    explicit RealEnd(protocol::Direction direction) : RealEnd(direction, PrivateKey::generate(), {})
    {}
    /// `own`: as the other end's peerKey.
    RealEnd(protocol::Direction direction, const PrivateKey &other, const PrivateKey *own)
        : key(PrivateKey::generate()), peerKey(PrivateKey::generate())
    {
        const PrivateKey &mine = own != nullptr ? *own : key;
        const PublicKey theirs = own != nullptr ? other.publicKey() : peerKey.publicKey();
        member = std::make_unique<DirectMember>(
            *mux,
            DirectMemberOptions{
                .codec = *CheckCodec::make(
                    mine, theirs, *SessionId::parse("4b3e5c3d-e6ee-401a-a2d8-bc3e732c9cad"),
                    direction),
                .decides = direction == protocol::Direction::ClientToNode,
                .check = [](const std::vector<IpAddress> &addresses,
                            std::uint16_t port) -> Result<std::vector<CheckedEndpoint>> {
                    return std::vector{CheckedEndpoint::namedByPerson({addresses.front(), port})};
                }});
        tells = std::make_unique<QSignalSpy>(member.get(), &Path::wantsToTell);
    }

    void place(const std::vector<Endpoint> &where) const
    {
        OwnPlace place;
        for (const Endpoint &each : where)
            place.setMapped(each);
        member->setOwnPlace(place);
    }
    [[nodiscard]] std::vector<Candidate> told() const
    {
        return tells->last()[0].value<protocol::RelayControl>().candidates;
    }
    [[nodiscard]] Endpoint here() const { return {Here.address, mux->port()}; }

    PrivateKey key;
    PrivateKey peerKey; ///< the other end's
    EpollSet epoll;
    std::unique_ptr<UdpMux> mux = std::move(*UdpMux::open(epoll, {}));
    std::unique_ptr<DirectMember> member;
    std::unique_ptr<QSignalSpy> tells;
};

bool setRoute(bool there)
{
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    sockaddr_storage address{};
    (void)Here.toSockaddr(address);
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    const bool up = ::ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    std::strcpy(request.ifr_name, "lo:1");
    std::memcpy(&request.ifr_addr, &address, sizeof request.ifr_addr);
    bool done = up && (!there || ::ioctl(fd, SIOCSIFADDR, &request) == 0);
    request.ifr_flags = there ? IFF_UP : 0; // without it the address goes
    done = done && ::ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    ::close(fd);
    return done;
}

} // namespace

class FamilyChangeTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void withoutARouteItIsNoWay();
    void aRouteThatIsBackIsAWay();
    void whatIsNotToldAnyMoreDiesSooner();
    void whatNobodyToldLivesOn();
    void theNodeFollowsTheFirstDatagram();
    void whoNeverAnsweredSpeaksForNoFamily();
    void theOtherEndIsToldAtOnce();
};

void FamilyChangeTest::withoutARouteItIsNoWay()
{
    OneEnd client = clientOn(Four);
    QVERIFY(client.goesTo(Four));
    client.routed = {Six};
    client.checks.hurry(client.now);
    client.run(20ms);
    QVERIFY(!client.checks.chosen());
    // What answers is taken at its first answer: nobody says that the other one died.
    client.answering = {Six};
    client.run(checks::QuickInterval + 20ms);
    QVERIFY(client.goesTo(Six));
}

void FamilyChangeTest::aRouteThatIsBackIsAWay()
{
    OneEnd client = clientOn(Four);
    client.routed = {};
    client.checks.hurry(client.now);
    client.run(50ms);
    QVERIFY(!client.checks.chosen());
    client.routed = {Four};
    client.run(checks::QuickInterval + 20ms);
    QVERIFY(client.goesTo(Four));
}

/// And no sooner than it misses probes: somebody may have kept a line from being told.
void FamilyChangeTest::whatIsNotToldAnyMoreDiesSooner()
{
    OneEnd client = clientOn(Six);
    client.tell({Four});
    client.run(30s);
    QVERIFY(client.goesTo(Six));
    client.tell({Four, Six});
    client.run(1s);
    client.answering = {};
    client.tell({Four});
    client.run(checks::QuickInterval + checks::ShortestPatience + 30ms);
    QVERIFY(!client.checks.chosen());
    // Told, it has the patience of every way.
    OneEnd other = clientOn(Six);
    other.answering = {};
    other.checks.hurry(other.now);
    other.run(1s);
    QVERIFY(other.goesTo(Six));
}

/// A router that chooses a port for each other end: the way in use was never told.
void FamilyChangeTest::whatNobodyToldLivesOn()
{
    OneEnd node(false);
    node.tell({Six});
    node.nominate(Four);
    QVERIFY(node.goesTo(Four));
    node.checks.trafficCame(node.now);
    node.tell({Six});
    node.checks.trafficElsewhere(node.now + 10ms);
    QVERIFY(node.goesTo(Four));
}

/// Of the client's that comes by another path: what was on its way by that is long there.
void FamilyChangeTest::theNodeFollowsTheFirstDatagram()
{
    OneEnd node(false);
    node.tell({Four, Six});
    node.nominate(Four);
    node.checks.trafficCame(node.now);
    node.checks.trafficElsewhere(node.now + 10ms);
    QVERIFY(node.goesTo(Four)); // it may have been sent before the client took this way
    node.tell({Six});
    QVERIFY(node.goesTo(Four));
    node.checks.trafficElsewhere(node.now + 10ms);
    QVERIFY(!node.checks.chosen());
    node.nominate(Six);
    QVERIFY(node.goesTo(Six));
}

/// One address to which there is no route is nothing that the others of its family must pay for.
void FamilyChangeTest::whoNeverAnsweredSpeaksForNoFamily()
{
    RealEnd end(protocol::Direction::ClientToNode);
    end.place({Four, Six});
    QCOMPARE(end.told().size(), std::size_t(2));
    end.member->open();
    // The kernel sends nothing there that did not ask to broadcast.
    const std::array nowhere{
        Candidate{CandidateType::Srflx, *Endpoint::parse("255.255.255.255:5000")}};
    end.member->hearCandidates(nowhere);
    QTest::qWait(500);
    QCOMPARE(end.told().size(), std::size_t(2));
}

/// Not when STUN has found out. In a network of its own, as the machine's is not ours to take down.
void FamilyChangeTest::theOtherEndIsToldAtOnce()
{
    if (::unshare(CLONE_NEWNET) != 0)
        QSKIP("needs root");
    QVERIFY(setRoute(true));
    RealEnd client(protocol::Direction::ClientToNode);
    RealEnd node(protocol::Direction::NodeToClient, client.key, &client.peerKey);
    client.place({Four, Six});
    node.place({Four});
    client.member->open();
    node.member->open();
    client.member->hearCandidates(std::array{Candidate{CandidateType::Srflx, node.here()}});
    node.member->hearCandidates(std::array{Candidate{CandidateType::Srflx, client.here()}});
    QTRY_VERIFY(client.member->remote());
    QCOMPARE(client.told().size(), std::size_t(2));
    QVERIFY(setRoute(false));
    client.member->hurry();
    QTRY_COMPARE(client.told(), (std::vector{Candidate{CandidateType::Srflx, Six}}));
    QVERIFY(setRoute(true));
    QTRY_COMPARE(client.told().size(), std::size_t(2));
}

QTEST_GUILESS_MAIN(FamilyChangeTest)
#include "family_change_test.moc"
