// SPDX-License-Identifier: GPL-3.0-or-later
// The good neighbour's controller on a modelled line: a queue in front of a bottleneck, guests who
// take what they may, and an owner who comes and goes.
#include "app-node/engine/neighbour_control.h"

#include <QTest>
#include <algorithm>
#include <cmath>

using namespace higgs;
using namespace higgs::node;

namespace {

constexpr Milliseconds Usual{60}; // between probes
constexpr Milliseconds Alert{40};

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

    double seconds = 0;
    double crowdedSeconds = 0; ///< of them with a queue that the owner feels

    /// One probe interval with an owner who wants `owner` Mbit/s (more than all: a TCP flow that
    /// keeps the queue nearly full) and guests who want `wish`. Returns its seconds.
    double step(double owner, double wish)
    {
        const Milliseconds interval = control.isAlert() ? Alert : Usual;
        const double length = std::chrono::duration<double>(interval).count();
        const double wanted = std::min(wish, control.allowedMbps().value_or(1e9));
        const double offered = owner + wanted;
        queueMs += (offered - capacity) / capacity * length * 1000;
        queueMs = std::clamp(queueMs, 0.0, mostMs);
        // A full line is shared as the queue is: by what each sends into it.
        guests = offered > capacity ? capacity * wanted / offered : wanted;
        now += interval;
        control.answered(now, baseMs + queueMs, guests);
        seconds += length;
        crowdedSeconds += queueMs > 2 * NeighbourTargetMs ? length : 0;
        return length;
    }

    /// Mean of the guests' rate over the seconds.
    double run(double forSeconds, double owner, double wish)
    {
        seconds = crowdedSeconds = 0;
        double sum = 0;
        while (seconds < forSeconds) {
            const double length = step(owner, wish);
            sum += guests * length;
        }
        return sum / seconds;
    }

    /// Probes that come late though the line has no queue: a processor that is busy, or radio.
    void hiccup(double lateMs, int probes)
    {
        for (int i = 0; i < probes; ++i) {
            now += Alert;
            control.answered(now, baseMs + lateMs,
                             std::min(guests, control.allowedMbps().value_or(1e9)));
        }
    }

    /// The line moves nothing for so long, then all at once. Probes are sent as before, the first
    /// `firstMs` after the stall began.
    void stall(double lengthMs, double firstMs)
    {
        const auto after = [](double ms) {
            return std::chrono::duration_cast<Monotonic::duration>(
                std::chrono::duration<double, std::milli>(ms));
        };
        const double pace = static_cast<double>((control.isAlert() ? Alert : Usual).count());
        now += after(lengthMs);
        for (double at = firstMs; at < lengthMs; at += pace)
            control.answered(now += after(0.1), baseMs + lengthMs - at, guests);
        queueMs = 0;
    }

    /// A line on which guests have been alone for long.
    static Line settled()
    {
        Line line;
        line.run(2, 0, 0); // nobody: the line's own delay is learnt
        line.run(60, 0, 100);
        return line;
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
        Line line = Line::settled();
        line.run(20, 5, 100);
        line.run(8, 0, 100);
        const double used = line.run(10, 0, 100);
        QVERIFY2(used > 0.9 * line.capacity, qPrintable(QString::number(used)));
    }

    void anOwnerWhoWantsAPartLeavesTheRest()
    {
        for (const double part : {1.0, 2.0, 3.0, 4.0}) {
            Line line = Line::settled();
            line.run(3, part, 100);
            const double used = line.run(20, part, 100);
            const double rest = line.capacity - part;
            QVERIFY2(used > 0.75 * rest && used < 1.02 * rest, qPrintable(QString::number(used)));
            QVERIFY2(line.crowdedSeconds < 0.05 * line.seconds,
                     qPrintable(QString::number(line.crowdedSeconds)));
        }
    }

    void guestsAloneHardlyEverMakeAQueue()
    {
        Line line = Line::settled();
        const double used = line.run(120, 0, 100);
        QVERIFY2(used > 0.92 * line.capacity, qPrintable(QString::number(used)));
        QVERIFY2(line.crowdedSeconds < 0.01 * line.seconds,
                 qPrintable(QString::number(line.crowdedSeconds)));
        QVERIFY(line.control.state() == NeighbourState::Idle);
        const double carries = line.control.carriesMbps().value_or(0);
        QVERIFY2(std::abs(carries - line.capacity) < 0.05 * line.capacity,
                 qPrintable(QString::number(carries)));
    }

