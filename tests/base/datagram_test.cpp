// SPDX-License-Identifier: GPL-3.0-or-later
// Who waits for room at a sink is told once, and nobody is told, or tells, who has gone.
#include "tests/support/bounded_sink.h"

#include <QTest>
#include <memory>

using namespace higgs;
using namespace higgs::test;

namespace {

/// Waits again as soon as it is told.
class Stubborn : public RoomWaiter
{
public:
    explicit Stubborn(RoomWaiters &place) : m_place(place) {}
    void roomAgain() override
    {
        ++told;
        m_place.add(*this);
    }
    int told = 0;

private:
    RoomWaiters &m_place;
};

/// Takes another off the list, as one that ends what the other belongs to.
class Jealous : public RoomWaiter
{
public:
    explicit Jealous(RoomWaiter &other) : m_other(other) {}
    void roomAgain() override { m_other.stopWaiting(); }

private:
    RoomWaiter &m_other;
};

} // namespace

class DatagramTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void eachIsToldOnce()
    {
        RoomWaiters place;
        CountingWaiter first;
        CountingWaiter second;
        place.add(first);
        place.add(second);
        place.add(first);
        place.tell();
        place.tell();
        QCOMPARE(first.told, 1);
        QCOMPARE(second.told, 1);
        QVERIFY(!first.isWaiting() && place.isEmpty());
    }

    void whoWaitsAgainIsToldTheNextTime()
    {
        RoomWaiters place;
        Stubborn waiter(place);
        place.add(waiter);
        place.tell();
        QCOMPARE(waiter.told, 1);
        place.tell();
        QCOMPARE(waiter.told, 2);
    }

    void whoHasGoneIsNotTold()
    {
        RoomWaiters place;
        CountingWaiter stays;
        {
            CountingWaiter goes;
            place.add(goes);
        }
        place.add(stays);
        Jealous jealous(stays);
        RoomWaiters other;
        other.add(jealous);
        other.tell();
        place.tell();
        QCOMPARE(stays.told, 0);
    }

    void aPlaceThatEndsLetsGo()
    {
        CountingWaiter waiter;
        {
            BoundedSink sink(1);
            sink.whenRoom(waiter);
            QVERIFY(waiter.isWaiting());
        }
        QVERIFY(!waiter.isWaiting());
        QCOMPARE(waiter.told, 0);
    }

    void oneWaitsAtOnePlace()
    {
        BoundedSink before(1);
        BoundedSink after(1);
        CountingWaiter waiter;
        before.whenRoom(waiter);
        after.whenRoom(waiter);
        before.drain();
        QCOMPARE(waiter.told, 0);
        after.drain();
        QCOMPARE(waiter.told, 1);
    }

    void roomIsATrainOrNone()
    {
        QCOMPARE(datagramsIn(0), 0U);
        QCOMPARE(datagramsIn(MaxTrain * UsualDatagramSize - 1), 0U);
        QCOMPARE(datagramsIn(MaxTrain * UsualDatagramSize), MaxTrain);
    }
};

QTEST_GUILESS_MAIN(DatagramTest)
#include "datagram_test.moc"
