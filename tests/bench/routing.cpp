// SPDX-License-Identifier: GPL-3.0-or-later
// What a routing decision costs the control thread, by the number of nodes, beside a scan of all of
// them in the same run; what the caches hold; and how a thousand clients spread over equal nodes.
// CPU time of this one thread. Exit 1 when a decision costs more than its floor.
#include "server/services/routing.h"
#include "server/cache/answer_cache.h"
#include "server/cache/route_cache.h"
#include "server/services/locations.h"
#include "shared/crypto/sha256.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>

using namespace higgs;
using namespace higgs::server;

namespace {

constexpr std::array<unsigned, 4> Sizes = {100, 1'000, 10'000, 100'000};
constexpr double Floor = 200;  // microseconds a decision
constexpr double Flatness = 2; // of the largest against the smallest
constexpr std::array Countries = {"US", "US", "US", "DE", "DE", "FR", "NL", "IS", "JP", "BR"};
constexpr std::array Regions = {"US-CA", "US-NY", "US-TX", "US-WA"};
constexpr Clocks Now{BootTime{5'000'000}, WallTime{1'700'000'000'000}};

double cpuMicroseconds()
{
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

NodeId nodeOf(unsigned n)
{
    std::array<char, 37> text{};
    const std::uint64_t mixed = Dice::mixed(n);
    std::snprintf(text.data(), text.size(), "%08x-%04x-4000-8000-%012x",
                  static_cast<unsigned>(mixed), static_cast<unsigned>(mixed >> 48U), n);
    return *NodeId::parse(text.data());
}

/// Nodes as they may be found, all offered: known figures of some, unknown ones of others.
struct World
{
    explicit World(unsigned count) : routing(nodes, sessions, 1)
    {
        for (unsigned n = 0; n < count; ++n)
            nodes.put(Now.boot, record(n), metrics());
    }

    NodeRecord record(unsigned n)
    {
        NodeRecord r;
        r.id = nodeOf(n);
        Bytes key(32, 0);
        std::memcpy(key.data(), &n, sizeof n);
        r.publicKey = *protocol::KeyText::parse(toBase64(key));
        r.natType = protocol::NatType::FullCone;
        r.country = *protocol::CountryCode::parse(Countries[n % Countries.size()]);
        if (r.country.text() == "US")
            r.region = Regions[dice.below(Regions.size())];
        r.maxConnections = 20;
        if (dice.below(5) > 0)
            r.bandwidthUp = r.bandwidthDown = 10 + static_cast<double>(dice.below(200));
        return r;
    }

    protocol::Metrics metrics()
    {
        protocol::Metrics m;
        if (dice.below(5) > 0)
            m.latency = 5 + 200 * dice.unit();
        return m;
    }

    RoutingMoment moment()
    {
        return {{Now.boot, *IpAddress::parse("198.51.100.7"), Seconds(3), Seconds(60)},
                [this] { return dice.unit(); },
                Milliseconds(20)};
    }

    Dice dice{42};
    NodeRegistry nodes;
    SessionTable sessions;
    Routing routing;
};

protocol::RoutingRequest asking(const char *country = nullptr, const char *region = nullptr)
{
    protocol::RoutingRequest request;
    if (country != nullptr)
        request.requirements.preferredCountry = *protocol::CountryCode::parse(country);
    if (region != nullptr)
        request.requirements.preferredLocation = *protocol::PlaceCode::parse(region);
    return request;
}

/// The median of rounds: what one call of `work` takes.
double costOf(unsigned calls, const std::function<void()> &work)
{
    std::array<double, 7> rounds{};
    for (double &round : rounds) {
        const double begun = cpuMicroseconds();
        for (unsigned i = 0; i < calls; ++i)
            work();
        round = (cpuMicroseconds() - begun) / calls;
    }
    std::nth_element(rounds.begin(), rounds.begin() + 3, rounds.end());
    return rounds[3];
}

/// Everything that a client's question costs until its session is made: the choice, and of each
/// route what is expected of it, and its id.
void decide(World &world, InProcessRouteCache &ids, const protocol::RoutingRequest &request,
            unsigned client)
{
    const RoutingMoment now = world.moment();
    const auto chosen = world.routing.choose(now, request);
    for (const ScoredRoute &route : std::get<0>(chosen)) {
        const auto digest =
            sha256(asBytes(std::to_string(client) + '|' + route.node.text() + "|relay"));
        RouteKey key{};
        std::copy_n(digest.begin(), key.size(), key.begin());
        ids.routeId(Monotonic(), key, *RouteId::parse(route.node.text()));
    }
}

/// What was done before there was an index: every node that fits is looked at, and the best kept.
void scan(World &world, const protocol::RoutingRequest &request)
{
    const RoutingMoment now = world.moment();
    std::vector<ScoredRoute> routes;
    world.nodes.forEach([&](const Node &node) {
        const NodeId &id = node.record.id;
        if (!node.isOffered() || !meetsRequirements(node, request.requirements) ||
            !world.sessions.hasPlace(id, node.record.maxConnections, now.seeker))
            return;
        ScoreInput input;
        input.now = Now.boot;
        input.chance = world.dice.unit();
        const auto parts = score(figuresOf(node, world.sessions.countOf(id)), input);
        routes.push_back({id, protocol::RouteType::Relay, parts.total()});
    });
    const std::size_t kept = std::min<std::size_t>(MaxRoutesOffered, routes.size());
    std::partial_sort(routes.begin(), routes.begin() + static_cast<std::ptrdiff_t>(kept),
                      routes.end(),
                      [](const ScoredRoute &a, const ScoredRoute &b) { return a.score > b.score; });
}

class Table
{
public:
    void add(const std::string &name, double value)
    {
        const auto found = std::find_if(m_rows.begin(), m_rows.end(),
                                        [&name](const auto &row) { return row.first == name; });
        (found == m_rows.end() ? m_rows.emplace_back(name, std::vector<double>()) : *found)
            .second.push_back(value);
    }
    void print() const
    {
        for (const auto &[name, values] : m_rows) {
            std::printf("%-46s", name.c_str());
            for (const double value : values)
                std::printf("%12.1f", value);
            std::printf("   %.2fx\n", values.back() / values.front());
        }
    }
    [[nodiscard]] const std::vector<double> &of(const std::string &name) const
    {
        return std::find_if(m_rows.begin(), m_rows.end(),
                            [&name](const auto &row) { return row.first == name; })
            ->second;
    }

private:
    std::vector<std::pair<std::string, std::vector<double>>> m_rows;
};

const char *const AnyRow = "decision, anywhere (us)";
const char *const CountryRow = "decision, a country (us)";

void measure(unsigned size, Table &table)
{
    World world(size);
    const Limits limits;
    InProcessRouteCache ids(limits);
    unsigned client = 0;
    const auto decision = [&](const char *name, const protocol::RoutingRequest &request) {
        table.add(name, costOf(2000, [&] { decide(world, ids, request, ++client); }));
    };
    decision(AnyRow, asking());
    decision(CountryRow, asking("US"));
    decision("decision, a region (us)", asking("US", "US-CA"));
    protocol::RoutingRequest narrow = asking("US");
    narrow.requirements.minBandwidth = 205;
    narrow.requirements.maxLatency = 150;
    decision("decision, one node of 60 fits (us)", narrow);
    protocol::RoutingRequest cascade = asking("DE");
    cascade.requirements.via = *protocol::CountryCode::parse("US");
    table.add("decision, a cascade (us)",
              costOf(1000, [&] { world.routing.chooseCascade(world.moment(), cascade); }));
    table.add("reference: scan of all nodes (us)",
              costOf(std::max(1U, 100'000 / size), [&] { scan(world, asking("US")); }));
    protocol::HeartbeatRequest beat;
    beat.status = protocol::NodeStatus::Online;
    table.add("a heartbeat with figures (us)", costOf(2000, [&] {
                  beat.metrics = world.metrics();
                  const auto n = static_cast<unsigned>(world.dice.below(size));
                  world.nodes.heartbeat(Now.boot, nodeOf(n), beat);
              }));
    const RouteIndex &index = world.routing.index();
    table.add("/locations made (us)",
              costOf(20, [&] { (void)protocol::textOf(locationsOf(index)); }));
    std::string nodes;
    table.add("/nodes of all made (ms)",
              costOf(1, [&] { nodes = protocol::textOf(nodesOf(index, {})); }) / 1000);
    AnswerCache answers(limits);
    const std::size_t bytes = nodes.size();
    answers.put(Monotonic(), "nodes", {1, 1}, std::move(nodes), {});
    table.add("/nodes from the cache (us)", costOf(1000, [&] {
                  (void)answers.find(Monotonic(), "nodes", {1, 1});
              }));
    table.add("/nodes of all (kB)", static_cast<double>(bytes) / 1000);
    table.add("index (bytes a node)", static_cast<double>(index.bytes()) / size);
    table.add("ids of routes (kB)", static_cast<double>(ids.bytes()) / 1000);
}

/// From the least to the most that one of `count` equal nodes got of `clients`, who stay.
bool spread(unsigned count, unsigned clients)
{
    World world(0);
    std::vector<NodeId> all;
    for (unsigned n = 0; n < count; ++n) {
        NodeRecord record = world.record(n);
        record.country = *protocol::CountryCode::parse("US");
        record.region.clear();
        record.maxConnections = 200;
        record.bandwidthUp = record.bandwidthDown = 100;
        protocol::Metrics metrics;
        metrics.latency = 30;
        world.nodes.put(Now.boot, record, metrics);
        all.push_back(record.id);
    }
    for (unsigned i = 0; i < clients; ++i) {
        const auto chosen = world.routing.choose(world.moment(), asking("US"));
        SessionRecord session;
        session.id = *SessionId::parse(nodeOf(1'000'000 + i).text());
        session.node = std::get<0>(chosen).front().node;
        session.clientGroup = session.tokenDigest = session.id.text();
        session.expiresAt = Now.wall + Seconds(3600);
        (void)world.sessions.add(Now, session);
    }
    unsigned least = clients;
    unsigned most = 0;
    for (const NodeId &id : all) {
        least = std::min(least, world.sessions.countOf(id));
        most = std::max(most, world.sessions.countOf(id));
    }
    const double share = static_cast<double>(clients) / count;
    std::printf("%u clients on %u equal nodes: from %u to %u each, at most %.2fx of a share\n",
                clients, count, least, most, most / share);
    return most <= 2 * share;
}

} // namespace

int main()
{
    Table table;
    std::printf("%-46s", "nodes");
    for (const unsigned size : Sizes)
        std::printf("%12u", size);
    std::printf("   last to first\n");
    for (const unsigned size : Sizes)
        measure(size, table);
    table.print();
    const Limits limits;
    std::printf("caches are bounded: route-cache-bytes=%zu, answer-cache-bytes=%zu\n",
                limits.routeCacheBytes, limits.answerCacheBytes);
    bool held = true;
    for (const unsigned count : {50U, 500U})
        held = spread(count, 20 * count) && held;
    for (const char *const row : {AnyRow, CountryRow}) {
        const auto &costs = table.of(row);
        const double most = *std::max_element(costs.begin(), costs.end());
        const double ratio = most / *std::min_element(costs.begin(), costs.end());
        const bool kept = most <= Floor && ratio <= Flatness;
        std::printf("%s: at most %.1f (floor %.0f), %.2fx over the range (floor %.0fx): %s\n", row,
                    most, Floor, ratio, Flatness, kept ? "held" : "MISSED");
        held = held && kept;
    }
    return held ? 0 : 1;
}
