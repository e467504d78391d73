// SPDX-License-Identifier: GPL-3.0-or-later
// Datagrams through sockets in batches: none is torn, merged, exchanged or invented, whatever
// trains the kernel makes of them, and each is known by its sender.
#include "shared/reactor/udp_batch.h"

#include <QTest>
#include <array>
#include <map>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace higgs;

namespace {

/// Bound to loopback, any port; dual: an IPv6 socket that takes IPv4 as well.
class Socket
{
public:
    explicit Socket(bool dual = false)
        : fd(::socket(dual ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0))
    {
        const int off = 0;
        if (dual)
            setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
        const Endpoint any{dual ? IpAddress::any(IpAddress::Family::V6)
                                : IpAddress::loopback(IpAddress::Family::V4),
                           0};
        sockaddr_storage storage{};
        socklen_t length = any.toSockaddr(storage);
        if (::bind(fd, reinterpret_cast<sockaddr *>(&storage), length) != 0)
            qFatal("cannot bind");
        length = sizeof storage;
        getsockname(fd, reinterpret_cast<sockaddr *>(&storage), &length);
        port = Endpoint::fromSockaddr(reinterpret_cast<sockaddr *>(&storage)).port;
        enlargeSocketBuffers(fd);
        receiveTrains(fd);
    }
    ~Socket() { ::close(fd); }

    [[nodiscard]] Endpoint endpoint() const
    {
        return {IpAddress::loopback(IpAddress::Family::V4), port};
    }
    bool wait() const
    {
        pollfd readable{fd, POLLIN, 0};
        return ::poll(&readable, 1, 5'000) == 1;
    }

    int fd;
    std::uint16_t port = 0;
};

/// Each says its number and its own length.
std::vector<Bytes> numbered(std::initializer_list<std::size_t> sizes)
{
    std::vector<Bytes> made;
    for (const std::size_t size : sizes) {
        Bytes datagram(size, static_cast<std::uint8_t>(made.size()));
        made.push_back(std::move(datagram));
    }
    return made;
}

std::vector<ByteSpan> spans(const std::vector<Bytes> &datagrams)
{
    return {datagrams.begin(), datagrams.end()};
}

} // namespace

class UdpBatchTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyDatagramArrivesAsItWas()
    {
        Socket from;
        Socket to;
        // Trains, their shorter ends, a longer one after a shorter, and one by itself.
        const auto sent = numbered({1200, 1200, 1200, 700, 1400, 1400, 32, 32, 32, 9000, 1, 1});
        UdpDepartures departures;
        const Endpoint target = to.endpoint();
        departures.send(from.fd, spans(sent), &target);
        QCOMPARE(departures.dropped(), 0U);

        UdpArrivals arrivals;
        std::uint64_t dropped = 0;
        std::vector<Bytes> got;
        while (got.size() < sent.size() && to.wait()) {
            arrivals.receive(to.fd);
            for (const ByteSpan each : arrivals.all(dropped))
                got.emplace_back(each.begin(), each.end());
        }
        QVERIFY(got == sent);
        QCOMPARE(dropped, 0U);
    }

    void sendersAreToldApart()
    {
        Socket first;
        Socket second;
        Socket to(true);
        const auto sent = numbered({100, 100, 100});
        UdpDepartures departures;
        const Endpoint target = to.endpoint();
        for (const Socket *each : {&first, &second, &first})
            departures.send(each->fd, spans(sent), &target);

        UdpArrivals arrivals;
        std::uint64_t dropped = 0;
        std::map<std::uint16_t, std::size_t> counted;
        while (counted[first.port] + counted[second.port] < 9 && to.wait()) {
            const std::size_t messages = arrivals.receive(to.fd);
            for (std::size_t i = 0; i < messages; ++i) {
                QVERIFY(arrivals.sender(i).address.isV4Mapped());
                counted[arrivals.sender(i).port] += arrivals.datagrams(i, dropped).size();
            }
        }
        QCOMPARE(counted[first.port], 6U);
        QCOMPARE(counted[second.port], 3U);
    }

    void aSocketOfBothFamiliesSendsToIpv4ByTheMappedAddress()
    {
        Socket from(true);
        Socket to;
        const auto sent = numbered({500});
        UdpDepartures departures;
        const Endpoint target{to.endpoint().address.mapped(), to.port};
        departures.send(from.fd, spans(sent), &target);
        QVERIFY(to.wait());
        UdpArrivals arrivals;
        QCOMPARE(arrivals.receive(to.fd), 1U);
        QCOMPARE(arrivals.sender(0), (Endpoint{to.endpoint().address, from.port}));
    }

