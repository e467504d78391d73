// SPDX-License-Identifier: GPL-3.0-or-later
// The index of offered nodes against a plain scan of the registry, while nodes and sessions come
// and go by seeds: never a node that does not fit, never none where there is one.
#include "server/services/locations.h"
#include "server/services/registration.h"
#include "server/services/route_explanation.h"
#include "server/services/routing.h"

#include <QTest>
#include <algorithm>
#include <set>

using namespace higgs;
using namespace higgs::server;
using protocol::NatType;

namespace {

constexpr Clocks Now{BootTime{5'000'000}, WallTime{1'700'000'000'000}};
constexpr std::array Countries = {"US", "DE", "IS"};
constexpr std::array Regions = {"", "US-CA", "US-NY", "DE-BE"};

template <typename Id>
Id id(unsigned n)
{
    char text[37];
    std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012x", n);
    return *Id::parse(text);
}

IpAddress addressOf(std::size_t n)
{
    return *IpAddress::parse("198.51." + std::to_string(n / 256) + '.' + std::to_string(n % 256));
}

/// A registry, sessions and routing to which anything may happen.
struct World
{
    explicit World(std::uint64_t seed) : dice(seed), routing(nodes, sessions, seed) {}

    Dice dice;
    NodeRegistry nodes;
    SessionTable sessions;
    Routing routing;
    BootTime now = Now.boot;
    unsigned nextSession = 0;
    unsigned places = 4;
    std::vector<SessionId> open;

    [[nodiscard]] Clocks clocks() const { return {now, Now.told(now)}; }

    std::optional<double> figure(double most)
    {
        if (dice.below(4) == 0)
            return std::nullopt;
        return static_cast<double>(dice.below(static_cast<std::size_t>(most)));
    }

    NodeRecord record(unsigned n)
    {
        NodeRecord r;
        r.id = id<NodeId>(n);
        Bytes key(32, 0);
        key[0] = static_cast<std::uint8_t>(n);
        key[1] = static_cast<std::uint8_t>(n >> 8U);
        r.publicKey = *protocol::KeyText::parse(toBase64(key));
        r.natType = dice.below(2) == 0 ? NatType::FullCone : NatType::Symmetric;
        r.country = *protocol::CountryCode::parse(Countries[dice.below(Countries.size())]);
        r.region = Regions[dice.below(Regions.size())]; // some are of another country: never listed
        r.maxConnections = static_cast<unsigned>(dice.below(places + 1));
        r.bandwidthUp = r.bandwidthDown = figure(200);
        r.approved = dice.below(8) != 0;
        return r;
    }

    protocol::Metrics metrics()
    {
        protocol::Metrics m;
        m.latency = figure(300);
        m.packetLoss = figure(5);
        return m;
    }

    void openSession(unsigned node)
    {
        if (nodes.find(id<NodeId>(node)) == nullptr)
            return;
        SessionRecord s;
        s.id = id<SessionId>(++nextSession);
        s.node = id<NodeId>(node);
        s.clientGroup = "client" + std::to_string(nextSession);
        s.tokenDigest = "token" + std::to_string(nextSession);
        s.createdAt = Now.told(now);
        s.expiresAt = Now.told(now + Seconds(3600));
        if (sessions.add(clocks(), s, addressOf(dice.below(20))))
            open.push_back(s.id);
    }

