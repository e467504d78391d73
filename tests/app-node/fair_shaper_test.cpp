// SPDX-License-Identifier: GPL-3.0-or-later
// The shaper with a clock of the test's own: the rate holds, guests share it, queues stay bounded.
#include "app-node/engine/fair_shaper.h"

#include <QTest>
#include <map>
#include <set>

using namespace higgs;
using namespace higgs::node;

namespace {

constexpr std::size_t Packet = 1420;

Bytes datagram(std::size_t inner)
{
    Bytes bytes(inner + WireguardOverhead, 0);
    bytes[0] = 4;
    return bytes;
}

class Counter : public FairShaper::Outlet
{
public:
    void deliver(FairShaper::Flow flow, std::span<const ByteSpan> datagrams) override
    {
        for (const ByteSpan each : datagrams) {
            bytes[flow] += innerBytes(each);
            ++packets[flow];
        }
    }
    std::size_t room(FairShaper::Flow flow) const override
    {
        return full.contains(flow) ? 0 : DatagramSink::AnyNumber;
    }
    void awaitRoom(FairShaper::Flow flow) override { awaited.insert(flow); }
    std::map<FairShaper::Flow, std::size_t> bytes;
    std::map<FairShaper::Flow, std::size_t> packets;
    std::set<FairShaper::Flow> full;
    std::set<FairShaper::Flow> awaited;
};

/// Every flow offers `each` packets each millisecond; what came out in the time.
void run(FairShaper &shaper, Counter &counter, Milliseconds time,
         const std::map<FairShaper::Flow, unsigned> &each)
{
    const Bytes full = datagram(Packet);
    const ByteSpan one[] = {full};
    for (Milliseconds at{0}; at < time; at += Milliseconds(1)) {
        const Monotonic now{at};
        for (const auto &[flow, count] : each) {
            for (unsigned i = 0; i < count; ++i)
                shaper.offer(now, flow, one, counter);
        }
        if (shaper.deadline() && *shaper.deadline() <= now)
            shaper.release(now, counter);
    }
}

double mbps(std::size_t bytes, double seconds)
{
    return static_cast<double>(bytes) * 8e-6 / seconds;
}

} // namespace

class FairShaperTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void withoutARateEverythingPassesAtOnce()
    {
        FairShaper shaper;
        Counter counter;
        run(shaper, counter, Milliseconds(100), {{1, 10}});
        QCOMPARE(counter.packets.at(1), 1000U);
        QVERIFY(shaper.isIdle());
        QCOMPARE(shaper.dropped(), 0U);
    }

    void theRateHolds_data()
    {
        QTest::addColumn<double>("rate");
        for (const double rate : {1.0, 5.0, 20.0, 100.0, 500.0})
            QTest::newRow(qPrintable(QString::number(rate))) << rate;
    }

    void theRateHolds()
    {
        QFETCH(double, rate);
        FairShaper shaper;
        shaper.setRate(Monotonic{}, rate * 125'000);
        Counter counter;
        run(shaper, counter, Milliseconds(10'000), {{1, 60}});
        const double seen = mbps(counter.bytes.at(1), 10);
        QVERIFY2(seen > rate * 0.99 && seen < rate * 1.03, qPrintable(QString::number(seen)));
    }

    void aPauseIsMadeUpForByFourMillisecondsAtMost()
    {
        FairShaper shaper;
        shaper.setRate(Monotonic{}, 100 * 125'000);
        Counter counter;
        const Bytes full = datagram(Packet);
        const ByteSpan one[] = {full};
        for (int i = 0; i < 1'000; ++i)
            shaper.offer(Monotonic{Seconds(10)}, 1, one, counter);
        const std::size_t seen = counter.bytes.at(1);
        QVERIFY2(seen > 50'000 && seen < 54'000, qPrintable(QString::number(seen)));
    }

    void guestsShareFairly()
    {
        FairShaper shaper;
        shaper.setRate(Monotonic{}, 20 * 125'000);
        // One asks for forty times its share, others for a little more than theirs, one for less.
        Counter counter;
        run(shaper, counter, Milliseconds(10'000), {{1, 40}, {2, 1}, {3, 1}, {4, 1}});
        for (const FairShaper::Flow flow : {1, 2, 3, 4}) {
            const double seen = mbps(counter.bytes.at(flow), 10);
            QVERIFY2(seen > 4.6 && seen < 5.4, qPrintable(QString::number(seen)));
        }
    }

    /// The full one's share of the rate goes to those whose way takes something.
    void aFullWayStopsNobodyElse()
    {
        FairShaper shaper;
        shaper.setRate(Monotonic{}, 20 * 125'000);
        Counter counter;
        counter.full = {1};
        run(shaper, counter, Milliseconds(10'000), {{1, 10}, {2, 10}});
        QVERIFY(counter.awaited.contains(1) && !counter.awaited.contains(2));
        QCOMPARE(counter.packets[1], 0U);
        const double seen = mbps(counter.bytes.at(2), 10);
        QVERIFY2(seen > 19.5 && seen < 20.6, qPrintable(QString::number(seen)));
    }

    void whatWaitedForRoomIsNotLost()
    {
        FairShaper shaper;
        shaper.setRate(Monotonic{}, 100 * 125'000);
        Counter counter;
        counter.full = {1};
        run(shaper, counter, Milliseconds(10), {{1, 10}}); // half of what may wait
        QVERIFY(shaper.isIdle());
        QVERIFY(!shaper.deadline()); // nothing to do until there is room
        QVERIFY(!shaper.passes(1));
        counter.full.clear();
        shaper.roomAgain(Monotonic{Milliseconds(10)}, 1);
        for (Milliseconds at{11}; shaper.deadline(); at += Milliseconds(1))
            shaper.release(Monotonic{at}, counter);
        QCOMPARE(counter.packets.at(1), 100U);
        QCOMPARE(shaper.dropped(), 0U);
    }

    void whatWaitedForRoomForLongIsDropped()
    {
        FairShaper shaper;
        shaper.setRate(Monotonic{}, 100 * 125'000);
        Counter counter;
        counter.full = {1};
        run(shaper, counter, Milliseconds(10), {{1, 10}});
        counter.full.clear();
        shaper.roomAgain(Monotonic{Milliseconds(10'000)}, 1);
        QVERIFY(!shaper.deadline());
        QCOMPARE(shaper.dropped(), 100U);
    }

    /// Without a rate whoever offers has asked for the room; what waits from before comes first.
    void theOrderHoldsWhenTheRateGoes()
    {
        FairShaper shaper;
        shaper.setRate(Monotonic{}, 100 * 125'000);
        Counter counter;
        counter.full = {1};
        run(shaper, counter, Milliseconds(2), {{1, 10}});
        shaper.setRate(Monotonic{Milliseconds(2)}, std::nullopt);
        QVERIFY(!shaper.passes(1));
        QVERIFY(shaper.passes(2));
        const Bytes full = datagram(Packet);
        const ByteSpan one[] = {full};
        shaper.offer(Monotonic{Milliseconds(2)}, 1, one, counter);
        QCOMPARE(counter.packets[1], 0U);
        counter.full.clear();
        shaper.roomAgain(Monotonic{Milliseconds(3)}, 1);
        shaper.release(Monotonic{Milliseconds(3)}, counter);
        QCOMPARE(counter.packets.at(1), 21U);
        QVERIFY(shaper.passes(1));
    }

    void whatOneLeavesTheOthersGet()
    {
        FairShaper shaper;
        shaper.setRate(Monotonic{}, 20 * 125'000);
        Counter counter;
        run(shaper, counter, Milliseconds(10'000), {{1, 10}, {2, 0}});
        QVERIFY(mbps(counter.bytes.at(1), 10) > 19.5);
    }

    void aLateTimerCostsNoRate()
    {
        FairShaper shaper;
        shaper.setRate(Monotonic{}, 20 * 125'000);
        Counter counter;
        const Bytes full = datagram(Packet);
        const std::vector<ByteSpan> many(200, full);
        for (int turn = 0; turn < 100; ++turn) {
            const Monotonic now{Milliseconds(turn * 30)};
            shaper.offer(now, 1, many, counter);
            shaper.release(now, counter);
        }
        const double seen = mbps(counter.bytes.at(1), 3);
        QVERIFY2(seen > 19 && seen < 21, qPrintable(QString::number(seen)));
    }

    void handshakesAndKeepalivesNeverWait()
    {
        FairShaper shaper;
        shaper.setRate(Monotonic{}, 1'000);
        Counter counter;
        const Bytes full = datagram(Packet);
        const std::vector<ByteSpan> many(50, full);
        shaper.offer(Monotonic{}, 1, many, counter);
        counter.packets.clear();
        Bytes handshake(148, 0);
        handshake[0] = 1;
        const ByteSpan small[] = {handshake};
        shaper.offer(Monotonic{}, 1, small, counter);
        QCOMPARE(counter.packets[1], 1U);
        const Bytes keepalive = datagram(0);
        const ByteSpan empty[] = {keepalive};
        shaper.offer(Monotonic{}, 1, empty, counter);
        QCOMPARE(counter.packets[1], 2U);
    }

    void aQueueIsBoundedInBytesAndTime()
    {
        FairShaper shaper;
        shaper.setRate(Monotonic{}, 125'000);
        Counter counter;
        const Bytes full = datagram(Packet);
        const std::vector<ByteSpan> many(1'000, full);
        shaper.offer(Monotonic{}, 1, many, counter);
        QVERIFY(shaper.dropped() > 700);
        // CoDel: after a while of standing the queue is short, though the sender never yields.
        const ByteSpan one[] = {full};
        for (int ms = 1; ms < 20'000; ++ms) {
            const Monotonic now{Milliseconds(ms)};
            if (ms % 10 == 0)
                shaper.offer(now, 1, one, counter);
            if (shaper.deadline() && *shaper.deadline() <= now)
                shaper.release(now, counter);
        }
        Counter rest;
        shaper.setRate(Monotonic{Milliseconds(20'000)}, std::nullopt);
        shaper.release(Monotonic{Milliseconds(20'000)}, rest);
        QVERIFY2(rest.bytes[1] < 30'000, qPrintable(QString::number(rest.bytes[1])));
    }

    void ratesChangeWithoutLoss()
    {
        FairShaper shaper;
        shaper.setRate(Monotonic{}, 125'000);
        Counter counter;
        const Bytes full = datagram(Packet);
        const std::vector<ByteSpan> many(20, full);
        shaper.offer(Monotonic{}, 1, many, counter);
        shaper.setRate(Monotonic{Milliseconds(1)}, std::nullopt);
        shaper.release(Monotonic{Milliseconds(1)}, counter);
        QCOMPARE(counter.packets[1], 20U);
        QCOMPARE(shaper.dropped(), 0U);
        QVERIFY(!shaper.deadline());
    }

    void aGuestThatLeavesTakesItsQueueAlong()
    {
        FairShaper shaper;
        shaper.setRate(Monotonic{}, 125'000);
        Counter counter;
        const Bytes full = datagram(Packet);
        const std::vector<ByteSpan> many(20, full);
        shaper.offer(Monotonic{}, 1, many, counter);
        shaper.removeFlow(1);
        QVERIFY(shaper.isIdle());
        counter.packets.clear();
        shaper.release(Monotonic{Milliseconds(1'000)}, counter);
        QCOMPARE(counter.packets[1], 0U);
    }
};

QTEST_GUILESS_MAIN(FairShaperTest)
#include "fair_shaper_test.moc"
