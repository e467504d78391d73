// SPDX-License-Identifier: GPL-3.0-or-later
// The plan by which a lost connection comes back, and the table of the client's states.
#include "app-vpn/engine/client_state.h"
#include "app-vpn/engine/reconnect_plan.h"

#include <QTest>

using namespace higgs;
using namespace higgs::vpn;

namespace {

const NodeId NodeA = *NodeId::parse("00000000-0000-4000-8000-00000000000a");
const NodeId NodeB = *NodeId::parse("00000000-0000-4000-8000-00000000000b");
constexpr Monotonic Start{std::chrono::hours(1)};

} // namespace

class ReconnectPlanTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void triesAtOnceAfterTheFirstLoss()
    {
        ReconnectPlan plan;
        plan.begin(Start);
        plan.failed(Start, Failure::ExitSilent, NodeA, 0.99);
        QVERIFY(plan.due() == Start);
        QVERIFY(!plan.gaveUp(Start));
    }

    void waitsLongerEachTimeButNotWithoutLimit()
    {
        ReconnectPlan plan;
        plan.begin(Start);
        Monotonic now = Start;
        plan.failed(now, Failure::AttemptFailed, NodeA, 1.0);
        Milliseconds longest{0};
        for (int i = 0; i < 30; ++i) {
            plan.failed(now, Failure::AttemptFailed, NodeA, 1.0);
            const auto wait = std::chrono::duration_cast<Milliseconds>(plan.due() - now);
            QVERIFY(wait >= longest);
            longest = wait;
        }
        QCOMPARE(longest.count(), 15'000);
    }

    void whatWasWaitedForAServerIsNotWaitedForItsExits()
    {
        ReconnectPlan plan;
        plan.begin(Start);
        for (int i = 0; i < 9; ++i)
            plan.failed(Start, Failure::AttemptFailed, {}, 1.0);
        QVERIFY(plan.due() == Start + Milliseconds(15'000));
        plan.failed(Start, Failure::ExitSilent, NodeA, 1.0); // the server is back, and its node not
        QVERIFY(plan.due() == Start + Milliseconds(500));
        plan.failed(Start, Failure::AttemptFailed, {}, 1.0);
        QVERIFY(plan.due() == Start + Milliseconds(500));
        // Exits have waits of their own, which nothing but success forgets.
        for (int i = 0; i < 9; ++i)
            plan.failed(Start, Failure::ExitSilent, NodeA, 1.0);
        QVERIFY(plan.due() == Start + Milliseconds(15'000));
        plan.failed(Start, Failure::AttemptFailed, {}, 1.0);
        plan.failed(Start, Failure::ExitSilent, NodeA, 1.0);
        QVERIFY(plan.due() == Start + Milliseconds(15'000));
    }

    void anotherServerIsTriedAtOnceAndCountsForNothing()
    {
        ReconnectPlan plan;
        plan.begin(Start);
        for (int i = 0; i < 9; ++i) {
            plan.failed(Start, Failure::RelayBroke, NodeA, 1.0, true);
            QVERIFY(plan.resumesSession());
            QVERIFY(plan.due() == Start);
        }
        // But a new session is made as ever.
        plan.failed(Start, Failure::SessionEnded, NodeA, 1.0, true);
        QVERIFY(!plan.resumesSession());
    }

    void resumesTheSessionOnlyWhenTheRelayBrokeAndNotForEver()
    {
        ReconnectPlan plan;
        plan.begin(Start);
        for (int i = 0; i < 4; ++i) {
            plan.failed(Start, Failure::RelayBroke, NodeA, 0);
            QVERIFY(plan.resumesSession());
        }
        plan.failed(Start, Failure::RelayBroke, NodeA, 0);
        QVERIFY(!plan.resumesSession());
        plan.succeeded();
        plan.failed(Start, Failure::RelayBroke, NodeA, 0);
        QVERIFY(plan.resumesSession());
        plan.failed(Start, Failure::ExitAway, NodeA, 0); // it is waited for, beside another try
        QVERIFY(!plan.resumesSession());
        QVERIFY(plan.isAvoided(Start, NodeA));
        plan.failed(Start, Failure::SessionEnded, NodeA, 0);
        QVERIFY(!plan.resumesSession());
    }

    void passesOverAnExitThatJustFailed()
    {
        ReconnectPlan plan;
        plan.begin(Start);
        plan.failed(Start, Failure::ExitSilent, NodeA, 0);
        QVERIFY(plan.isAvoided(Start, NodeA));
        QCOMPARE(plan.preferred(Start, {NodeA, NodeB}), NodeB);
        // When nothing else is to be had, the failed one is better than none.
        QVERIFY(plan.preferred(Start, {NodeA}).isNull());
        // The server's first choice stands when it is good.
        QVERIFY(plan.preferred(Start, {NodeB, NodeA}).isNull());
        QVERIFY(!plan.isAvoided(Start + FailedNodeMemory, NodeA));
        // All have failed: the one that had the longest time to come back.
        const Monotonic later = Start + Milliseconds(10'000);
        plan.failed(later, Failure::ExitSilent, NodeB, 0);
        QVERIFY(plan.preferred(later, {NodeA, NodeB}).isNull());
        QCOMPARE(plan.preferred(later, {NodeB, NodeA}), NodeA);
    }

    void aRelayThatBreaksDoesNotBlameTheExit()
    {
        ReconnectPlan plan;
        plan.begin(Start);
        plan.failed(Start, Failure::RelayBroke, NodeA, 0);
        QVERIFY(!plan.isAvoided(Start, NodeA));
    }

    void saysBlockedAfterAWhile()
    {
        ReconnectPlan plan;
        plan.begin(Start);
        plan.failed(Start, Failure::AttemptFailed, NodeA, 0);
        QVERIFY(!plan.gaveUp(Start + GiveUpAfter - Milliseconds(1)));
        QVERIFY(plan.gaveUp(Start + GiveUpAfter));
        plan.succeeded();
        QVERIFY(!plan.gaveUp(Start + GiveUpAfter));
    }

    void onlyAVerifiedTunnelLeadsToConnected()
    {
        for (const ClientEdge &edge : ClientEdges) {
            if (edge.to == ClientState::Connected)
                QCOMPARE(static_cast<int>(edge.event),
                         static_cast<int>(ClientEvent::TunnelVerified));
            if (edge.to == ClientState::Disconnected)
                QCOMPARE(static_cast<int>(edge.event), static_cast<int>(ClientEvent::Restored));
        }
    }

    void everyStateButDisconnectedCanBeLeftByThePerson()
    {
        using enum ClientState;
        for (const ClientState state : {Connecting, Connected, Reconnecting, Blocked})
            QVERIFY(nextState(state, ClientEvent::DisconnectAsked) == Disconnecting);
        QVERIFY(!nextState(Disconnected, ClientEvent::DisconnectAsked));
        QVERIFY(!nextState(Disconnected, ClientEvent::TunnelVerified));
    }
};

QTEST_GUILESS_MAIN(ReconnectPlanTest)
#include "reconnect_plan_test.moc"
