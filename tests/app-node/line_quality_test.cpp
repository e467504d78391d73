// SPDX-License-Identifier: GPL-3.0-or-later
// Latency, jitter and loss of the home's line, of scripted probes.
#include "app-node/engine/line_quality.h"

#include <QTest>
#include <cmath>

using namespace higgs;
using namespace higgs::node;

namespace {

constexpr Milliseconds Pace{2'000};

/// Probes with these round trips, one after the other; below 0: lost.
Monotonic feed(LineQuality &line, Monotonic now, int count, double rttMs)
{
    for (int i = 0; i < count; ++i) {
        now += Pace;
        if (rttMs < 0)
            line.lost(now);
        else
            line.answered(now, rttMs);
    }
    return now;
}

} // namespace

class LineQualityTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void fewProbesTellNothing()
    {
        LineQuality line;
        QVERIFY(!line.figures(Monotonic{}));
        const Monotonic now = feed(line, Monotonic{}, 4, 20);
        QVERIFY(!line.figures(now));
    }

    void aLineThatNeverAnswersHasNoLatency()
    {
        LineQuality line;
        QVERIFY(!line.figures(feed(line, Monotonic{}, 20, -1)));
    }

    void aSteadyLine()
    {
        LineQuality line;
        const auto seen = line.figures(feed(line, Monotonic{}, 20, 20));
        QVERIFY(seen);
        QCOMPARE(seen->latencyMs, 20.0);
        QCOMPARE(seen->jitterMs, 0.0);
        QCOMPARE(seen->lossPercent, 0.0);
    }

    void jitterIsTheDifferenceOfNeighbours()
    {
        LineQuality line;
        Monotonic now{};
        for (int i = 0; i < 200; ++i)
            now = feed(line, now, 1, i % 2 == 0 ? 20 : 30);
        const auto seen = line.figures(now);
        QVERIFY(seen);
        QVERIFY(std::abs(seen->jitterMs - 10) < 0.1);
        QVERIFY(std::abs(seen->latencyMs - 25) < 1);
    }

    void lossIsOfTheLastMinute()
    {
        LineQuality line;
        Monotonic now = feed(line, Monotonic{}, 15, 20);
        now = feed(line, now, 5, -1);
        const auto seen = line.figures(now);
        QVERIFY(seen);
        QVERIFY(std::abs(seen->lossPercent - 25) < 5);
        now = feed(line, now, 40, 20);
        QCOMPARE(line.figures(now)->lossPercent, 0.0);
    }

    void whatIsOldIsForgotten()
    {
        LineQuality line;
        const Monotonic now = feed(line, Monotonic{}, 20, 20);
        QVERIFY(!line.figures(now + Seconds(61)));
    }
};

QTEST_GUILESS_MAIN(LineQualityTest)
#include "line_quality_test.moc"
