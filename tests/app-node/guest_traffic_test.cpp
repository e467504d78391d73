// SPDX-License-Identifier: GPL-3.0-or-later
// Guests whose paths are full, beside others: each waits for its own path and for nobody else's.
#include "app-node/engine/guest_traffic.h"
#include "tests/support/bounded_sink.h"

#include <QTest>

using namespace higgs;
using namespace higgs::node;
using namespace higgs::test;

namespace {

constexpr std::size_t Bound = 2 * MaxTrain;

Bytes datagram()
{
    Bytes bytes(1'000 + WireguardOverhead, 0);
    bytes[0] = 4;
    return bytes;
}

} // namespace

class GuestTrafficTest : public QObject
{
    Q_OBJECT

private:
    const Bytes m_datagram = datagram();
    std::unique_ptr<GuestTraffic> m_traffic;
    std::unique_ptr<GuestLane> m_full;
    std::unique_ptr<GuestLane> m_other;
    BoundedSink m_fullPath{Bound};
    BoundedSink m_otherPath{100 * Bound};

    void give(GuestLane &lane, std::size_t count)
    {
        const std::vector<ByteSpan> batch(count, m_datagram);
        lane.toGuest().take(batch);
    }

private Q_SLOTS:
    void init()
    {
        m_fullPath.drain();
        m_otherPath.drain();
        m_fullPath.overrun = m_otherPath.overrun = 0;
        m_fullPath.received.clear();
        m_otherPath.received.clear();
        m_traffic = std::make_unique<GuestTraffic>();
        m_full = std::make_unique<GuestLane>(*m_traffic, 1);
        m_other = std::make_unique<GuestLane>(*m_traffic, 2);
        m_full->setPath(&m_fullPath);
        m_other->setPath(&m_otherPath);
    }
    void cleanup()
    {
        m_full.reset();
        m_other.reset();
        m_traffic.reset();
    }

    void withoutARateTheRoomIsThePaths()
    {
        QCOMPARE(m_full->toGuest().room(), Bound);
        give(*m_full, Bound);
        QCOMPARE(m_full->toGuest().room(), 0U);
        QVERIFY(m_other->toGuest().room() >= MaxTrain);
        CountingWaiter device;
        m_full->toGuest().whenRoom(device);
        give(*m_other, 10 * Bound);
        QCOMPARE(m_otherPath.received.size(), 10 * Bound);
        QCOMPARE(device.told, 0);
        m_fullPath.drain();
        QCOMPARE(device.told, 1);
        QCOMPARE(m_full->toGuest().room(), Bound);
        QCOMPARE(m_fullPath.overrun, 0U);
    }

    void anotherPathIsAsked()
    {
        give(*m_full, Bound);
        CountingWaiter device;
        m_full->toGuest().whenRoom(device);
        BoundedSink next(Bound);
        m_full->setPath(&next);
        QCOMPARE(device.told, 1);
        QCOMPARE(m_full->toGuest().room(), Bound);
        QVERIFY(!m_fullPath.isAwaited());
        m_full->setPath(nullptr); // drops, so that there is room for any number
        QCOMPARE(m_full->toGuest().room(), DatagramSink::AnyNumber);
    }

    void heldToARateNobodyWaitsButInTheShaper()
    {
        m_traffic->setRates(std::nullopt, 1'000);
        give(*m_full, Bound); // some at once, the rest as the rate allows
        give(*m_full, MaxTrain);
        QCOMPARE(m_full->toGuest().room(), DatagramSink::AnyNumber);
        QTRY_VERIFY(m_fullPath.isAwaited());
        const std::size_t before = m_fullPath.received.size();
        give(*m_other, Bound);
        QTRY_VERIFY(m_traffic->dropped() > 0 || m_otherPath.received.size() == Bound);
        QCOMPARE(m_fullPath.received.size(), before);
        QCOMPARE(m_fullPath.overrun, 0U);
        m_fullPath.drain();
        give(*m_full, 1);
        QTRY_VERIFY(m_fullPath.received.size() > before);
    }

    void aRateThatComesEndsTheWait()
    {
        give(*m_full, Bound);
        CountingWaiter device;
        m_full->toGuest().whenRoom(device);
        m_traffic->setRates(std::nullopt, 1'000);
        QCOMPARE(device.told, 1);
        QCOMPARE(m_full->toGuest().room(), DatagramSink::AnyNumber);
    }

    void theWayUpIsTheDevices()
    {
        BoundedSink device(Bound);
        m_full->setDevice(&device);
        QCOMPARE(m_full->fromGuest().room(), Bound);
        m_full->fromGuest().take(std::vector<ByteSpan>(Bound, m_datagram));
        QCOMPARE(m_full->fromGuest().room(), 0U);
        CountingWaiter path;
        m_full->fromGuest().whenRoom(path);
        device.drain();
        QCOMPARE(path.told, 1);
        m_full->setDevice(nullptr);
    }
};

QTEST_GUILESS_MAIN(GuestTrafficTest)
#include "guest_traffic_test.moc"
