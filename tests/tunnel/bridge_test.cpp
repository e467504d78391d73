// SPDX-License-Identifier: GPL-3.0-or-later
// The bridge and a full path: WireGuard's datagrams wait in their own socket, in order, for as long
// as they may, and nobody else's wait for them.
#include "shared/tunnel/bridge.h"
#include "tests/support/bounded_sink.h"
#include "tests/support/udp_peer.h"

#include <QCoreApplication>
#include <QTest>

using namespace higgs;
using namespace higgs::test;

namespace {

constexpr std::size_t Bound = 2 * MaxTrain;
constexpr std::size_t Many = 3 * Bound;
/// For tests in which nothing may be lost, however slow the machine is.
constexpr Milliseconds Patient{3'600'000};

Bytes numbered(std::size_t number, std::size_t size)
{
    Bytes datagram(size, 0);
    datagram[0] = static_cast<std::uint8_t>(number >> 8);
    datagram[1] = static_cast<std::uint8_t>(number & 0xFF);
    return datagram;
}

} // namespace

class BridgeTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<EpollSet> m_epoll;
    std::shared_ptr<UdpArrivals> m_arrivals;
    std::unique_ptr<UdpPeer> m_wireguard;

    std::unique_ptr<Bridge> open(bool trains, Milliseconds longestWait = Patient)
    {
        auto bridge = Bridge::open(*m_epoll, m_arrivals,
                                   {.wireguardPort = m_wireguard->endpoint().port,
                                    .trains = trains,
                                    .longestWait = longestWait});
        return bridge ? std::move(*bridge) : nullptr;
    }
    /// As WireGuard does, in one message each where the kernel makes trains of them.
    void wireguardSends(const Bridge &bridge, std::size_t count, std::size_t first = 0)
    {
        std::vector<Bytes> datagrams;
        for (std::size_t i = 0; i < count; ++i)
            datagrams.push_back(numbered(first + i, 200));
        const std::vector<ByteSpan> spans(datagrams.begin(), datagrams.end());
        const Endpoint to{m_wireguard->endpoint().address, bridge.localPort()};
        UdpDepartures departures;
        departures.send(m_wireguard->fd(), spans, &to);
        QCOMPARE(departures.dropped(), 0U);
    }
    static bool isInOrder(const std::vector<Bytes> &received)
    {
        for (std::size_t i = 0; i < received.size(); ++i) {
            if (received[i] != numbered(i, 200))
                return false;
        }
        return true;
    }
    /// Every descriptor that is ready has been served, and none is ready all the time.
    bool isQuiet()
    {
        for (int i = 0; i < 1'000; ++i) {
            const std::uint64_t turn = m_epoll->turn();
            QCoreApplication::processEvents();
            QCoreApplication::processEvents();
            if (m_epoll->turn() == turn)
                return true;
        }
        return false;
    }

private Q_SLOTS:
    void init()
    {
        m_epoll = std::make_unique<EpollSet>();
        m_arrivals = std::make_shared<UdpArrivals>();
        m_wireguard = std::make_unique<UdpPeer>();
    }
    void cleanup()
    {
        m_wireguard.reset();
        m_arrivals.reset();
        m_epoll.reset();
    }

    void aFullOutputStopsTheReading_data()
    {
        QTest::addColumn<bool>("trains");
        QTest::newRow("wireguard-go's trains") << true;
        QTest::newRow("single ones, as the kernel's") << false;
    }

    void aFullOutputStopsTheReading()
    {
        QFETCH(const bool, trains);
        const auto bridge = open(trains);
        QVERIFY(bridge);
        BoundedSink sink(Bound);
        bridge->setOutput(&sink);
        wireguardSends(*bridge, Many);
        while (sink.received.size() < Many) {
            QTRY_VERIFY(sink.isAwaited() || sink.received.size() == Many);
            QVERIFY(isQuiet());
            QVERIFY(sink.received.size() <= Many);
            sink.drain();
        }
        QCOMPARE(sink.overrun, 0U); // the whole of it comes at once where nobody asks for room
        QCOMPARE(bridge->dropped(), 0U);
        QVERIFY(isInOrder(sink.received));
    }

    void oneFullOutputDoesNotStopAnother()
    {
        const auto full = open(true);
        const auto other = open(true);
        QVERIFY(full && other);
        BoundedSink fullSink(Bound);
        BoundedSink otherSink(Many);
        full->setOutput(&fullSink);
        other->setOutput(&otherSink);
        wireguardSends(*full, Many);
        QTRY_VERIFY(fullSink.isAwaited());
        const std::size_t before = fullSink.received.size();
        wireguardSends(*other, Many - Bound);
        QTRY_COMPARE(otherSink.received.size(), Many - Bound);
        QCOMPARE(fullSink.received.size(), before);
        QVERIFY(fullSink.isAwaited());
    }

    void whatWaitsGoesToTheNextOutput()
    {
        const auto bridge = open(true);
        QVERIFY(bridge);
        auto sink = std::make_unique<BoundedSink>(Bound);
        bridge->setOutput(sink.get());
        wireguardSends(*bridge, Many);
        QTRY_VERIFY(sink->isAwaited());
        const std::size_t before = sink->received.size();
        BoundedSink next(2 * Many);
        bridge->setOutput(&next);
        QVERIFY(!sink->isAwaited());
        sink.reset();
        QTRY_COMPARE(next.received.size(), Many - before);
        QCOMPARE(bridge->dropped(), 0U);
    }

    void withoutAnOutputAllIsDropped()
    {
        const auto bridge = open(true);
        QVERIFY(bridge);
        BoundedSink sink(Bound);
        bridge->setOutput(&sink);
        wireguardSends(*bridge, Many);
        QTRY_VERIFY(sink.isAwaited());
        bridge->setOutput(nullptr);
        QTRY_COMPARE(bridge->dropped(), Many - sink.received.size());
    }

    /// Of a path that takes nothing for long the kernel keeps nothing, and it gets nothing old.
    void whatWaitsTooLongIsDropped()
    {
        const auto bridge = open(true, Milliseconds(1));
        QVERIFY(bridge);
        BoundedSink sink(Bound);
        bridge->setOutput(&sink);
        wireguardSends(*bridge, Bound);
        QTRY_COMPARE(sink.received.size(), Bound);
        wireguardSends(*bridge, Bound, Bound); // while there is no room any more
        QTRY_COMPARE(bridge->dropped(), Bound);
        QCOMPARE(sink.overrun, 0U);
        QCOMPARE(sink.received.size(), Bound);
    }

    void anErrorIsReadOffWhileItWaits()
    {
        const auto bridge = open(true);
        QVERIFY(bridge);
        BoundedSink sink(Bound);
        bridge->setOutput(&sink);
        wireguardSends(*bridge, Many);
        QTRY_VERIFY(sink.isAwaited());
        m_wireguard.reset();
        const Bytes datagram(100, 4);
        const ByteSpan one(datagram);
        bridge->take({&one, 1}); // refused by ICMP
        QVERIFY(isQuiet());
        QVERIFY(sink.isAwaited());
    }

    void datagramsReachWireguard()
    {
        const auto bridge = open(true);
        QVERIFY(bridge);
        QVERIFY(bridge->room() >= MaxTrain);
        const Bytes datagram = numbered(7, 1400);
        const ByteSpan one(datagram);
        bridge->take({&one, 1});
        std::optional<Bytes> got;
        QTRY_VERIFY(got || (got = m_wireguard->take()));
        QVERIFY(*got == datagram);
    }
};

QTEST_GUILESS_MAIN(BridgeTest)
#include "bridge_test.moc"
