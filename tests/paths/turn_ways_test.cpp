// SPDX-License-Identifier: GPL-3.0-or-later
// The same address of the other end, reached straight and by allocations on TURN servers: which of
// the ways is taken, and when.
#include "tests/paths/checked_end.h"

#include <QTest>
#include <map>
#include <set>

using namespace higgs;
using namespace std::chrono_literals;
using protocol::CandidateType;
using protocol::StunTransactionId;

namespace {

const Endpoint Node = *Endpoint::parse("81.0.113.21:50000");
const Endpoint Relayed = *Endpoint::parse("81.0.113.12:51000");
constexpr std::uint32_t First = 1;
constexpr std::uint32_t Second = 2;

/// A client and what answers it: each way that is open, at once.
struct Client : test::CheckedEnd
{
    void tell(std::vector<std::uint32_t> vias)
    {
        std::vector<CheckTarget> targets;
        for (const std::uint32_t via : vias)
            targets.push_back({Node, CandidateType::Srflx, via});
        checks.told(now, targets);
    }

    void run(Milliseconds time)
    {
        CheckedEnd::run(time, [this](const CheckWay &to) {
            ++probes[to];
            return open.contains(to.via) ? test::ProbeFate::Answered : test::ProbeFate::Lost;
        });
    }

    [[nodiscard]] int via() const
    {
        const auto chosen = checks.chosen();
        return chosen ? static_cast<int>(chosen->via) : -1;
    }

    std::set<std::uint32_t> open;
    std::map<CheckWay, int> probes;
};

} // namespace

class TurnWaysTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void straightBeforeTurn();
    void aStraightWayIsLookedForBesideTurn();
    void theNewerAllocationTakesOver();
    void withTheAllocationItsWayIsGone();
    void anAnswerByAnotherWayIsNone();
    void theNodeKnowsARelayedAddress();
};

void TurnWaysTest::straightBeforeTurn()
{
    Client client;
    client.open = {First};
    client.tell({0, First});
    client.run(3s);
    QCOMPARE(client.via(), static_cast<int>(First));
    client.open.insert(0);
    client.run(checks::SearchInterval + 1s);
    QCOMPARE(client.via(), 0);
    // While it stands nothing is changed for the other; when it dies the other is there at once.
    client.run(60s);
    QCOMPARE(client.via(), 0);
    client.open.erase(0);
    client.checks.trafficSent(client.now);
    client.run(4s);
    QCOMPARE(client.via(), static_cast<int>(First));
}

void TurnWaysTest::aStraightWayIsLookedForBesideTurn()
{
    Client client;
    client.open = {First};
    client.tell({0, First});
    client.run(10s);
    client.probes.clear();
    client.run(60s);
    QVERIFY(client.probes[CheckWay(Node)] >= 11); // as if none stood
    QVERIFY(client.probes[CheckWay(Node)] <= 13);
}

void TurnWaysTest::theNewerAllocationTakesOver()
{
    Client client;
    client.open = {First, Second};
    client.tell({First});
    client.run(5s);
    QCOMPARE(client.via(), static_cast<int>(First));
    client.tell({First, Second});
    client.run(1s);
    QCOMPARE(client.via(), static_cast<int>(Second));
    client.checks.gone(client.now, First);
    QCOMPARE(client.via(), static_cast<int>(Second));
    client.run(30s);
    QCOMPARE(client.via(), static_cast<int>(Second));
}

void TurnWaysTest::withTheAllocationItsWayIsGone()
{
    Client client;
    client.open = {First};
    client.tell({First});
    client.run(1s);
    QCOMPARE(client.via(), static_cast<int>(First));
    QCOMPARE(client.checks.trusted().size(), std::size_t(1));
    client.checks.gone(client.now, First);
    QCOMPARE(client.via(), -1);
    QVERIFY(client.checks.trusted().empty());
    QVERIFY(!client.checks.takeForgotten().empty() || client.checks.due(client.now).empty());
}

void TurnWaysTest::anAnswerByAnotherWayIsNone()
{
    Client client;
    client.tell({0, First});
    for (const PathChecks::Probe &probe : client.checks.due(client.now)) {
        const StunTransactionId transaction = Client::transactionOf(probe);
        client.checks.sent(client.now, probe.to, transaction);
        client.checks.answered(client.now, {Node, probe.to.via == 0 ? First : 0}, transaction);
        client.checks.answered(client.now, {Node, Second}, transaction);
    }
    QCOMPARE(client.via(), -1);
    QVERIFY(client.checks.trusted().empty());
}

void TurnWaysTest::theNodeKnowsARelayedAddress()
{
    const Monotonic now{1h};
    PathChecks node(now, false, 1);
    node.told(now, std::vector{CheckTarget{Relayed, CandidateType::Relay}});
    const auto probes = node.due(now);
    QCOMPARE(probes.size(), std::size_t(1));
    const StunTransactionId transaction{7};
    node.sent(now, probes[0].to, transaction);
    QVERIFY(node.asked(now, Relayed, 1, true));
    node.answered(now, Relayed, transaction);
    QVERIFY(!node.chosen()); // what is small passes
    const auto full = node.due(now);
    QCOMPARE(full.size(), std::size_t(1));
    QVERIFY(full[0].full);
    const StunTransactionId next{8};
    node.sent(now, full[0].to, next);
    node.answered(now, Relayed, next);
    QVERIFY(node.chosen() && node.chosen()->isTurn());
    QCOMPARE(node.chosen()->via, std::uint32_t(0)); // it is the other end's allocation
}

QTEST_APPLESS_MAIN(TurnWaysTest)
#include "turn_ways_test.moc"
