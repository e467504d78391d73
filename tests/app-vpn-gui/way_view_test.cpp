// SPDX-License-Identifier: GPL-3.0-or-later
// How far the way stands, for every state and problem: it never shows more than the daemon said.
#include "app-vpn/gui/way_view.h"

#include <QTest>

using namespace higgs::vpn;

class WayViewTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void lightsUpStepByStep();
    void breaksWhereTheProblemIs();
    void showsNothingWhereNothingIsWanted();
    void everyProblem();
};

using Steps = std::array<StepState, WaySteps>;
using enum StepState;

void WayViewTest::lightsUpStepByStep()
{
    ClientView view;
    view.state = State::Connecting;
    QVERIFY((wayOf(view).steps == Steps{Done, Active, Ahead, Ahead}));
    view.sessionId = QStringLiteral("a session");
    QVERIFY((wayOf(view).steps == Steps{Done, Done, Active, Ahead}));
    view.path = PathKind::Relay;
    QVERIFY((wayOf(view).steps == Steps{Done, Done, Done, Active}));
}

void WayViewTest::breaksWhereTheProblemIs()
{
    ClientView view;
    view.state = State::Reconnecting;
    view.sessionId = QStringLiteral("a session");
    view.path = PathKind::Relay;
    view.problem = Problem::ServerUnreachable;
    QVERIFY((wayOf(view).steps == Steps{Done, Broken, Ahead, Ahead}));
    view.state = State::Blocked;
    view.problem = Problem::NodeLost;
    QVERIFY((wayOf(view).steps == Steps{Done, Done, Broken, Ahead}));
    view.problem = Problem::TunnelFailed;
    QVERIFY((wayOf(view).steps == Steps{Broken, Ahead, Ahead, Ahead}));
}

void WayViewTest::showsNothingWhereNothingIsWanted()
{
    ClientView view;
    for (const State state : {State::Disconnected, State::Disconnecting, State::Connected}) {
        view.state = state;
        QVERIFY(!wayOf(view).worthShowing);
    }
    view.state = State::Blocked;
    view.problem = Problem::Lockdown; // nobody asked for a tunnel
    QVERIFY(!wayOf(view).worthShowing);
}

void WayViewTest::everyProblem()
{
    for (const State state : {State::Connecting, State::Reconnecting, State::Blocked}) {
        for (int problem = 0; problem <= static_cast<int>(Problem::Unknown); ++problem) {
            ClientView view;
            view.state = state;
            view.problem = static_cast<Problem>(problem);
            const WayView way = wayOf(view);
            // The site answers nobody who is not connected.
            QVERIFY(way.steps.back() != Done);
            // What is ahead of a step that does not stand, does not stand.
            bool stands = true;
            for (const StepState step : way.steps) {
                QVERIFY(stands || step == Ahead);
                stands = stands && step == Done;
            }
        }
    }
}

QTEST_GUILESS_MAIN(WayViewTest)
#include "way_view_test.moc"
