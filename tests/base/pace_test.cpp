// SPDX-License-Identifier: GPL-3.0-or-later
// What others can cause happens some times at once, and then at its interval; in no time.
#include "shared/base/pace.h"

#include <QTest>

using namespace higgs;
using namespace std::chrono_literals;

class PaceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aBurstAndThenItsInterval()
    {
        Pace pace(3, 2s);
        Monotonic now{1h};
        unsigned done = 0;
        for (const Monotonic begin = now; now < begin + 60s; now += 1ms)
            done += pace.take(now) ? 1 : 0;
        QCOMPARE(done, 3U - 1 + 30);
    }

    void saysWhen()
    {
        Pace pace(2, 2s);
        const Monotonic now{1h};
        QCOMPARE(pace.wait(now), 0ms);
        QVERIFY(pace.take(now));
        QVERIFY(pace.take(now));
        QVERIFY(!pace.take(now));
        QCOMPARE(pace.wait(now), 2000ms);
        QVERIFY(!pace.take(now + 1999ms));
        QVERIFY(pace.take(now + pace.wait(now)));
    }

    /// However dear it is, and however often it is asked for.
    void aTwentiethOfTheTime()
    {
        for (const Milliseconds cost : {100ms, 700ms}) {
            Pace pace(6, 2s);
            const Monotonic begin{1h};
            Milliseconds spent{0};
            for (Monotonic now = begin; now < begin + 600s; now += 1ms) {
                if (!pace.take(now))
                    continue;
                now += cost;
                spent += cost;
                pace.charge(now, cost);
            }
            QVERIFY(spent <= 600s / 20 + 2 * cost);
            QVERIFY(spent >= 600s / 60);
        }
    }

    void whoWasQuietHasItsBurstAgain()
    {
        Pace pace(4, 1s);
        Monotonic now{1h};
        for (int i = 0; i < 4; ++i)
            QVERIFY(pace.take(now));
        QVERIFY(!pace.take(now));
        now += 1h; // and no more than that
        for (int i = 0; i < 4; ++i)
            QVERIFY(pace.take(now));
        QVERIFY(!pace.take(now));
    }

    void oneAtATimeIsAnInterval()
    {
        Pace pace(1, 500ms);
        const Monotonic now{1h};
        QVERIFY(pace.take(now));
        QVERIFY(!pace.take(now + 499ms));
        QVERIFY(pace.take(now + 500ms));
    }
};

QTEST_APPLESS_MAIN(PaceTest)
#include "pace_test.moc"
