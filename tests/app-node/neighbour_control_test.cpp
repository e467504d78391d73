// SPDX-License-Identifier: GPL-3.0-or-later
// The good neighbour's controller on a modelled line: a queue in front of a bottleneck, guests who
// take what they may, and an owner who comes and goes.
#include "app-node/engine/neighbour_control.h"

#include <QTest>
#include <algorithm>

using namespace higgs;
using namespace higgs::node;

namespace {

constexpr double Step = 0.1; // seconds between probes

/// A FIFO of `mostMs` in front of `capacity` Mbit/s.
class Line
{
public:
    double capacity = 5;
    double mostMs = 100;
    double baseMs = 5;
    double queueMs = 0;
    Monotonic now{};
    NeighbourControl control;
    double guests = 0;

    /// One probe interval with an owner who wants `owner` Mbit/s (more than all: a TCP flow that
    /// keeps the queue nearly full) and guests who want `wish`.
    void step(double owner, double wish)
    {
        const double wanted = std::min(wish, control.allowedMbps().value_or(1e9));
        const double offered = owner + wanted;
        queueMs += (offered - capacity) / capacity * Step * 1000;
        queueMs = std::clamp(queueMs, 0.0, mostMs);
        // A full line is shared as the queue is: by what each sends into it.
        guests = offered > capacity ? capacity * wanted / offered : wanted;
        now += Milliseconds(static_cast<int>(Step * 1000));
        control.answered(now, baseMs + queueMs, guests);
    }

    /// Mean of the guests' rate over the seconds.
    double run(double seconds, double owner, double wish)
    {
        double sum = 0;
        const int steps = static_cast<int>(seconds / Step);
        for (int i = 0; i < steps; ++i) {
            step(owner, wish);
            sum += guests;
        }
        return sum / steps;
    }
};

} // namespace

class NeighbourControlTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void withoutAMeasurementNothingIsHeld()
    {
        NeighbourControl control;
        QVERIFY(control.state() == NeighbourState::Unavailable);
        QVERIFY(!control.allowedMbps());
        control.lost(Monotonic{}, 5);
        QVERIFY(!control.allowedMbps());
    }

    void anIdleLineIsTheGuests()
    {
        Line line;
        line.run(2, 0, 0); // nobody: the line's own delay is learnt
        line.run(10, 0, 100);
        const double used = line.run(20, 0, 100);
        QVERIFY2(used > 0.9 * line.capacity, qPrintable(QString::number(used)));
        QVERIFY2(line.queueMs < 2 * NeighbourTargetMs, qPrintable(QString::number(line.queueMs)));
    }

    void guestsWhoFitAreNeverHeld()
    {
        Line line;
        line.run(2, 0, 0); // nobody: the line's own delay is learnt
        line.run(20, 0, 4);
        QVERIFY(line.control.state() == NeighbourState::Idle);
    }

    void anOwnerWhoWantsEverythingGetsIt()
    {
        Line line;
        line.run(2, 0, 0); // nobody: the line's own delay is learnt
        line.run(20, 0, 100);
        line.run(3, 5, 100);
        const double left = line.run(20, 5, 100);
        QVERIFY2(left < 0.1 * line.capacity, qPrintable(QString::number(left)));
    }

    void theLineComesBackWhenTheOwnerGoes()
    {
        Line line;
        line.run(2, 0, 0); // nobody: the line's own delay is learnt
        line.run(20, 0, 100);
        line.run(20, 5, 100);
        line.run(15, 0, 100);
        const double used = line.run(10, 0, 100);
        QVERIFY2(used > 0.9 * line.capacity, qPrintable(QString::number(used)));
    }

    void anOwnerWhoWantsAPartLeavesTheRest()
    {
        Line line;
        line.run(2, 0, 0); // nobody: the line's own delay is learnt
        line.run(10, 3, 100);
        const double used = line.run(20, 3, 100);
        QVERIFY2(used > 1.7 && used < 2.05, qPrintable(QString::number(used)));
    }

    void aLateProbeAloneHoldsNobody()
    {
        NeighbourControl control;
        Monotonic now{};
        for (int i = 0; i < 50; ++i) {
            now += Milliseconds(100);
            control.answered(now, i % 5 == 4 ? 80.0 : 5.0, 4);
        }
        QVERIFY(control.state() == NeighbourState::Idle);
    }

    void lostProbesHoldAndADeadLineLetsGo()
    {
        NeighbourControl control;
        Monotonic now{};
        for (int i = 0; i < 10; ++i)
            control.answered(now += Milliseconds(100), 5, 4);
        for (int i = 0; i < 5; ++i)
            control.lost(now += Milliseconds(300), 4);
        QVERIFY(control.allowedMbps().value_or(100) < 4);
        for (int i = 0; i < 30; ++i)
            control.lost(now += Milliseconds(300), 0);
        QVERIFY(control.state() == NeighbourState::Unavailable);
        QVERIFY(!control.allowedMbps());
    }
};

QTEST_GUILESS_MAIN(NeighbourControlTest)
#include "neighbour_control_test.moc"
