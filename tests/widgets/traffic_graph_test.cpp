// SPDX-License-Identifier: GPL-3.0-or-later
// Rates from counters, the scale, and what a second of the graph costs.
#include "shared/widgets/theme.h"
#include "shared/widgets/traffic_graph.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QImage>
#include <QTest>
#include <ctime>

using namespace higgs;
using namespace higgs::widgets;
using std::chrono::milliseconds;

class TrafficGraphTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void rates();
    void silence();
    void anotherConnection();
    void unevenArrival();
    void scale();
    void cost();
};

void TrafficGraphTest::rates()
{
    TrafficHistory history;
    Monotonic now{};
    QVERIFY(history.take(now, 1000, 100));
    QCOMPARE(history.newest().down, 0.0F);
    QVERIFY(history.take(now + milliseconds(1000), 5000, 300));
    QCOMPARE(history.newest().down, 4000.0F);
    QCOMPARE(history.newest().up, 200.0F);
    QVERIFY(history.take(now + milliseconds(3000), 5000, 2300));
    QCOMPARE(history.newest().up, 1000.0F);
    QCOMPARE(history.at(1).down, 4000.0F);
    QCOMPARE(history.peak(), 4000.0F);
}

void TrafficGraphTest::silence()
{
    TrafficHistory history;
    Monotonic now{};
    history.take(now, 0, 0);
    history.take(now + milliseconds(1000), 1000, 0);
    // Ten seconds without news were ten seconds without traffic.
    history.take(now + milliseconds(11'000), 3000, 0);
    QCOMPARE(history.newest().down, 2000.0F);
    QCOMPARE(history.at(1).down, 0.0F);
    QCOMPARE(history.at(9).down, 0.0F);
    QCOMPARE(history.at(10).down, 1000.0F);
    QVERIFY(!history.idle(now + milliseconds(12'000)));
    QVERIFY(history.idle(now + milliseconds(14'000)));
    QCOMPARE(history.newest().down, 0.0F);
    // A pause longer than all there is to show.
    history.take(now + milliseconds(9'000'000), 3000, 0);
    QCOMPARE(history.peak(), 0.0F);
}

void TrafficGraphTest::anotherConnection()
{
    TrafficHistory history;
    Monotonic now{};
    history.take(now, 9000, 0);
    history.take(now + milliseconds(1000), 10'000, 0);
    history.take(now + milliseconds(2000), 50, 0);
    QCOMPARE(history.peak(), 0.0F);
    history.take(now + milliseconds(3000), 150, 0);
    QCOMPARE(history.newest().down, 100.0F);
}

void TrafficGraphTest::unevenArrival()
{
    TrafficHistory history;
    Monotonic now{};
    history.take(now, 0, 0);
    QVERIFY(!history.take(now + milliseconds(200), 500, 0));
    QVERIFY(history.take(now + milliseconds(1000), 1000, 0));
    QCOMPARE(history.newest().down, 1000.0F);
    QVERIFY(!history.take(now - milliseconds(5000), 2000, 0)); // a clock that went back
}

void TrafficGraphTest::scale()
{
    QCOMPARE(scaleFor(0), 10e3);
    QCOMPARE(scaleFor(10e3), 10e3);
    QCOMPARE(scaleFor(11e3), 20e3);
    QCOMPARE(scaleFor(21e3), 50e3);
    QCOMPARE(scaleFor(62.5e6), 100e6);
    QCOMPARE(scaleFor(std::numeric_limits<double>::infinity()), 10e3);
}

/// Processor time, as the machine may be busy with other things.
void TrafficGraphTest::cost()
{
    constexpr int Seconds = 60;
    constexpr double MostShare = 0.02;
    Theme theme(*qApp);
    TrafficGraph graph;
    graph.resize(320, 64);
    QImage surface(640, 128, QImage::Format_ARGB32_Premultiplied);
    surface.setDevicePixelRatio(2);
    Monotonic now{};
    quint64 down = 0;
    graph.render(&surface);
    const std::clock_t before = std::clock();
    for (int second = 0; second < Seconds; ++second) {
        down += 62'500'000 + static_cast<quint64>(second * 37 % 11) * 1'000'000; // 500 Mbit/s
        graph.take(now, down, down / 30);
        graph.render(&surface);
        now += milliseconds(1000);
    }
    const double used = double(std::clock() - before) / CLOCKS_PER_SEC;
    qInfo("graph: %.3f %% of a core at one sample a second, scale 2", used / Seconds * 100);
    QVERIFY(used / Seconds < MostShare);
}

QTEST_MAIN(TrafficGraphTest)
#include "traffic_graph_test.moc"
