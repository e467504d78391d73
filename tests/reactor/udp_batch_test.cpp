// SPDX-License-Identifier: GPL-3.0-or-later
// Datagrams through sockets in batches: none is torn, merged, exchanged or invented, whatever
// trains the kernel makes of them, and each is known by its sender.
#include "shared/reactor/udp_batch.h"

#include <QTest>
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
