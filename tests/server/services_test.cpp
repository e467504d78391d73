// SPDX-License-Identifier: GPL-3.0-or-later
// The rules of nodes, sessions and routes, with time as an argument.
#include "server/cache/token_buckets.h"
#include "server/services/locations.h"
#include "server/services/metrics_aggregator.h"
#include "server/services/nat_pairs.h"
#include "server/services/registration.h"
#include "server/services/routing.h"
#include "server/services/session_table.h"
#include "server/services/turn_service.h"

#include <QTest>
#include <set>

using namespace higgs;
using namespace higgs::server;
using protocol::NatType;

namespace {

constexpr WallTime Noon{1'700'000'000'000};
constexpr BootTime Start{5'000'000};
constexpr Clocks Now{Start, Noon};

IpAddress ip(const char *text)
{
    return *IpAddress::parse(text);
}

template <typename Id>
Id id(unsigned n)
{
    char text[37];
    std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012x", n);
    return *Id::parse(text);
}

protocol::KeyText key(unsigned n)
{
    Bytes bytes(32, static_cast<std::uint8_t>(n));
    return *protocol::KeyText::parse(toBase64(bytes));
}

protocol::RegisterRequest request(unsigned n, const char *country = "US")
{
    protocol::RegisterRequest r;
    r.nodeId = id<NodeId>(n);
    r.publicKey = key(n);
    r.networkInfo.natType = NatType::FullCone;
    r.networkInfo.localPort = 51820;
    r.capabilities.maxConnections = 4;
    r.location.country = *protocol::CountryCode::parse(country);
    return r;
}

NodeRecord record(unsigned n, const char *country = "US")
{
    return makeNodeRecord(Noon, ip("203.0.113.1"), request(n, country), nullptr,
                          RegistrationVerdict::New, false, "generation");
}

SessionRecord session(unsigned n, unsigned node, const std::string &group = "client",
                      BootTime created = Start)
{
    SessionRecord s;
    s.id = id<SessionId>(n);
    s.node = id<NodeId>(node);
    s.clientGroup = group;
    s.tokenDigest = "token" + std::to_string(n);
    s.createdAt = Now.told(created);
    s.expiresAt = Now.told(created + Seconds(3600));
    return s;
}

/// A registry, sessions and routing with a clock in its hands.
struct House
{
    NodeRegistry nodes;
    SessionTable sessions;
    Routing routing{nodes, sessions};
    IpAddress from = ip("203.0.113.9");

    Node add(unsigned n, const char *country = "US", std::optional<double> latency = {})
    {
        protocol::Metrics metrics;
        metrics.latency = latency;
        nodes.put(Start, record(n, country), metrics);
        return *nodes.find(id<NodeId>(n));
    }
    auto choose(const protocol::RoutingRequest &wanted, BootTime now = Start)
    {
        return routing.choose({{now, from, Seconds(3)}, [] { return 0.0; }}, wanted);
    }
    NodeId best(const protocol::RoutingRequest &wanted, BootTime now = Start)
    {
        const auto chosen = choose(wanted, now);
        const auto *routes = std::get_if<std::vector<ScoredRoute>>(&chosen);
        return routes != nullptr ? routes->front().node : NodeId();
    }
    RoutingFailure failure(const protocol::RoutingRequest &wanted)
    {
        return std::get<RoutingFailure>(choose(wanted));
    }
};

protocol::RoutingRequest wants(const char *country = nullptr)
{
    protocol::RoutingRequest r;
    r.clientId = id<ClientId>(1);
    if (country != nullptr)
        r.requirements.preferredCountry = *protocol::CountryCode::parse(country);
    return r;
}

protocol::HeartbeatRequest beat(protocol::NodeStatus status = protocol::NodeStatus::Online)
{
    protocol::HeartbeatRequest r;
    r.status = status;
    return r;
}

} // namespace

class ServicesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void offlineAfterNinetySeconds()
    {
        NodeRegistry nodes;
        nodes.put(Start, record(1), {});
        QVERIFY(nodes.sweep(Start + Seconds(90)).empty());
        QVERIFY(nodes.find(id<NodeId>(1))->online);
        QCOMPARE(nodes.sweep(Start + Seconds(90) + Milliseconds(1)).size(), std::size_t(1));
        QVERIFY(!nodes.find(id<NodeId>(1))->online);
        QVERIFY(nodes.heartbeat(Start + Seconds(100), id<NodeId>(1), beat()));
        QVERIFY(nodes.find(id<NodeId>(1))->online);
    }

    void longIntervalsGetThree()
    {
        QCOMPARE(offlineAfter(Seconds(10)), Milliseconds(Seconds(90)));
        QCOMPARE(offlineAfter(Seconds(30)), Milliseconds(Seconds(90)));
        QCOMPARE(offlineAfter(Seconds(300)), Milliseconds(Seconds(900)));
    }

    void offlineByItsOwnWordAtOnce()
    {
        NodeRegistry nodes;
        nodes.put(Start, record(1), {});
        QVERIFY(nodes.heartbeat(Start, id<NodeId>(1), beat(protocol::NodeStatus::Offline)));
        QVERIFY(!nodes.find(id<NodeId>(1))->online);
        QVERIFY(!nodes.linkOpened(Start, id<NodeId>(1)));
    }

    void actionsAreGivenOnce()
    {
        NodeRegistry nodes;
        nodes.put(Start, record(1), {});
        for (std::size_t i = 0; i < NodeRegistry::MaxPendingActions; ++i)
            QVERIFY(nodes.queueAction(id<NodeId>(1), protocol::RestartAction{}));
        QVERIFY(!nodes.queueAction(id<NodeId>(1), protocol::RestartAction{}));
        QCOMPARE(nodes.takeActions(id<NodeId>(1)).size(), NodeRegistry::MaxPendingActions);
        QVERIFY(nodes.takeActions(id<NodeId>(1)).empty());
    }

    void anOrderIsTakenOnceHoweverOftenItIsRead()
    {
        NodeRegistry nodes;
        nodes.put(Start, record(1), {});
        const NodeOrder restart{id<NodeId>(1), NodeOrder::Kind::Restart, false, {}, {5}};
        const NodeOrder empty{id<NodeId>(1), NodeOrder::Kind::Maintenance, true, Seconds(60), {6}};
        for (const NodeOrder &order : {restart, empty, restart, empty})
            nodes.order(order);
        const std::vector<AdminAction> actions = nodes.takeActions(id<NodeId>(1));
        QCOMPARE(actions.size(), std::size_t(2));
        QVERIFY(actions[0] == AdminAction(protocol::RestartAction{}));
        QVERIFY(actions[1] ==
                AdminAction(protocol::MaintenanceAction{{{"enabled", true}, {"within", 60}}}));
        nodes.order(empty); // read again, before the storage has forgotten it
        QVERIFY(nodes.takeActions(id<NodeId>(1)).empty());
        nodes.order({id<NodeId>(2), NodeOrder::Kind::Restart, false, {}, {7}}); // unknown
    }

    void nobodyIsSentToANodeInMaintenance()
    {
        NodeRegistry nodes;
        nodes.put(Start, record(1), {});
        QVERIFY(nodes.find(id<NodeId>(1))->isOffered());
        nodes.setMaintenance(id<NodeId>(1), true);
        QVERIFY(!nodes.find(id<NodeId>(1))->isOffered());
        // A registration does not end it.
        const Node &known = *nodes.find(id<NodeId>(1));
        protocol::RegisterRequest again;
        again.nodeId = id<NodeId>(1);
        QVERIFY(makeNodeRecord(Noon, IpAddress(), again, &known, RegistrationVerdict::Renewed,
                               false, "")
                    .maintenance);
        QVERIFY(
            !makeNodeRecord(Noon, IpAddress(), again, nullptr, RegistrationVerdict::New, false, "")
                 .maintenance);
        nodes.setMaintenance(id<NodeId>(1), false);
        QVERIFY(nodes.find(id<NodeId>(1))->isOffered());
    }

    void registrationMatrix()
    {
        NodeRegistry nodes;
        nodes.put(Start, record(1), {});
        nodes.put(Start, record(2), {});
        const auto judge = [&](unsigned node, unsigned publicKey, bool token, ProofState proof) {
            return judgeRegistration(nodes, {id<NodeId>(node), key(publicKey), token, proof});
        };
        using V = RegistrationVerdict;
        using P = ProofState;
        QCOMPARE(judge(3, 3, false, P::Absent), V::New);
        QCOMPARE(judge(3, 3, false, P::Good), V::New);
        QCOMPARE(judge(3, 3, false, P::Wrong), V::InvalidProof);
        QCOMPARE(judge(3, 1, false, P::Good), V::KeyAlreadyRegistered);
        QCOMPARE(judge(1, 1, false, P::Absent), V::AlreadyRegistered);
        QCOMPARE(judge(1, 1, true, P::Absent), V::Renewed);
        QCOMPARE(judge(1, 1, false, P::Good), V::Renewed);
        QCOMPARE(judge(1, 1, true, P::Wrong), V::InvalidProof);
        QCOMPARE(judge(1, 9, false, P::Absent), V::AlreadyRegistered);
        QCOMPARE(judge(1, 9, true, P::Absent), V::AlreadyRegistered);
        QCOMPARE(judge(1, 9, false, P::Good), V::AlreadyRegistered);
        QCOMPARE(judge(1, 9, true, P::Good), V::NewKey);
        QCOMPARE(judge(1, 2, true, P::Good), V::KeyAlreadyRegistered);
    }

    void proofsHaveAWindow()
    {
        const SpentProofs none;
        QVERIFY(proofIsFresh(Now, Noon, none));
        QVERIFY(proofIsFresh(Now, Noon - Seconds(120), none));
        QVERIFY(proofIsFresh(Now, Noon + Seconds(120), none));
        QVERIFY(!proofIsFresh(Now, Noon - Seconds(120) - Milliseconds(1), none));
        QVERIFY(!proofIsFresh(Now, Noon + Seconds(120) + Milliseconds(1), none));
        QVERIFY(!proofIsFresh(Now, WallTime{INT64_MIN}, none));
        QVERIFY(!proofIsFresh(Now, WallTime{INT64_MAX}, none));
        SpentProofs spent;
        spent.accept(Now, Noon.ms);
        QVERIFY(!proofIsFresh(Now, Noon, spent));
        QVERIFY(!proofIsFresh(Now, Noon - Milliseconds(1), spent));
        QVERIFY(proofIsFresh(Now, Noon + Milliseconds(1), spent));
    }

    void aNewKeyMakesOldTokensDead()
    {
        Node known;
        known.record = record(1);
        known.record.approved = false;
        const auto make = [&](RegistrationVerdict verdict) {
            return makeNodeRecord(Noon, IpAddress(), request(1), &known, verdict, false, "fresh");
        };
        QCOMPARE(make(RegistrationVerdict::Renewed).tokenGeneration, std::string("generation"));
        QCOMPARE(make(RegistrationVerdict::NewKey).tokenGeneration, std::string("fresh"));
        QVERIFY(!make(RegistrationVerdict::Renewed).approved);
    }

    void undoPutsBackWhatWas()
    {
        NodeRegistry nodes;
        nodes.put(Start, record(1), {});
        const Node before = *nodes.find(id<NodeId>(1));
        NodeRecord changed = record(1);
        changed.publicKey = key(9);
        nodes.put(Start, changed, {});
        nodes.undo(id<NodeId>(1), before);
        QVERIFY(nodes.findByKey(key(1)) != nullptr);
        QVERIFY(nodes.findByKey(key(9)) == nullptr);
        nodes.undo(id<NodeId>(1), std::nullopt);
        QCOMPARE(nodes.size(), std::size_t(0));
    }

    void addressesAreUniquePerNode()
    {
        AddressPool pool;
        QCOMPARE(pool.take(), std::optional<std::uint32_t>(2));
        QCOMPARE(pool.take(), std::optional<std::uint32_t>(3));
        pool.give(2);
        QCOMPARE(pool.take(), std::optional<std::uint32_t>(4)); // a freed one comes back last
        QVERIFY(!pool.claim(3));
        QVERIFY(!pool.claim(1));
        QVERIFY(!pool.claim(0xfffe));
        std::set<std::uint32_t> all{3, 4};
        while (const auto next = pool.take())
            QVERIFY(all.insert(*next).second);
        QCOMPARE(all.size(), std::size_t(AddressPool::Last - AddressPool::First + 1));
        const TunnelNetworks networks = TunnelNetworks::standard();
        QCOMPARE(networks.address4(2).toString(), std::string("10.86.0.2/32"));
        QCOMPARE(networks.address4(0x0102).toString(), std::string("10.86.1.2/32"));
        QVERIFY(networks.network6.contains(networks.address6(0xfffd).address));
    }

    void eightSessionsThenTheOldestDeadOne()
    {
        SessionTable table;
        for (unsigned i = 0; i < 8; ++i)
            QVERIFY(table.add(Clocks{Start + Seconds(i), Noon + Seconds(i)},
                              session(i, 1, "c", Start + Seconds(i))));
        table.setClientOpen(Start, id<SessionId>(0), true);
        SessionAdmission admission = table.admit("c", 8, 1);
        QVERIFY(admission.admitted);
        QCOMPARE(admission.giveWay, std::vector<SessionId>{id<SessionId>(1)});
        for (unsigned i = 0; i < 8; ++i)
            table.setClientOpen(Start, id<SessionId>(i), true);
        admission = table.admit("c", 8, 1);
        QVERIFY(!admission.admitted);
        QVERIFY(admission.giveWay.empty());
        QVERIFY(table.admit("another", 8, 1).admitted);
    }

    /// A cascade takes two at once, also of whoever has none yet.
    void whoHasNoneYetHasALimitToo()
    {
        SessionTable table;
        const std::string group = clientGroupOfKey("few") + ".client";
        const auto ofKey = [&](std::size_t limit, std::size_t count) {
            return table.admitOfKey(keyPartOf(group), limit, count, BootTime{0}, {}).admitted;
        };
        for (int round = 0; round < 2; ++round) {
            QVERIFY(table.admit(group, 2, 2).admitted);
            QVERIFY(!table.admit(group, 1, 2).admitted);
            QVERIFY(ofKey(2, 2));
            QVERIFY(!ofKey(1, 2));
            QVERIFY(ofKey(1, 1));
            // One that came and went leaves all as it was.
            QVERIFY(table.add(Now, session(1, 1, group)));
            QVERIFY(!ofKey(1, 1));
            QVERIFY(table.remove(id<SessionId>(1)));
        }
    }

    void aTickTouchesWhatIsDue()
    {
        DueTimes<int, BootTime> times;
        for (int i = 0; i < 100; ++i)
            times.bookBy(i, Start + Seconds(i));
        times.bookBy(7, Start + Seconds(50)); // later than it is booked: that stays
        times.bookBy(99, Start + Seconds(1)); // sooner
        times.forget(3);
        QCOMPARE(times.take(Start + Seconds(8)), (std::vector<int>{0, 1, 99, 2, 4, 5, 6, 7}));
        QVERIFY(times.take(Start + Seconds(8)).empty());
        QCOMPARE(times.take(Start + Seconds(100), 2), (std::vector<int>{8, 9}));
        QCOMPARE(times.size(), std::size_t(89));
    }

    void whoIsToBeLookedAtForAbandonedSessions()
    {
        SessionTable table;
        QVERIFY(table.add(Now, session(0, 1, "c", Start)));
        QVERIFY(table.add(Now, session(1, 2, "c", Start)));
        QCOMPARE(table.takeGrown(), (std::unordered_set<NodeId>{id<NodeId>(1), id<NodeId>(2)}));
        QVERIFY(table.takeGrown().empty());
        table.setClientOpen(Start, id<SessionId>(0), true);
        table.setNodeOpen(id<SessionId>(0), true);
        QCOMPARE(table.connected(), std::size_t(1));
        table.setClientOpen(Start + Seconds(5), id<SessionId>(0), false);
        QCOMPARE(table.connected(), std::size_t(0));
        const auto left = [&](Seconds after, Seconds before) {
            return table.leftBetween(Start + after, Start + before);
        };
        QCOMPARE(left(Seconds(-1), Seconds(4)), std::vector<NodeId>{id<NodeId>(2)});
        QVERIFY(left(Seconds(0), Seconds(4)).empty());
        QCOMPARE(left(Seconds(0), Seconds(5)), std::vector<NodeId>{id<NodeId>(1)});
        table.remove(id<SessionId>(0));
        QVERIFY(left(Seconds(0), Seconds(5)).empty());
    }

    void whoIsNotThereHoldsNoPlaceForLong()
    {
        SessionTable table;
        for (unsigned i = 0; i < 3; ++i)
            QVERIFY(table.add(Now, session(i, 1, "c", Start)));
        QVERIFY(table.add(Now, session(3, 2, "c", Start)));
        table.setClientOpen(Start + Seconds(1), id<SessionId>(0), true);
        table.setClientOpen(Start + Seconds(1), id<SessionId>(1), true);
        table.setClientOpen(Start + Seconds(9), id<SessionId>(1), false);
        const auto abandoned = [&](Seconds at) {
            return table.abandonedOn(id<NodeId>(1), Start + at);
        };
        QVERIFY(table.abandonedOn(id<NodeId>(1), Start - Seconds(1)).empty());
        QCOMPARE(abandoned(Seconds(8)), std::vector<SessionId>{id<SessionId>(2)});
        QCOMPARE(abandoned(Seconds(9)).size(), std::size_t(2));
        table.setClientOpen(Start + Seconds(10), id<SessionId>(1), true);
        QCOMPARE(abandoned(Seconds(60)), std::vector<SessionId>{id<SessionId>(2)});
    }

    void sessionsExpireAndRenew()
    {
        SessionTable table;
        QVERIFY(table.add(Now, session(1, 1)));
        const BootTime end = Start + Seconds(3600);
        QVERIFY(table.expiredAt(end - Milliseconds(1)).empty());
        QCOMPARE(table.expiredAt(end).size(), std::size_t(1));
        QVERIFY(table.hasToken("token1", Start));
        QVERIFY(!table.hasToken("token1", end));
        QVERIFY(table.renew(Now, id<SessionId>(1), Now.told(end + Seconds(60))));
        QVERIFY(table.expiredAt(end).empty());
        QVERIFY(table.remove(id<SessionId>(1)).has_value());
        QVERIFY(!table.remove(id<SessionId>(1)).has_value());
        QVERIFY(!table.hasToken("token1", Start));
        QCOMPARE(table.countOf(id<NodeId>(1)), 0U);
        QVERIFY(!table.renew(Now, id<SessionId>(1), Now.told(end)));
    }

    void restoredSessionsKeepTheirAddresses()
    {
        SessionTable table;
        SessionRecord first = session(1, 1);
        first.addressIndex = 2;
        SessionRecord clash = session(2, 1);
        clash.addressIndex = 2;
        table.restore(Now, Seconds(3600), {first, clash});
        QCOMPARE(table.size(), std::size_t(1));
        const auto next = table.add(Now, session(3, 1));
        QCOMPARE((*next)->record.addressIndex, 3U);
    }

    void countryIsAPromise()
    {
        House house;
        house.add(1, "US", 1);
        house.add(2, "DE", 400);
        QCOMPARE(house.best(wants("DE")), id<NodeId>(2));
        QCOMPARE(house.best(wants()), id<NodeId>(1));
        QCOMPARE(house.failure(wants("FR")), RoutingFailure::NoMatchingNode);
        auto place = wants();
        place.requirements.preferredLocation = *protocol::PlaceCode::parse("DE-BE");
        QCOMPARE(house.best(place), id<NodeId>(2));
    }

    void regionIsAPreference()
    {
        House house;
        NodeRecord near = record(1);
        near.region = "US-CA";
        house.nodes.put(Start, near, {});
        house.add(2);
        auto wanted = wants("US");
        wanted.requirements.preferredLocation = *protocol::PlaceCode::parse("US-CA");
        QCOMPARE(house.best(wanted), id<NodeId>(1));
        house.nodes.heartbeat(Start, id<NodeId>(1), beat(protocol::NodeStatus::Offline));
        QCOMPARE(house.best(wanted), id<NodeId>(2));
    }

    void scoresPreferTheBetterNode()
    {
        House house;
        const auto scoreOf = [&](const Node &node, unsigned sessions = 0, BootTime now = Start) {
            return score(figuresOf(node, sessions), {.now = now}).total();
        };
        const Node fast = house.add(1, "US", 10);
        const Node slow = house.add(2, "US", 150);
        QVERIFY(scoreOf(fast) > scoreOf(slow));
        QVERIFY(scoreOf(fast, 0) > scoreOf(fast, 2));
        Node lossy = fast;
        lossy.metrics.packetLoss = 5;
        QVERIFY(scoreOf(fast) > scoreOf(lossy));
        Node degraded = fast;
        degraded.reported = protocol::NodeStatus::Degraded;
        QVERIFY(scoreOf(fast) > scoreOf(degraded));
        Node wide = fast;
        wide.record.bandwidthUp = wide.record.bandwidthDown = 1000;
        QVERIFY(scoreOf(wide) > scoreOf(fast));
        house.nodes.noteFailure(Start, id<NodeId>(1));
        const Node failed = *house.nodes.find(id<NodeId>(1));
        QVERIFY(scoreOf(fast) > scoreOf(failed));
        QVERIFY(scoreOf(failed, 0, Start + Seconds(600)) > scoreOf(failed));
        house.nodes.linkClosed(Start, id<NodeId>(1));
        QVERIFY(scoreOf(slow) > scoreOf(*house.nodes.find(id<NodeId>(1))));
        QCOMPARE(priorityOf(1e9), 100);
        QCOMPARE(priorityOf(-1e9), 0);
    }

    void clientsAreSpread()
    {
        House house;
        house.add(1);
        house.add(2);
        for (unsigned i = 0; i < 4; ++i)
            QVERIFY(house.sessions.add(
                Now, session(100 + i, house.best(wants()) == id<NodeId>(1) ? 1 : 2)));
        QCOMPARE(house.sessions.countOf(id<NodeId>(1)), 2U);
        QCOMPARE(house.sessions.countOf(id<NodeId>(2)), 2U);
    }

    void fullAndOfflineNodesAreNotOffered()
    {
        House house;
        QCOMPARE(house.failure(wants()), RoutingFailure::NoNodeOnline);
        house.add(1);
        for (unsigned i = 0; i < 4; ++i)
            QVERIFY(house.sessions.add(Now, session(i, 1)));
        QCOMPARE(house.failure(wants()), RoutingFailure::NoMatchingNode);
        auto target = wants();
        target.targetNodeId = id<NodeId>(1);
        QCOMPARE(house.failure(target), RoutingFailure::NodeFull);
        house.sessions.remove(id<SessionId>(0));
        QCOMPARE(house.best(target), id<NodeId>(1));
        house.nodes.sweep(Start + Seconds(91));
        QCOMPARE(house.failure(target), RoutingFailure::NodeOffline);
        QCOMPARE(house.failure(wants()), RoutingFailure::NoNodeOnline);
        target.targetNodeId = id<NodeId>(9);
        QCOMPARE(house.failure(target), RoutingFailure::UnknownNode);
    }

    void filtersLetTheSilentPass()
    {
        House house;
        house.add(1);
        auto wanted = wants();
        wanted.requirements.maxLatency = 10;
        wanted.requirements.minBandwidth = 10;
        QCOMPARE(house.best(wanted), id<NodeId>(1));
        NodeRecord known = record(1);
        known.bandwidthUp = 100;
        known.bandwidthDown = 9;
        house.nodes.put(Start, known, {});
        QCOMPARE(house.failure(wanted), RoutingFailure::NoMatchingNode);
    }

    void natPairs()
    {
        QVERIFY(directIsExpected(NatType::FullCone, NatType::Symmetric));
        QVERIFY(directIsExpected(NatType::RestrictedCone, NatType::Symmetric));
        QVERIFY(directIsExpected(NatType::PortRestricted, NatType::PortRestricted));
        QVERIFY(!directIsExpected(NatType::Symmetric, NatType::Symmetric));
        QVERIFY(!directIsExpected(NatType::Symmetric, NatType::PortRestricted));
        QVERIFY(!directIsExpected(NatType::Symmetric, NatType::Firewalled));
        QVERIFY(!directIsExpected(NatType::Open, NatType::Blocked));
        QVERIFY(!directIsExpected(NatType::Open, NatType::Unknown));
    }

    void locationsAreSummed()
    {
        House house;
        house.add(1, "US", 10);
        house.add(2, "US", 30);
        house.add(3, "DE", 50);
        for (unsigned i = 0; i < 4; ++i)
            QVERIFY(house.sessions.add(Now, session(i, 1)));
        const auto list = locationsOf(house.routing.index()).locations;
        QCOMPARE(list.size(), std::size_t(2));
        QCOMPARE(list[1].country.text(), std::string("US"));
        QCOMPARE(list[1].nodes, 2U);
        QCOMPARE(list[1].available, 1U);
        QCOMPARE(list[1].load, 0.5);
        QCOMPARE(*list[1].latency, 20.0);
        QVERIFY(!list[0].region);
    }

    void metricsAreMeansOfMinutes()
    {
        MetricsAggregator aggregator;
        protocol::MetricsReport report;
        report.nodeId = id<NodeId>(1);
        report.timestamp = {60'000 * 100};
        report.network.emplace();
        report.network->latency = 10;
        report.connections.emplace();
        report.connections->total = 1;
        aggregator.add(report);
        report.timestamp.ms += 1000;
        report.network->latency = 30;
        report.connections->total = 5;
        aggregator.add(report);
        QVERIFY(aggregator.takeFinished({60'000 * 101 - 1}, 9).empty());
        const auto done = aggregator.takeFinished({60'000 * 101}, 9);
        QCOMPARE(done.size(), std::size_t(1));
        QCOMPARE(*done[0].latency, 20.0);
        QCOMPARE(*done[0].connectionsTotal, 5.0);
        QCOMPARE(done[0].samples, 2U);
        QVERIFY(!done[0].cpuUsage);
        aggregator.putBack(done);
        QCOMPARE(aggregator.takeFinished({0}, 9).size(), std::size_t(1));
        QVERIFY(metricsTimeIsAcceptable(Noon, Noon - std::chrono::hours(1)));
        QVERIFY(!metricsTimeIsAcceptable(Noon, Noon - std::chrono::hours(1) - Milliseconds(1)));
        QVERIFY(!metricsTimeIsAcceptable(Noon, Noon + Seconds(301)));
    }

    /// While nobody takes them.
    void metricsAreBounded()
    {
        MetricsAggregator aggregator;
        protocol::MetricsReport report;
        report.network.emplace();
        report.network->latency = 10;
        const auto tell = [&](unsigned node, int minute) {
            report.nodeId = id<NodeId>(node);
            report.timestamp = {60'000LL * minute};
            aggregator.add(report);
        };
        constexpr unsigned Nodes = MetricsAggregator::MaxRecords / 100;
        for (unsigned node = 0; node < Nodes; ++node) {
            for (int minute = 0; minute < 100; ++minute)
                tell(node, minute);
        }
        QCOMPARE(aggregator.dropped(), 0U);
        tell(1, 100);
        tell(1, 99); // of a minute that is there already
        QCOMPARE(aggregator.dropped(), 1U);
        const WallTime over{60'000LL * 200};
        auto taken = aggregator.takeFinished(over, 700);
        QCOMPARE(taken.size(), std::size_t(700));
        aggregator.putBack(taken);
        tell(1, 100);
        QCOMPARE(aggregator.dropped(), 2U);
        taken.resize(1);
        aggregator.putBack(taken);
        QCOMPARE(aggregator.dropped(), 3U);
        std::size_t all = 0;
        for (;;) {
            const auto some = aggregator.takeFinished(over, 1000);
            if (some.empty())
                break;
            QVERIFY(some.size() <= 1000);
            all += some.size();
        }
        QCOMPARE(all, MetricsAggregator::MaxRecords);
        tell(1, 100);
        QCOMPARE(aggregator.dropped(), 3U);
    }

    void turnPlaces()
    {
        QCOMPARE(TurnPlace::parse("turn.example:3478")->port, std::uint16_t(3478));
        QCOMPARE(*TurnPlace::parse("turn.example:3478,tls=5349")->tlsPort, std::uint16_t(5349));
        QCOMPARE(TurnPlace::parse("[2001:db8::1]:3478")->host, std::string("2001:db8::1"));
        for (const char *bad : {"", "turn.example", "turn.example:0", "turn.example:99999",
                                "turn.example:3478,tls=", "a b:1", "turn.example:3478,x=1"})
            QVERIFY2(!TurnPlace::parse(bad), bad);
    }
};

QTEST_APPLESS_MAIN(ServicesTest)
#include "services_test.moc"
