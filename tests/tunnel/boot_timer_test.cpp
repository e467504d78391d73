// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/boot_timer.h"

#include <QTest>
#include <vector>

using namespace higgs;

class TestBootTimer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void firesInTime();
    void whatHasPassedIsDueAtOnce();
    void theLastStartCounts();
    void mayGoBeforeItFires();
};

void TestBootTimer::firesInTime()
{
    EpollSet epoll;
    std::vector<BootTime> fired;
    BootTimer timer(epoll, [&] { fired.push_back(bootNow()); });
    QVERIFY(timer.open());
    QVERIFY(!timer.due());
    const BootTime when = bootNow() + Milliseconds(40);
    timer.start(when);
    QVERIFY(timer.due() == when);
    QVERIFY(QTest::qWaitFor([&] { return !fired.empty(); }));
    QVERIFY(fired.front() >= when);
    QVERIFY(!timer.due());
}

/// As after a sleep.
void TestBootTimer::whatHasPassedIsDueAtOnce()
{
    EpollSet epoll;
    int fired = 0;
    BootTimer timer(epoll, [&] { ++fired; });
    QVERIFY(timer.open());
    for (const BootTime when : {BootTime{0}, BootTime{-7}, bootNow() - Milliseconds(1)}) {
        fired = 0;
        timer.start(when);
        QVERIFY(QTest::qWaitFor([&] { return fired == 1; }));
    }
}

void TestBootTimer::theLastStartCounts()
{
    EpollSet epoll;
    std::vector<BootTime> fired;
    BootTimer *self = nullptr;
    BootTimer timer(epoll, [&] {
        fired.push_back(bootNow());
        if (fired.size() == 1)
            self->start(bootNow() + Milliseconds(20));
    });
    self = &timer;
    QVERIFY(timer.open());
    timer.start(bootNow());
    const BootTime later = bootNow() + Milliseconds(60);
    timer.start(later);
    QVERIFY(QTest::qWaitFor([&] { return fired.size() == 2; }));
    QVERIFY(fired.front() >= later);
}

void TestBootTimer::mayGoBeforeItFires()
{
    EpollSet epoll;
    bool fired = false;
    {
        BootTimer timer(epoll, [&] { fired = true; });
        QVERIFY(timer.open());
        timer.start(bootNow());
    }
    BootTimer other(epoll, [&] { fired = true; });
    QVERIFY(other.open());
    other.start(bootNow());
    QVERIFY(QTest::qWaitFor([&] { return fired; }));
}

QTEST_GUILESS_MAIN(TestBootTimer)
#include "boot_timer_test.moc"
