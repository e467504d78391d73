// SPDX-License-Identifier: GPL-3.0-or-later
// What is left of a server's time, with this machine's clock right, hours and decades away, and set
// meanwhile; and when to renew.
#include "shared/base/server_clock.h"

#include <QTest>
#include <limits>

using namespace higgs;

class ServerClockTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void left_data();
    void left();
    void stepped();
    void untold();
    void hostile();
    void renewals();
};

namespace {

constexpr WallTime Server{1'800'000'000'000};
constexpr BootTime Boot{123'456};
constexpr Milliseconds Hour{3'600'000};

} // namespace

void ServerClockTest::left_data()
{
    QTest::addColumn<qint64>("skew");
    for (const auto &[name, skew] :
         {std::pair{"right", qint64{0}}, std::pair{"two hours ahead", qint64{7'200'000}},
          std::pair{"two hours behind", qint64{-7'200'000}},
          std::pair{"in 1970", -qint64{1'799'999'999'000}},
          std::pair{"in the year 9000", qint64{220'000'000'000'000}}})
        QTest::newRow(name) << skew;
}

void ServerClockTest::left()
{
    QFETCH(qint64, skew);
    ServerClock clock;
    clock.told(Server, Boot);
    const Clocks local{Boot + Milliseconds(10'000), Server + Milliseconds(skew)};
    QCOMPARE(clock.left(Server + Hour, local), Hour - Milliseconds(10'000));
    QCOMPARE(clock.left(Server + Milliseconds(1), local), Milliseconds(0));
    QCOMPARE(clock.now(local).ms, Server.ms + 10'000);
}

void ServerClockTest::stepped()
{
    ServerClock clock;
    clock.told(Server, Boot);
    clock.told(Server + Hour, Boot + Milliseconds(1)); // the server's was set
    QCOMPARE(clock.now({Boot + Milliseconds(1), WallTime{}}).ms, (Server + Hour).ms);
}

void ServerClockTest::untold()
{
    const ServerClock clock;
    QCOMPARE(clock.left(Server + Hour, {Boot, Server}), Hour);
    QCOMPARE(clock.left(Server + Hour, {Boot, Server + Hour + Hour}), Milliseconds(0));
}

void ServerClockTest::hostile()
{
    // Sums at the ends of the type are undefined; UBSan sees them.
    constexpr auto Least = std::numeric_limits<std::int64_t>::min();
    constexpr auto Most = std::numeric_limits<std::int64_t>::max();
    for (const std::int64_t told : {Least, Most, std::int64_t{0}}) {
        for (const std::int64_t until : {Least, Most, std::int64_t{0}}) {
            ServerClock clock;
            clock.told(WallTime{told}, Boot);
            const Milliseconds left = clock.left(WallTime{until}, {Boot, WallTime{Most}});
            QVERIFY(left >= Milliseconds(0) && left <= 30 * 24 * Hour);
            const Milliseconds wait = renewalWait(left);
            QVERIFY(wait >= Milliseconds(1'000) && wait <= 24 * Hour);
        }
    }
}

void ServerClockTest::renewals()
{
    QCOMPARE(renewalWait(Hour), Hour * 8 / 10);
    QCOMPARE(renewalWait(Milliseconds(1)), Milliseconds(1'000));
    QCOMPARE(renewalWait(Milliseconds(0)), Milliseconds(60'000));
    QCOMPARE(renewalWait(Milliseconds(-7'200'000)), Milliseconds(60'000));
    QCOMPARE(renewalWait(30 * 24 * Hour), 24 * Hour);
}

QTEST_APPLESS_MAIN(ServerClockTest)
#include "server_clock_test.moc"
