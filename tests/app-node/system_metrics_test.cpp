// SPDX-License-Identifier: GPL-3.0-or-later
// The parsers of /proc: vectors, every truncation and every flipped bit.
#include "app-node/engine/system_metrics.h"

#include <QTest>

using namespace higgs;
using namespace higgs::node;

namespace {

constexpr std::string_view Stat = "cpu  100 20 30 800 50 0 10 5 7 0\ncpu0 1 2 3 4\n";
constexpr std::string_view Meminfo =
    "MemTotal:       1000 kB\nMemFree:  100 kB\nMemAvailable:    250 kB\n";
constexpr std::string_view Loadavg = "1.50 0.75 0.50 1/100 4242\n";

} // namespace

class SystemMetricsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsTheFigures()
    {
        const auto cpu = parseCpuTimes(Stat);
        QVERIFY(cpu.has_value());
        QVERIFY((*cpu == CpuTimes{165, 1015}));
        QCOMPARE(parseMemoryUsage(Meminfo).value_or(-1.0), 75.0);
        QCOMPARE(parseLoadAverage(Loadavg).value_or(-1.0), 1.5);
    }

    void refusesWhatIsNotThere()
    {
        QVERIFY(!parseCpuTimes("").has_value());
        QVERIFY(!parseCpuTimes("cpu a b c d\n").has_value());
        QVERIFY(!parseMemoryUsage("MemTotal: 0 kB\nMemAvailable: 0 kB\n").has_value());
        QVERIFY(!parseMemoryUsage("MemTotal: 1 kB\nMemAvailable: 2 kB\n").has_value());
        QVERIFY(!parseLoadAverage("nan").has_value());
        QVERIFY(!parseLoadAverage("-1").has_value());
    }

    void isTotal()
    {
        for (const std::string_view text : {Stat, Meminfo, Loadavg}) {
            for (std::size_t cut = 0; cut <= text.size(); ++cut)
                parseAll(text.substr(0, cut));
            for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
                std::string flipped(text);
                flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
                parseAll(flipped);
            }
        }
    }

    void theProcessorIsLookedAtOverSeconds()
    {
        const Monotonic start{};
        CpuLoad load;
        QCOMPARE(load.update(start, {400, 1000}), 40.0); // since boot
        // A heartbeat and a report that come together say the same.
        QCOMPARE(load.update(start + Milliseconds(1), {401, 1001}), 40.0);
        QCOMPARE(load.update(start + Seconds(30), {400 + 300, 1000 + 3000}), 10.0);
        QCOMPARE(load.update(start + Seconds(60), {10, 20}), 10.0); // counters that ran backwards
        QCOMPARE(load.update(start + Seconds(90), {60, 120}), 50.0);
    }

    void theMachineItselfCanBeRead()
    {
        SystemMetrics metrics("/");
        const SystemSample sample = metrics.sample(Monotonic{});
        QVERIFY(sample.memoryUsage > 0 && sample.memoryUsage <= 100);
        QVERIFY(sample.diskUsage > 0 && sample.diskUsage <= 100);
    }

private:
    static void parseAll(std::string_view text)
    {
        if (const auto cpu = parseCpuTimes(text))
            QVERIFY(cpu->busy <= cpu->total);
        if (const auto memory = parseMemoryUsage(text))
            QVERIFY(*memory >= 0 && *memory <= 100);
        if (const auto load = parseLoadAverage(text))
            QVERIFY(*load >= 0);
    }
};

QTEST_GUILESS_MAIN(SystemMetricsTest)
#include "system_metrics_test.moc"