    void aBriefWishOfTheOwnersIsForgotten()
    {
        Line line = Line::settled();
        line.run(0.3, 5, 100);
        QVERIFY(line.control.allowedMbps().value_or(100) < 0.6 * line.capacity);
        line.run(4, 0, 100);
        const double used = line.run(2, 0, 100);
        QVERIFY2(used > 0.9 * line.capacity, qPrintable(QString::number(used)));
    }

    void aLineThatBecomesFasterOrSlowerIsLearnt()
    {
        for (const double factor : {0.3, 3.0}) {
            Line line = Line::settled();
            line.capacity *= factor;
            line.run(40, 0, 100);
            const double used = line.run(20, 0, 100);
            QVERIFY2(used > 0.9 * line.capacity, qPrintable(QString::number(used)));
            QVERIFY2(line.crowdedSeconds < 0.03 * line.seconds,
                     qPrintable(QString::number(line.crowdedSeconds)));
        }
    }

    void aFastLineIsFoundAfterAFirstBurstThatMeantNothing()
    {
        for (const double first : {0.06, 0.5, 2.0, 20.0}) {
            Line line;
            line.capacity = 300;
            line.run(2, 0, 0);
            line.run(0.3, 0, first);
            line.hiccup(20, 3);
            const double held = line.control.allowedMbps().value_or(1e3);
            QVERIFY2(held > 0.9, qPrintable(QString::number(held)));
            line.run(7, 0, 1e3);
            const double used = line.run(5, 0, 1e3);
            QVERIFY2(used > 0.85 * line.capacity,
                     qPrintable(QStringLiteral("%1: %2").arg(first).arg(used)));
        }
    }

    void whoHasBackedOffIsHeldNoLonger()
    {
        Line line;
        line.capacity = 300;
        line.run(2, 0, 0);
        line.run(1, 0, 0.9 * line.capacity);
        line.hiccup(60, 40); // nobody's queue, so nothing is learnt of the line
        QVERIFY(!line.control.carriesMbps());
        const double held = line.control.allowedMbps().value_or(1e3);
        QVERIFY2(held < 0.05 * line.capacity, qPrintable(QString::number(held)));
        line.run(10, 0, held / 2); // whose TCP grows slowly after losses
        const double free = line.control.allowedMbps().value_or(1e3);
        QVERIFY2(free > 0.8 * line.capacity, qPrintable(QString::number(free)));
    }

    void guestsKeepTheirFloor()
    {
        Line line = Line::settled();
        for (int i = 0; i < 600; ++i) {
            line.step(20, 100);
            QVERIFY(line.control.allowedMbps().value_or(0) >= NeighbourFloorMbps);
        }
        // At the floor nothing is left to yield, and no probe is in a hurry.
        QVERIFY(!line.control.isAlert());
    }

    void aQueueIsLookedAtAgainAtOnce()
    {
        NeighbourControl control;
        QVERIFY(!control.isAlert());
        Monotonic now{};
        for (int i = 0; i < 5; ++i)
            control.answered(now += Usual, 5, 4);
        QVERIFY(!control.isAlert());
        control.answered(now += Usual, 5 + 2 * NeighbourTargetMs, 4);
        QVERIFY(control.isAlert());
        QVERIFY(!control.allowedMbps()); // one probe alone holds nobody
        control.answered(now += Alert, 5 + 2 * NeighbourTargetMs, 4);
        QVERIFY(control.allowedMbps().value_or(100) < 4);
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

    void aStallIsNobodysWish()
    {
        for (const double length : {50.0, 80.0, 120.0, 200.0, 400.0}) {
            for (double first = 0; first < 60; first += 5) {
                Line line = Line::settled();
                const double before = line.control.allowedMbps().value_or(0);
                line.stall(length, first);
                line.run(0.1, 0, 100); // one probe more, or two
                const double after = line.control.allowedMbps().value_or(0);
                QVERIFY2(after > 0.95 * before, qPrintable(QStringLiteral("%1 ms, %2: %3 of %4")
                                                               .arg(length)
                                                               .arg(first)
                                                               .arg(after)
                                                               .arg(before)));
                QVERIFY(line.control.state() == NeighbourState::Idle);
            }
        }
    }

    void aStallTakesNothingFromTheOwnerWhoCame()
    {
        for (const double length : {50.0, 200.0}) {
            Line line = Line::settled();
            line.stall(length, 10);
            const double left = line.run(1, 5, 100); // as without it
            Line other = Line::settled();
            const double usual = other.run(1, 5, 100);
            QVERIFY2(left < usual + 0.1 * line.capacity,
                     qPrintable(QStringLiteral("%1 and %2").arg(left).arg(usual)));
        }
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
