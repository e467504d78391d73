// SPDX-License-Identifier: GPL-3.0-or-later
// An end of a session loses one of its two families: the way in use is left at once by the end that
// has no route any more, and by the other one as soon as it is told.
#include "shared/paths/direct_member.h"

#include <QSignalSpy>
#include <QTest>
#include <cstring>

using namespace higgs;
using namespace std::chrono_literals;
using protocol::Candidate;
using protocol::CandidateType;
using protocol::StunTransactionId;

namespace {

const Endpoint Four = *Endpoint::parse("81.0.113.31:40000");
const Endpoint Six = *Endpoint::parse("[2a01:33:0:1::2]:40000");

/// One end, by two families, and what answers it at once.
struct OneEnd
{
    explicit OneEnd(bool decides) : checks(now, decides, 1) {}

    void tell(const std::vector<Endpoint> &where)
    {
        std::vector<CheckTarget> targets;
        for (const Endpoint &each : where)
            targets.push_back({each});
        checks.told(now, targets);
    }

    void run(Milliseconds time)
    {
        for (const Monotonic end = now + time; now < end; now += 10ms) {
            for (const PathChecks::Probe &probe : checks.due(now)) {
                StunTransactionId transaction{};
                std::memcpy(transaction.data(), &probe.number, sizeof probe.number);
                checks.sent(now, probe.to, transaction);
                if (!routed.contains(probe.to.address))
                    checks.noRoute(now, probe.to);
                else if (answering.contains(probe.to.address))
                    checks.answered(now, probe.to, transaction);
            }
        }
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

    Monotonic now{1h};
    PathChecks checks;
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

/// Not when STUN has found out.
void FamilyChangeTest::theOtherEndIsToldAtOnce()
{
    EpollSet epoll;
    const auto mux = std::move(*UdpMux::open(epoll, {}));
    const PrivateKey own = PrivateKey::generate();
    const PrivateKey other = PrivateKey::generate();
    DirectMember member(
        *mux, {.codec = *CheckCodec::make(own, other.publicKey(),
                                          *SessionId::parse("4b3e5c3d-e6ee-401a-a2d8-bc3e732c9cad"),
                                          protocol::Direction::ClientToNode),
               .decides = true,
               .check = [](const std::vector<IpAddress> &addresses,
                           std::uint16_t port) -> Result<std::vector<CheckedEndpoint>> {
                   return std::vector{CheckedEndpoint::namedByPerson({addresses.front(), port})};
               }});
    QSignalSpy tells(&member, &Path::wantsToTell);
    OwnPlace place;
    place.setMapped(Four);
    place.setMapped(Six);
    member.setOwnPlace(place);
    QCOMPARE(tells.count(), 1);
    const auto told = [&tells] {
        return tells.last()[0].value<protocol::RelayControl>().candidates;
    };
    QCOMPARE(told().size(), std::size_t(2));
    member.open();
    // The kernel sends nothing there that did not ask to broadcast.
    const std::array nowhere{
        Candidate{CandidateType::Srflx, *Endpoint::parse("255.255.255.255:5000")}};
    member.hearCandidates(nowhere);
    QTRY_COMPARE(told(), (std::vector{Candidate{CandidateType::Srflx, Six}}));
    // What STUN says anew may be true again.
    place.setMapped(*Endpoint::parse("81.0.113.31:40001"));
    member.setOwnPlace(place);
    QCOMPARE(told().size(), std::size_t(2));
}

QTEST_GUILESS_MAIN(FamilyChangeTest)
#include "family_change_test.moc"
