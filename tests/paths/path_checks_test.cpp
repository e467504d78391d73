// SPDX-License-Identifier: GPL-3.0-or-later
// Two ends find a way to each other, lose it and find it again, over a network that the test makes:
// without a socket, and in no time.
#include "shared/paths/knock_limit.h"
#include "shared/paths/path_checks.h"

#include <QTest>
#include <functional>
#include <map>

using namespace higgs;
using namespace std::chrono_literals;
using protocol::CandidateType;
using protocol::StunTransactionId;

namespace {

constexpr Monotonic Begin{1h};
constexpr Milliseconds Step{10};

Endpoint at(const char *text)
{
    return *Endpoint::parse(text);
}

const Endpoint ClientAddress = at("81.0.113.31:40000");
const Endpoint NodeAddress = at("81.0.113.21:50000");
const Endpoint Elsewhere = at("81.0.113.77:60000");

/// What the network does with a packet.
struct Way
{
    /// As whom the other end sees the sender; nullopt: it is lost.
    std::function<std::optional<Endpoint>(const Endpoint &to)> clientTo;
    std::function<std::optional<Endpoint>(const Endpoint &to)> nodeTo;
    Milliseconds oneWay{10};
    bool narrow = false; ///< what is as large as datagrams get is lost
    Endpoint queueTo{};  ///< what goes there waits beside
    Milliseconds queue{0};
};

class Network
{
public:
    Network() : client(Begin, true, 1), node(Begin, false, 1)
    {
        way.clientTo = [](const Endpoint &to) {
            return to == NodeAddress ? std::optional(ClientAddress) : std::nullopt;
        };
        way.nodeTo = [](const Endpoint &to) {
            return to == ClientAddress ? std::optional(NodeAddress) : std::nullopt;
        };
    }

    void tell()
    {
        client.told(now, std::vector{CheckTarget{NodeAddress}});
        node.told(now, std::vector{CheckTarget{ClientAddress}});
    }

    void run(Milliseconds time)
    {
        for (const Monotonic end = now + time; now < end; now += Step) {
            send(client, true);
            if (!nodeStands)
                send(node, false);
            arrive();
            if (traffic)
                client.trafficSent(now);
            if (traffic && isUp())
                client.trafficCame(now);
        }
    }

    /// Whether datagrams pass from end to end.
    [[nodiscard]] bool isUp() const
    {
        const auto to = client.chosen();
        return to && way.clientTo(to->address) && way.nodeTo(*way.clientTo(to->address));
    }

    Monotonic now = Begin;
    PathChecks client;
    PathChecks node;
    Way way;
    bool traffic = false;
    bool nodeStands = false; ///< and what arrives there waits
    std::size_t probes = 0;
    std::size_t fullProbes = 0;

private:
    struct Flying
    {
        Monotonic at;
        bool toNode;
        std::optional<PathChecks::Probe> probe; ///< else an answer
        Endpoint from;
        Endpoint back;
        StunTransactionId transaction;
    };

    void send(PathChecks &end, bool isClient)
    {
        for (const PathChecks::Probe &probe : end.due(now)) {
            ++probes;
            StunTransactionId transaction{};
            std::memcpy(transaction.data(), &m_next, sizeof m_next);
            ++m_next;
            end.sent(now, probe.to, transaction);
            fullProbes += probe.full ? 1 : 0;
            if (way.narrow && probe.full)
                continue;
            if (const auto from =
                    isClient ? way.clientTo(probe.to.address) : way.nodeTo(probe.to.address))
                m_flying.push_back(
                    {now + way.oneWay + (probe.to.address == way.queueTo ? way.queue : 0ms),
                     isClient, probe, *from, probe.to.address, transaction});
        }
    }