    void happen(unsigned count)
    {
        const auto n = static_cast<unsigned>(dice.below(count));
        const NodeId node = id<NodeId>(n);
        switch (dice.below(15)) {
        case 0:
        case 1:
        case 2: // anew, or moved
            return nodes.put(now, record(n), metrics());
        case 3: {
            protocol::HeartbeatRequest beat;
            beat.status =
                dice.below(4) == 0 ? protocol::NodeStatus::Offline : protocol::NodeStatus::Online;
            beat.metrics = metrics();
            nodes.heartbeat(now, node, beat);
            return;
        }
        case 4:
            return nodes.setMaintenance(node, dice.below(2) == 0);
        case 5:
            return nodes.setApproved(node, dice.below(4) != 0);
        case 6:
            return dice.below(2) == 0 ? nodes.remove(node) : nodes.setOffline(node);
        case 7:
            nodes.linkClosed(now, node);
            return;
        case 8:
            nodes.linkOpened(now, node);
            return;
        case 9:
            now = now + Milliseconds(dice.below(4000));
            nodes.sweep(now);
            return;
        case 10: {
            const Node *known = nodes.find(node);
            const auto before = known != nullptr ? std::optional(*known) : std::nullopt;
            nodes.put(now, record(n), {});
            return nodes.undo(node, before);
        }
        case 11:
            if (!open.empty()) {
                const std::size_t at = dice.below(open.size());
                sessions.remove(open[at]);
                open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
            }
            return;
        case 12:
            if (!open.empty())
                sessions.setClientOpen(now, open[dice.below(open.size())], dice.below(2) == 0);
            return;
        case 13:
            if (!open.empty())
                sessions.setAnswered(open[dice.below(open.size())]);
            return;
        default:
            return openSession(n);
        }
    }

    protocol::RoutingRequest request()
    {
        protocol::RoutingRequest r;
        auto &wanted = r.requirements;
        const std::size_t kind = dice.below(4);
        if (kind == 0)
            wanted.preferredCountry =
                *protocol::CountryCode::parse(Countries[dice.below(Countries.size())]);
        if (kind == 1)
            wanted.preferredLocation =
                *protocol::PlaceCode::parse(Regions[1 + dice.below(Regions.size() - 1)]);
        if (dice.below(3) == 0)
            wanted.minBandwidth = dice.below(220);
        if (dice.below(3) == 0)
            wanted.maxLatency = dice.below(320);
        return r;
    }

    RoutingMoment moment()
    {
        return {{now, addressOf(dice.below(20)), Seconds(3), Seconds(60)},
                [this] { return dice.unit(); }};
    }

    /// The whole registry, one after the other.
    std::set<NodeId> scan(const RoutingMoment &at, const protocol::RouteRequirements &wanted)
    {
        std::set<NodeId> found;
        nodes.forEach([&](const Node &node) {
            if (node.isOffered() && meetsRequirements(node, wanted) &&
                sessions.hasPlace(node.record.id, node.record.maxConnections, at.seeker))
                found.insert(node.record.id);
        });
        return found;
    }

    bool anyOffered()
    {
        bool any = false;
        nodes.forEach([&any](const Node &node) { any = any || node.isOffered(); });
        return any;
    }
};

/// What the index says of medians and places, from the registry alone.
bool sumsAgree(const World &world)
{
    struct Sum
    {
        unsigned nodes = 0, available = 0, places = 0, used = 0;
        std::vector<double> latencies;
    };
    std::map<std::pair<std::string, std::string>, Sum> sums;
    world.nodes.forEach([&](const Node &node) {
        if (!node.isOffered())
            return;
        const auto region = protocol::parseRegion(node.record.region, node.record.country);
        Sum &sum = sums[{node.record.country.text(), region ? *region : std::string()}];
        const unsigned live = world.sessions.countOf(node.record.id);
        ++sum.nodes;
        sum.available += live < node.record.maxConnections ? 1 : 0;
        sum.places += node.record.maxConnections;
        sum.used += live;
        if (node.metrics.latency)
            sum.latencies.push_back(*node.metrics.latency);
    });
    const auto list = locationsOf(world.routing.index()).locations;
    bool agree = list.size() == sums.size();
    std::size_t at = 0;
    for (auto &[where, sum] : sums) {
        if (!agree)
            return false;
        const auto &location = list[at++];
        std::sort(sum.latencies.begin(), sum.latencies.end());
        const std::size_t known = sum.latencies.size();
        agree = location.country.text() == where.first &&
                location.region.value_or("") == where.second && location.nodes == sum.nodes &&
                location.available == sum.available &&
                location.load == std::min(1.0, static_cast<double>(sum.used) / sum.places) &&
                location.latency.has_value() == (known > 0) &&
                (known == 0 || *location.latency ==
                                   (sum.latencies[(known - 1) / 2] + sum.latencies[known / 2]) / 2);
    }
    return agree;
}

} // namespace

class RouteIndexTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // The oracle is the scan: of few nodes all that fit are weighed, of many some, and none only
    // where the scan finds none.
    void choosesAsAScanWould_data()
    {
        QTest::addColumn<unsigned>("nodes");
        QTest::addColumn<unsigned>("places");
        QTest::addColumn<int>("questions");
        QTest::newRow("few") << 20U << 4U << 4000;
        QTest::newRow("crowded") << 20U << 1U << 4000;
        QTest::newRow("many") << 600U << 3U << 3000;
    }

    void choosesAsAScanWould()
    {
        QFETCH(const unsigned, nodes);
        QFETCH(const unsigned, places);
        QFETCH(const int, questions);
        for (std::uint64_t seed = 1; seed <= 3; ++seed) {
            World world(seed);
            world.places = places;
            for (unsigned i = 0; i < 3 * nodes; ++i)
                world.happen(nodes);
            for (int i = 0; i < questions; ++i) {
                for (int j = 0; j < 5; ++j)
                    world.happen(nodes);
                const auto request = world.request();
                const RoutingMoment at = world.moment();
                const auto fit = world.scan(at, request.requirements);
                std::set<NodeId> weighed;
                for (const Weighed &each : world.routing.weigh(at, request))
                    QVERIFY(weighed.insert(each.member->node->record.id).second);
                QVERIFY(std::includes(fit.begin(), fit.end(), weighed.begin(), weighed.end()));
                QVERIFY(weighed.size() >= std::min(fit.size(), MaxRoutesOffered));
                const auto chosen = world.routing.choose(at, request);
                if (fit.empty()) {
                    QCOMPARE(std::get<RoutingFailure>(chosen), world.anyOffered()
                                                                   ? RoutingFailure::NoMatchingNode
                                                                   : RoutingFailure::NoNodeOnline);
                    continue;
                }
                const auto &routes = std::get<0>(chosen);
                QCOMPARE(routes.size(), std::min(fit.size(), MaxRoutesOffered));
                for (std::size_t n = 0; n < routes.size(); ++n) {
                    QVERIFY(fit.contains(routes[n].node));
                    QVERIFY(n == 0 || routes[n - 1].score >= routes[n].score);
                }
            }
            QVERIFY(sumsAgree(world));
        }
    }

    // Every node is a candidate or has a reason, and "not_drawn" alone says that it would have fit.
    void everyNodeIsExplained()
    {
        for (const unsigned nodes : {30U, 500U}) {
            World world(61);
            for (unsigned i = 0; i < 3 * nodes; ++i)
                world.happen(nodes);
            for (int i = 0; i < 300; ++i) {
                world.happen(nodes);
                auto request = world.request();
                request.targetNodeId = id<NodeId>(static_cast<unsigned>(world.dice.below(nodes)));
                const RoutingMoment at = world.moment();
                const auto fit = world.scan(at, request.requirements);
                const auto explanation =
                    explainRoutes(world.routing, world.nodes, world.sessions, at, request);
                std::size_t sum = explanation.considered;
                for (const auto &group : explanation.leftOut)
                    sum += group.count;
                QCOMPARE(sum, world.nodes.size());
                const auto &notDrawn =
                    explanation.leftOut[static_cast<std::size_t>(LeftOut::NotDrawn)];
                QCOMPARE(explanation.considered + notDrawn.count, fit.size());
                const bool fits = fit.contains(*request.targetNodeId);
                if (explanation.targetLeftOut)
                    QCOMPARE(*explanation.targetLeftOut == LeftOut::NotDrawn, fits);
                else
                    QCOMPARE(world.nodes.find(*request.targetNodeId) != nullptr, fits);
            }
        }
    }

    void sumsFollowEveryChange()
    {
        World world(7);
        for (int i = 0; i < 5000; ++i) {
            world.happen(40);
            QVERIFY(sumsAgree(world));
        }
    }

    void listsWhatTheRegistryOffers()
    {
        World world(9);
        for (int i = 0; i < 3000; ++i)
            world.happen(100);
        for (const char *const text : Countries) {
            const auto country = *protocol::CountryCode::parse(text);
            std::set<NodeId> expected;
            world.nodes.forEach([&](const Node &node) {
                if (node.isOffered() && node.record.country == country)
                    expected.insert(node.record.id);
            });
            const auto listed = nodesOf(world.routing.index(), country).nodes;
            QCOMPARE(listed.size(), expected.size());
            QVERIFY(std::equal(listed.begin(), listed.end(), expected.begin(),
                               [](const auto &a, const NodeId &b) { return a.nodeId == b; }));
        }
    }

    void oneInManyIsFound()
    {
        World world(11);
        for (unsigned n = 0; n < 5000; ++n) {
            NodeRecord record = world.record(n);
            record.country = *protocol::CountryCode::parse("US");
            record.approved = true;
            record.maxConnections = 5;
            record.bandwidthUp = record.bandwidthDown = n == 4321 ? 500 : 100;
            protocol::Metrics metrics;
            metrics.latency = n == 1234 ? 2 : 50;
            world.nodes.put(world.now, record, metrics);
        }
        protocol::RoutingRequest wide;
        wide.requirements.minBandwidth = 101;
        protocol::RoutingRequest near;
        near.requirements.maxLatency = 49;
        protocol::RoutingRequest both = wide;
        both.requirements.maxLatency = 49;
        for (int i = 0; i < 50; ++i) {
            const auto first = std::get<0>(world.routing.choose(world.moment(), wide));
            QCOMPARE(first.size(), std::size_t(1));
            QCOMPARE(first.front().node, id<NodeId>(4321));
            const auto second = std::get<0>(world.routing.choose(world.moment(), near));
            QCOMPARE(second.size(), std::size_t(1));
            QCOMPARE(second.front().node, id<NodeId>(1234));
            QCOMPARE(std::get<RoutingFailure>(world.routing.choose(world.moment(), both)),
                     RoutingFailure::NoMatchingNode);
        }
    }

    void sameDiceSameChoice()
    {
        World one(21);
        World two(21);
        for (int i = 0; i < 2000; ++i) {
            one.happen(300);
            two.happen(300);
        }
        for (int i = 0; i < 200; ++i) {
            const auto request = one.request();
            (void)two.request();
            const auto first = one.routing.choose(one.moment(), request);
            const auto second = two.routing.choose(two.moment(), request);
            QCOMPARE(first.index(), second.index());
            if (first.index() != 0)
                continue;
            const auto &a = std::get<0>(first);
            const auto &b = std::get<0>(second);
            QVERIFY(std::equal(a.begin(), a.end(), b.begin(), b.end(), [](auto &x, auto &y) {
                return x.node == y.node && x.score == y.score;
            }));
        }
    }

    // Fifty equal nodes and a thousand clients, who stay: twenty each, and none has twice that.
    void equalNodesGetEqualShares()
    {
        for (const unsigned count : {50U, 100U}) {
            World world(31);
            for (unsigned n = 0; n < count; ++n) {
                NodeRecord record = world.record(n);
                record.country = *protocol::CountryCode::parse("US");
                record.approved = true;
                record.natType = NatType::FullCone;
                record.maxConnections = 200;
                record.bandwidthUp = record.bandwidthDown = 100;
                protocol::Metrics metrics;
                metrics.latency = 30;
                world.nodes.put(world.now, record, metrics);
            }
            const unsigned share = 1000 / count;
            std::vector<unsigned> got(count);
            for (unsigned i = 0; i < 1000; ++i) {
                const auto routes =
                    std::get<0>(world.routing.choose(world.moment(), protocol::RoutingRequest()));
                for (unsigned n = 0; n < count; ++n) {
                    if (routes.front().node != id<NodeId>(n))
                        continue;
                    ++got[n];
                    world.openSession(n);
                }
            }
            const auto [least, most] = std::minmax_element(got.begin(), got.end());
            qInfo("%u equal nodes, 1000 clients: from %u to %u, share %u", count, *least, *most,
                  share);
            QVERIFY(*most < 2 * share);
            QVERIFY(*least > 0);
        }
    }

    // It told of an idle line before they all came: those who come next go to the others.
    void whatFillsIsNotPreferredForOldFigures()
    {
        World world(41);
        for (unsigned n = 0; n < 20; ++n) {
            NodeRecord record = world.record(n);
            record.country = *protocol::CountryCode::parse("US");
            record.approved = true;
            record.natType = NatType::FullCone;
            record.maxConnections = 10'000; // its load alone would say nothing
            record.bandwidthUp.reset();
            protocol::Metrics metrics;
            metrics.latency = n == 0 ? 5 : 25;
            world.nodes.put(world.now, record, metrics);
        }
        unsigned first = 0;
        for (int i = 0; i < 400; ++i) {
            const auto routes =
                std::get<0>(world.routing.choose(world.moment(), protocol::RoutingRequest()));
            for (unsigned n = 0; n < 20; ++n) {
                if (routes.front().node == id<NodeId>(n)) {
                    world.openSession(n);
                    first += n == 0 ? 1 : 0;
                }
            }
        }
        QVERIFY2(first < 40, qPrintable(QString::number(first))); // twice its share
        QVERIFY(first >= 20);
    }

    void clientsWhoCameInVainAreHeard()
    {
        World world(51);
        const auto place = [&world](unsigned n) {
            NodeRecord record = world.record(n);
            record.country = *protocol::CountryCode::parse("US");
            record.approved = true;
            record.maxConnections = 50;
            record.natType = NatType::FullCone;
            record.bandwidthUp.reset();
            protocol::Metrics metrics;
            metrics.latency = n == 0 ? 10 : 60;
            world.nodes.put(world.now, record, metrics);
        };
        for (unsigned n = 0; n < 10; ++n)
            place(n);
        const auto first = [&world] {
            return std::get<0>(world.routing.choose(world.moment(), protocol::RoutingRequest()))
                .front()
                .node;
        };
        QCOMPARE(first(), id<NodeId>(0));
        const auto inVain = [&world](std::size_t from, Milliseconds stayed, bool answered = false) {
            Session session;
            session.record.node = id<NodeId>(0);
            session.record.clientKey = protocol::KeyText();
            session.from = addressOf(from);
            session.clientJoined = true;
            session.joinedAt = world.now;
            session.clientGoneSince = world.now + stayed;
            session.answered = answered;
            world.routing.sessionEnded(world.now, session);
        };
        inVain(1, Seconds(1)); // left at once
        QCOMPARE(first(), id<NodeId>(0));
        inVain(1, Seconds(10));
        QVERIFY(first() != id<NodeId>(0));
        // One subscriber is heard once, however often it says so.
        for (int i = 0; i < 100; ++i)
            inVain(1, Seconds(10));
        const Node *node = world.nodes.find(id<NodeId>(0));
        QCOMPARE(node->failedSessionsAt(world.now), 1.0);
        // It works for others.
        inVain(2, Seconds(10), true);
        QCOMPARE(node->failedSessionsAt(world.now), 0.5);
        // And is tried again after a while.
        world.now = world.now + std::chrono::minutes(20);
        QCOMPARE(first(), id<NodeId>(0));
    }

    // A client far away does not find all nodes equally bad.
    void theClientsLegCounts()
    {
        const auto of = [](double latency, Milliseconds leg) {
            NodeFigures figures;
            figures.latency = latency;
            ScoreInput input;
            input.clientLeg = leg;
            return score(figures, input).total();
        };
        QVERIFY(of(20, Milliseconds(0)) > of(20, Milliseconds(100)));
        QVERIFY(of(20, Milliseconds(400)) > of(80, Milliseconds(400)) + 2);
        QVERIFY(of(20, Milliseconds(0)) - of(80, Milliseconds(0)) >
                of(20, Milliseconds(400)) - of(80, Milliseconds(400)));
    }
};

QTEST_APPLESS_MAIN(RouteIndexTest)
#include "route_index_test.moc"