    void whatIsRefusedIsCountedAndTheRestGoesOn()
    {
        Socket from;
        UdpDepartures departures;
        const auto sent = numbered({500, 400, 300});
        const Endpoint nowhere{IpAddress::v4(0xf0000001), 9}; // class E: no route takes it
        departures.send(from.fd, spans(sent), &nowhere);
        QCOMPARE(departures.dropped(), 3U);
    }

    /// A datagram socket of the machine's own is full when nobody reads: one to the world is, too,
    /// when its wire is slow, which loopback never is.
    void aFullSocketIsKnownUntilItIsWritable()
    {
        std::array<int, 2> ends{};
        QCOMPARE(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends.data()), 0);
        UdpDepartures departures;
        QVERIFY(!departures.isFull());
        std::uint64_t sent = 0;
        for (std::size_t size = 100; !departures.isFull(); ++size, ++sent) {
            const Bytes datagram(100 + size % 1000, 1);
            const ByteSpan one(datagram);
            departures.send(ends[0], {&one, 1});
        }
        QCOMPARE(departures.dropped(), 1U); // the one by which it was seen
        std::array<std::uint8_t, 2048> buffer{};
        std::uint64_t got = 0;
        while (::recv(ends[1], buffer.data(), buffer.size(), 0) >= 0)
            ++got;
        QCOMPARE(got, sent - 1);
        QVERIFY(departures.isFull());
        departures.writable();
        QVERIFY(!departures.isFull());
        for (const int end : ends)
            ::close(end);
    }

    void noMoreIsReadThanIsAskedFor()
    {
        Socket from;
        Socket to;
        UdpDepartures departures;
        const Endpoint target = to.endpoint();
        for (const std::size_t size : {100, 200, 300})
            departures.send(from.fd, spans(numbered({size})), &target);
        UdpArrivals arrivals;
        std::uint64_t dropped = 0;
        QVERIFY(receiveQueue(to.fd).bytes >= 600);
        QCOMPARE(arrivals.receive(to.fd, 2), 2U);
        QCOMPARE(arrivals.all(dropped).size(), 2U);
        QCOMPARE(arrivals.receive(to.fd), 1U);
        QCOMPARE(arrivals.all(dropped).front().size(), 300U);
    }

    void whatIsTooOldIsLeftOutAndCounted()
    {
        using namespace std::chrono_literals;
        Socket from;
        Socket to;
        stampArrivals(to.fd);
        QVERIFY(!oldestArrival(to.fd));
        UdpDepartures departures;
        const Endpoint target = to.endpoint();
        departures.send(from.fd, spans(numbered({100, 100, 50})), &target);
        QVERIFY(to.wait());
        QTRY_VERIFY(oldestArrival(to.fd) > std::optional(std::chrono::nanoseconds(0)));
        UdpArrivals arrivals;
        arrivals.receive(to.fd);
        std::uint64_t dropped = 0;
        QCOMPARE(arrivals.all(dropped, std::chrono::nanoseconds(1h)).size(), 3U);
        QCOMPARE(dropped, 0U);
        QCOMPARE(arrivals.all(dropped, std::chrono::nanoseconds(0)).size(), 0U);
        QCOMPARE(dropped, 3U);
    }

    void whatFindsNoPlaceIsCounted()
    {
        Socket from;
        Socket to;
        const int little = 4096;
        QCOMPARE(setsockopt(to.fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof little), 0);
        UdpDepartures departures;
        const Endpoint target = to.endpoint();
        for (int i = 0; i < 100; ++i)
            departures.send(from.fd, spans(numbered({1000})), &target);
        QCOMPARE(departures.dropped(), 0U);
        UdpArrivals arrivals;
        std::uint64_t got = 0;
        while (const std::size_t count = arrivals.receive(to.fd))
            got += count;
        QVERIFY(got > 0 && got < 100);
        QCOMPARE(receiveQueue(to.fd).dropped, 100 - got);
    }

    void whereToAndHowFarIsTold()
    {
        Socket from;
        Socket to(true);
        describeArrivals(to.fd);
        UdpDepartures departures;
        const Endpoint target = to.endpoint();
        departures.send(from.fd, spans(numbered({100, 100, 100})), &target); // a train
        QVERIFY(to.wait());
        UdpArrivals arrivals;
        QVERIFY(arrivals.receive(to.fd) > 0);
        QCOMPARE(arrivals.receiver(0), to.endpoint().address);
        QVERIFY(arrivals.hopLimit(0) > std::optional(0U));
        std::uint64_t dropped = 0;
        QCOMPARE(arrivals.datagrams(0, dropped).size(), 3U);
    }

    void anEmptySocketHasNothing()
    {
        Socket to;
        UdpArrivals arrivals;
        std::uint64_t dropped = 0;
        QCOMPARE(arrivals.receive(to.fd), 0U);
        QVERIFY(arrivals.all(dropped).empty());
    }
};

QTEST_GUILESS_MAIN(UdpBatchTest)
#include "udp_batch_test.moc"