    void arrive()
    {
        std::vector<Flying> landed;
        std::erase_if(m_flying, [&](const Flying &each) {
            if (each.at > now || (nodeStands && each.toNode))
                return false;
            landed.push_back(each);
            return true;
        });
        for (const Flying &each : landed) {
            PathChecks &end = each.toNode ? node : client;
            if (!each.probe) {
                end.answered(now, each.from, each.transaction);
                continue;
            }
            if (!end.asked(now, each.from, each.probe->number, each.probe->nominated,
                           each.probe->full))
                continue;
            send(end, !each.toNode); // as soon as that
            // Back to where it came from; it arrives from the address that was asked.
            const auto from = each.toNode ? way.nodeTo(each.from) : way.clientTo(each.from);
            if (from)
                m_flying.push_back({now + way.oneWay,
                                    !each.toNode,
                                    std::nullopt,
                                    each.back,
                                    {},
                                    each.transaction});
        }
    }

    std::vector<Flying> m_flying;
    std::uint64_t m_next = 1;
};

/// IPv6 first where both ends have both, although its first answers wait in a queue.
bool takesIpv6After(Milliseconds queue)
{
    Network network;
    const Endpoint node6 = at("[2a01:21:0:1::2]:50000"), client6 = at("[2a01:31:0:1::2]:40000");
    network.way.clientTo = [&](const Endpoint &to) {
        return to == node6 ? client6 : ClientAddress;
    };
    network.way.nodeTo = [&](const Endpoint &to) { return to == client6 ? node6 : NodeAddress; };
    network.client.told(network.now, std::vector{CheckTarget{NodeAddress}, CheckTarget{node6}});
    network.node.told(network.now, std::vector{CheckTarget{ClientAddress}, CheckTarget{client6}});
    std::tie(network.way.queueTo, network.way.queue) = std::tie(node6, queue);
    network.run(600ms);
    network.way.queue = 0ms;
    network.run(1'400ms);
    return network.client.chosen()->address == node6 && network.node.chosen()->address == client6;
}

} // namespace

class PathChecksTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void findsTheWay();
    void theNodeFollowsTheAddressThatItSees();
    void saysWhenThereIsNone();
    void diesInTime_data();
    void diesInTime();
    void isFoundAgain();
    void aMovedClientIsFollowed();
    void aClientThatLeftIsFollowed();
    void silenceIsLookedInto();
    void whatAnswersGoesBefore();
    void aRepetitionIsNothing();
    void strangersHaveFewPlaces();
    void unprovenAddressesGetLittle();
    void whoMovesOnAndOnHasFewPlaces();
    void takesTheBetterWay();
    void takesTheWayInside();
    void knocksAFewTimes();
    void allKnocksTogetherAreFew();
    void aNarrowWayIsNone();
    void aWayThatGetsNarrowDies();
    void wakesToNothing();
    void whatWaitedStirsNoStorm();
    void stirsLittleWhileAllIsWell();
    void whatCannotLeaveIsNotTriedAllTheTime();
    void silentAddressesAreWaitedForNoLonger();
    void trustsTheLatest();
};

void PathChecksTest::findsTheWay()
{
    Network network;
    network.tell();
    network.run(200ms);
    QVERIFY(network.client.chosen() && network.client.chosen()->address == NodeAddress);
    QVERIFY(network.node.chosen() && network.node.chosen()->address == ClientAddress);
    QCOMPARE(network.client.state(network.now), CheckState::Found);
    QCOMPARE(*network.client.rttMs(), 20.0);
}

/// The client's router gives each other end another port, and nobody could tell the node which.
void PathChecksTest::theNodeFollowsTheAddressThatItSees()
{
    Network network;
    const Endpoint seen = at("81.0.113.31:61234");
    network.way.clientTo = [seen](const Endpoint &to) {
        return to == NodeAddress ? std::optional(seen) : std::nullopt;
    };
    network.way.nodeTo = [seen](const Endpoint &to) {
        return to == seen ? std::optional(NodeAddress) : std::nullopt;
    };
    network.tell();
    network.run(400ms);
    QVERIFY(network.node.chosen() && network.node.chosen()->address == seen);
    const auto trusted = network.node.trusted();
    QVERIFY(std::find(trusted.begin(), trusted.end(), CheckWay(seen)) != trusted.end());
    QVERIFY(network.node.isProven(CheckWay(seen)));
    QVERIFY(network.client.chosen());
}

/// Small packets pass, and what the tunnel sends would not.
void PathChecksTest::aNarrowWayIsNone()
{
    Network network;
    network.way.narrow = true;
    network.tell();
    network.run(checks::SearchTime + 1s);
    QVERIFY(!network.client.chosen() && !network.node.chosen());
    QCOMPARE(network.client.state(network.now), CheckState::None);
    QVERIFY(network.client.isNarrow());
    QVERIFY(network.fullProbes < network.probes);
    network.way.narrow = false;
    network.run(checks::SearchInterval + 1s);
    QVERIFY(network.client.chosen() && network.node.chosen());
    QVERIFY(!network.client.isNarrow());
}

void PathChecksTest::aWayThatGetsNarrowDies()
{
    Network network;
    network.tell();
    network.run(5s);
    QVERIFY(network.client.chosen() && network.node.chosen());
    network.way.narrow = true;
    network.run(6'500ms);
    QVERIFY(!network.client.chosen());
}

void PathChecksTest::wakesToNothing()
{
    Network network;
    network.tell();
    network.run(5s);
    const Way good = network.way;
    network.client.woke(network.now);
    QVERIFY(!network.client.chosen());
    QCOMPARE(network.client.state(network.now), CheckState::Searching);
    // One answer will do: it has not died.
    network.run(100ms);
    QVERIFY(network.client.chosen());
    // Nor is it believed when nothing answers.
    network.way.clientTo = network.way.nodeTo = [](const Endpoint &) { return std::nullopt; };
    network.client.woke(network.now);
    network.run(3s);
    QVERIFY(!network.client.chosen());
    network.way = good;
    network.run(checks::SearchInterval + 1s);
    QVERIFY(network.client.chosen() && network.node.chosen());
}

void PathChecksTest::saysWhenThereIsNone()
{
    Network network;
    network.way.clientTo = network.way.nodeTo = [](const Endpoint &) { return std::nullopt; };
    network.tell();
    network.run(checks::SearchTime - 100ms);
    QCOMPARE(network.client.state(network.now), CheckState::Searching);
    network.run(200ms);
    QCOMPARE(network.client.state(network.now), CheckState::None);
    QVERIFY(network.client.wasTold());
    QVERIFY(!network.client.chosen() && network.client.trusted().empty());
}

void PathChecksTest::diesInTime_data()
{
    QTest::addColumn<int>("oneWay");
    QTest::addColumn<bool>("traffic");
    QTest::addColumn<int>("within");
    QTest::addColumn<int>("after"); // the last steady probe, somewhere
    for (const int after : {0, 700, 1'400, 2'100, 2'800}) {
        QTest::addRow("near, under traffic, %d", after) << 1 << true << 2'300 << after;
        QTest::addRow("far, under traffic, %d", after) << 80 << true << 2'500 << after;
        QTest::addRow("near, idle, %d", after) << 1 << false << 6'500 << after;
        QTest::addRow("far, idle, %d", after) << 80 << false << 6'500 << after;
    }
}

void PathChecksTest::diesInTime()
{
    QFETCH(int, oneWay);
    QFETCH(bool, traffic);
    QFETCH(int, within);
    QFETCH(int, after);
    Network network;
    network.way.oneWay = Milliseconds(oneWay);
    network.tell();
    network.run(10s);
    QVERIFY(network.isUp());
    network.traffic = traffic;
    network.run(Milliseconds(1'000 + after));
    network.way.clientTo = network.way.nodeTo = [](const Endpoint &) { return std::nullopt; };
    const Monotonic cut = network.now;
    while (network.client.chosen() && network.now < cut + 20s)
        network.run(Step);
    QVERIFY2(network.now - cut <= Milliseconds(within),
             qPrintable(QString::number((network.now - cut) / 1ms)));
    // The first that was missed may have been on its way.
    QVERIFY(network.now - cut + 2 * network.way.oneWay >= checks::DeadTime);
}

/// Not by its first answer: a way that comes and goes would take the traffic with it.
void PathChecksTest::isFoundAgain()
{
    Network network;
    network.tell();
    network.run(1s);
    const Way good = network.way;
    network.way.clientTo = network.way.nodeTo = [](const Endpoint &) { return std::nullopt; };
    network.run(30s);
    QVERIFY(!network.client.chosen() && !network.node.chosen());
    network.way = good;
    const Monotonic back = network.now;
    while (!network.client.chosen() && network.now < back + 30s)
        network.run(Step);
    QVERIFY(network.now - back <= checks::SearchInterval + 2s);
    QVERIFY(network.now - back >= 2 * checks::QuickInterval);
    network.run(1s);
    QVERIFY(network.node.chosen());
}

void PathChecksTest::aMovedClientIsFollowed()
{
    Network network;
    network.tell();
    network.run(5s);
    const Endpoint moved = at("82.51.100.9:1234");
    network.way.clientTo = [moved](const Endpoint &to) {
        return to == NodeAddress ? std::optional(moved) : std::nullopt;
    };
    network.way.nodeTo = [moved](const Endpoint &to) {
        return to == moved ? std::optional(NodeAddress) : std::nullopt;
    };
    network.client.hurry(network.now);
    network.run(200ms);
    QVERIFY(network.client.chosen());
    QVERIFY(network.node.chosen() && network.node.chosen()->address == moved);
}

/// The node would look for itself only when it has something to send.
void PathChecksTest::aClientThatLeftIsFollowed()
{
    Network network;
    network.tell();
    network.run(400ms);
    PathChecks &node = network.node;
    QVERIFY(node.chosen());
    node.trafficElsewhere(network.now); // sent before the client took this way
    QVERIFY(node.chosen());
    network.run(2s);
    node.trafficCame(network.now);
    node.trafficElsewhere(network.now + checks::LeftAfter - Step);
    QVERIFY(node.chosen());
    network.client.trafficElsewhere(network.now + checks::LeftAfter); // who decides does not follow
    QVERIFY(network.client.chosen());
    node.trafficElsewhere(network.now + checks::LeftAfter);
    QVERIFY(!node.chosen());
    // It did not leave, or has come back: it says so when it asks the next time.
    network.run(checks::SteadyInterval + 200ms);
    QVERIFY(node.chosen());
}

/// A node that only answers has nothing to miss, when its router has forgotten it.
void PathChecksTest::silenceIsLookedInto()
{
    Network network;
    network.tell();
    network.run(8s);
    PathChecks &node = network.node;
    QVERIFY(node.chosen() && !node.isDoubtful());
    node.trafficCame(network.now);
    const Monotonic last = network.now;
    QVERIFY(node.deadline(network.now) <= last + checks::SilentAfter);
    network.way.clientTo = network.way.nodeTo = [](const Endpoint &) { return std::nullopt; };
    while (!node.isDoubtful() && network.now < last + 10s)
        network.run(Step);
    QVERIFY(network.now - last <= checks::SilentAfter + checks::ShortestPatience + 2 * Step);
}

/// The node's router has another outside: it is not waited until the old one is dead.
void PathChecksTest::whatAnswersGoesBefore()
{
    Network network;
    network.tell();
    network.run(8s);
    network.traffic = true;
    network.way.clientTo = [](const Endpoint &to) {
        return to == Elsewhere ? std::optional(ClientAddress) : std::nullopt;
    };
    network.way.nodeTo = [](const Endpoint &) { return std::optional(Elsewhere); };
    const Monotonic moved = network.now;
    network.run(checks::SuspectAfter + checks::ShortestPatience + 2 * Step);
    QVERIFY(network.client.isDoubtful());
    network.client.told(network.now, std::vector{CheckTarget{Elsewhere}});
    network.run(100ms); // a small probe and a full one
    QVERIFY(network.client.chosen() && network.client.chosen()->address == Elsewhere);
    QVERIFY(network.now - moved < checks::DeadTime);
}

void PathChecksTest::aRepetitionIsNothing()
{
    Network network;
    network.tell();
    network.run(1s);
    PathChecks &node = network.node;
    const std::size_t known = node.trusted().size();
    QVERIFY(node.asked(network.now, ClientAddress, 1'000, true));
    QVERIFY(!node.asked(network.now, Elsewhere, 1'000, true)); // seen by somebody on the way
    QVERIFY(!node.asked(network.now, Elsewhere, 1, true));     // and an old one
    QCOMPARE(node.trusted().size(), known);
    QVERIFY(node.chosen()->address == ClientAddress);
    QCOMPARE(node.counters().repeated, 2U);
    QVERIFY(node.asked(network.now, ClientAddress, 998, false)); // overtaken, and not repeated
    QVERIFY(!node.asked(network.now, ClientAddress, 998, false));
}

/// The other end is hostile: it asks from everywhere, or tells of everybody.
void PathChecksTest::strangersHaveFewPlaces()
{
    Network network;
    network.tell();
    network.run(1s);
    PathChecks &node = network.node;
    for (std::uint16_t port = 1; port < 500; ++port)
        QVERIFY(
            node.asked(network.now, Endpoint{at("9.9.9.9:1").address, port}, 2'000U + port, false));
    QVERIFY(node.trusted().size() <= checks::MaxSeen + 1);
    QVERIFY(node.chosen()->address == ClientAddress);
    QVERIFY(node.due(network.now).size() <= checks::MaxSeen + 1);
    std::vector<CheckTarget> many;
    for (std::uint16_t port = 1; port < 500; ++port)
        many.push_back({{at("8.8.8.8:1").address, port}});
    node.told(network.now, many);
    QVERIFY(node.due(network.now + 1s).size() <= checks::MaxSeen + checks::MaxTold + 1);
    QVERIFY(node.chosen()->address == ClientAddress);
}

/// What a hostile end can have sent to others, by asking under their addresses or by telling them.
void PathChecksTest::unprovenAddressesGetLittle()
{
    Network network;
    network.tell();
    network.run(1s);
    PathChecks &node = network.node;
    QVERIFY(node.mayAnswer(ClientAddress));
    std::uint64_t number = 2'000;
    std::size_t sent = 0;
    for (int i = 0; i < 100; ++i) { // a probe now and then, instead of their answers
        QVERIFY(node.asked(network.now, Elsewhere, ++number, false));
        QVERIFY(!node.mayAnswer(Elsewhere));
        for (const PathChecks::Probe &each : node.due(network.now))
            sent += each.to == Elsewhere ? 1U : 0U;
        network.now += Step;
    }
    QCOMPARE(sent, std::size_t(1s / checks::QuickInterval));
    for (int i = 0; i < 10'000; ++i) {
        std::vector<CheckTarget> told;
        for (std::uint16_t at = 0; at < 4; ++at)
            told.push_back(
                {{::at("8.8.8.8:1").address, static_cast<std::uint16_t>(2'000 + i + at)}});
        node.told(network.now, told);
        for (const PathChecks::Probe &each : node.due(network.now))
            sent += each.to == ClientAddress ? 0U : 1U;
        network.now += 1ms;
    }
    QVERIFY2(sent <= checks::UnprovenBurst + 11s / checks::UnprovenInterval + 1,
             qPrintable(QString::number(sent)));
    QVERIFY(node.counters().withheld > 0);
    QVERIFY(node.chosen()->address == ClientAddress);
    // Whoever is there says so, by its answer to a probe.
    node.told(network.now, std::vector{CheckTarget{ClientAddress}});
    network.now += 10s;
    QVERIFY(node.asked(network.now, Elsewhere, ++number, false));
    for (const PathChecks::Probe &each : node.due(network.now))
        node.sent(network.now, each.to, {each.to == Elsewhere ? std::uint8_t{1} : std::uint8_t{2}});
    node.answered(network.now, Elsewhere, {1});
    QVERIFY(node.mayAnswer(Elsewhere));
}

/// An other end that answers from each set of addresses and then tells another one would have us
/// keep all of them, and probe them for as long as the session lasts.
void PathChecksTest::whoMovesOnAndOnHasFewPlaces()
{
    PathChecks checks(Begin, false, 1);
    std::uint64_t number = 0;
    for (std::uint32_t round = 0; round < 20; ++round) {
        std::vector<CheckTarget> targets;
        for (std::uint32_t i = 0; i < checks::MaxTold; ++i)
            targets.push_back({{IpAddress::v4(0x51007100U + round * 16 + i), 40'000}});
        checks.told(Begin, targets);
        for (const CheckTarget &each : targets)
            QVERIFY(checks.asked(Begin, each.address, ++number, false));
        QVERIFY(checks.trusted().size() <= checks::MaxTold + checks::MaxSeen);
    }
    QVERIFY(checks.due(Begin).size() <= checks::MaxTold + checks::MaxSeen);
    QVERIFY(checks.counters().beyond > 0);
}

void PathChecksTest::takesTheBetterWay()
{
    // The queue is of a machine that is busy, or of other people's packets.
    QVERIFY(takesIpv6After(0ms) && takesIpv6After(300ms));
}

/// Of a home whose router leads back what is sent to its own outside.
void PathChecksTest::takesTheWayInside()
{
    Network network;
    const Endpoint inside = at("192.168.21.2:50000");
    network.way.clientTo = [&](const Endpoint &to) {
        return to == inside ? std::optional(at("192.168.21.4:40000"))
                            : std::optional(ClientAddress);
    };
    network.way.nodeTo = [&](const Endpoint &to) {
        return std::optional(to == ClientAddress ? NodeAddress : inside);
    };
    network.client.told(network.now, std::vector{CheckTarget{NodeAddress},
                                                 CheckTarget{inside, CandidateType::Host}});
    network.node.told(network.now, std::vector{CheckTarget{ClientAddress}});
    network.run(2s);
    QVERIFY(network.client.chosen()->address == inside);
}

/// On somebody's word, and no more until who is named is heard.
void PathChecksTest::knocksAFewTimes()
{
    PathChecks checks(Begin, false, 1);
    const CheckTarget inside{at("192.168.21.50:40000"), CandidateType::Host, 0, true};
    std::size_t probes = 0;
    for (Monotonic now = Begin; now < Begin + 60s; now += Step) {
        if (now - Begin == 1s || now - Begin == 20s) { // told again, and the network changes
            checks.told(now, std::vector{inside});
            checks.hurry(now);
        }
        probes += checks.due(now).size();
    }
    QCOMPARE(probes, std::size_t(checks::Knocks));
    QVERIFY(checks.asked(Begin + 60s, inside.address, 1, false));
    QCOMPARE(checks.due(Begin + 60s).size(), std::size_t(1)); // one for each request
    QVERIFY(checks.due(Begin + 90s).empty());
}

void PathChecksTest::allKnocksTogetherAreFew()
{
    KnockLimit limit;
    unsigned taken = 0;
    for (int i = 0; i < 100; ++i)
        taken += limit.take(Begin) ? 1 : 0;
    QCOMPARE(taken, KnockLimit::Burst);
    QVERIFY(!limit.take(Begin + 14s));
    QVERIFY(limit.take(Begin + 16s));
    QVERIFY(!limit.take(Begin + 29s));
    QVERIFY(limit.take(Begin + 31s));
}

/// Each of many requests had a probe sent, for which the other end sent another.
void PathChecksTest::whatWaitedStirsNoStorm()
{
    Network network;
    network.tell();
    network.run(1s);
    network.nodeStands = true;
    for (int i = 0; i < 20; ++i) {
        network.run(1s);
        network.client.hurry(network.now);
    }
    network.nodeStands = false;
    network.node.woke(network.now);
    network.probes = 0;
    network.run(10s);
    QVERIFY(network.client.chosen() && network.node.chosen());
    QVERIFY2(network.probes < 200, qPrintable(QString::number(network.probes)));
}

void PathChecksTest::stirsLittleWhileAllIsWell()
{
    Network network;
    network.tell();
    network.run(5s);
    const std::size_t before = network.probes;
    network.run(60s);
    // One end's probe each 3 s, and the other's.
    QVERIFY2(network.probes - before <= 2 * 60 / 3 + 2,
             qPrintable(QString::number(network.probes - before)));
    QVERIFY(network.client.deadline(network.now) > network.now);
}

/// A firewall refuses each probe, the kernel has no room, or the socket no place for one more
/// question: so sent() never comes, while the person's traffic goes on.
void PathChecksTest::whatCannotLeaveIsNotTriedAllTheTime()
{
    Network network;
    network.tell();
    network.run(2s);
    PathChecks &client = network.client;
    QVERIFY(client.chosen());
    unsigned turns = 0;
    std::size_t probes = 0;
    Monotonic now = network.now;
    for (const Monotonic end = now + 20s; now < end; ++turns) {
        client.trafficSent(now);
        probes += client.due(now).size();
        (void)client.takeForgotten();
        // As the driver waits: in whole milliseconds, one at least.
        now += std::max(std::chrono::ceil<Milliseconds>(client.deadline(now) - now), 1ms);
    }
    const auto most = static_cast<unsigned>(20s / checks::UrgentInterval + checks::QuickProbes);
    QVERIFY2(probes <= most, qPrintable(QString::number(probes)));
    QVERIFY2(turns <= 3 * most, qPrintable(QString::number(turns)));
}

/// Each question that is waited for has a place in the daemon's socket, of which all guests have
/// one number together.
void PathChecksTest::silentAddressesAreWaitedForNoLonger()
{
    PathChecks checks(Begin, false, 1);
    std::vector<CheckTarget> silent;
    for (std::uint16_t port = 1; port <= checks::MaxTold; ++port)
        silent.push_back({Endpoint{NodeAddress.address, port}});
    checks.told(Begin, silent);
    std::size_t waits = 0;
    std::size_t most = 0;
    StunTransactionId id{};
    const auto run = [&](Monotonic from, Milliseconds time) {
        for (Monotonic now = from; now < from + time; now += Step) {
            for (const PathChecks::Probe &probe : checks.due(now)) {
                std::memcpy(id.data(), &probe.number, sizeof probe.number);
                checks.sent(now, probe.to, id);
                ++waits;
            }
            waits -= checks.takeForgotten().size();
            most = std::max(most, waits);
        }
    };
    run(Begin, 60s);
    QVERIFY(most <= checks::MaxTold * checks::MaxPending);
    const auto kept = static_cast<std::size_t>(checks::LatestAnswer / checks::SearchInterval) + 1;
    QVERIFY2(waits <= checks::MaxTold * kept, qPrintable(QString::number(waits)));
}

void PathChecksTest::trustsTheLatest()
{
    Network network;
    network.tell();
    network.run(1s);
    PathChecks &node = network.node;
    std::uint64_t number = 1'000;
    std::vector<CheckTarget> told{{ClientAddress}};
    for (std::uint16_t port = 1; port < checks::MaxTold; ++port)
        told.push_back({Endpoint{Elsewhere.address, port}});
    node.told(network.now, told);
    for (const CheckTarget &each : told)
        QVERIFY(node.asked(network.now += Step, each.address, ++number, false));
    const auto trusted = node.trusted();
    QCOMPARE(trusted.size(), checks::MaxTrusted);
    QVERIFY(trusted.front() == CheckWay(ClientAddress) && node.isProven(trusted.front()));
    QVERIFY(trusted.at(1) == CheckWay(told.back().address) && !node.isProven(trusted.at(1)));
}

QTEST_APPLESS_MAIN(PathChecksTest)
#include "path_checks_test.moc"
