// SPDX-License-Identifier: GPL-3.0-or-later
// What the packet plane's own sockets cost a datagram: through the UDP mux (straight paths) and
// through the bridge (a WireGuard device that speaks UDP), against one plain socket pair that is
// given the same datagrams in the same run. Loopback alone; CPU time of this one thread.
#include "shared/paths/udp_mux.h"
#include "shared/tunnel/bridge.h"

#include <QCoreApplication>
#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <functional>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <vector>

using namespace higgs;

namespace {

constexpr std::size_t DatagramSize = 1452; ///< WireGuard's of a full packet at 1420
constexpr std::size_t Total = 200'000;     ///< datagrams of one figure
constexpr int Rounds = 5;
constexpr std::array<std::size_t, 3> Trains = {1, 8, 32};

class Counter final : public DatagramSink
{
public:
    void take(std::span<const ByteSpan> datagrams) override { count += datagrams.size(); }
    std::size_t count = 0;
};

double cpuSeconds()
{
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

[[noreturn]] void fail(const char *what)
{
    std::fprintf(stderr, "plumbing: %s\n", what);
    std::exit(1);
}

/// A plain UDP socket on loopback.
OwnedFd plainSocket(std::uint16_t &port)
{
    OwnedFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (fd.get() < 0 || ::bind(fd.get(), reinterpret_cast<sockaddr *>(&address), length) != 0 ||
        ::getsockname(fd.get(), reinterpret_cast<sockaddr *>(&address), &length) != 0)
        fail("no socket on loopback");
    enlargeSocketBuffers(fd.get());
    port = ntohs(address.sin_port);
    return fd;
}

Endpoint loopback(std::uint16_t port)
{
    return {*IpAddress::parse("127.0.0.1"), port};
}

/// Microseconds of CPU a datagram; `send` gives one train, `arrived` says how many have come.
double perDatagram(std::size_t train, const std::function<void()> &send,
                   const std::function<std::size_t()> &arrived)
{
    std::vector<double> rounds;
    for (int round = 0; round < Rounds; ++round) {
        const std::size_t before = arrived();
        const double begun = cpuSeconds();
        std::size_t sent = 0;
        while (sent < Total / Rounds) {
            send();
            sent += train;
            while (arrived() - before < sent)
                QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
        }
        rounds.push_back((cpuSeconds() - begun) * 1e6 / static_cast<double>(sent));
    }
    std::nth_element(rounds.begin(), rounds.begin() + Rounds / 2, rounds.end());
    return rounds[Rounds / 2];
}

/// sendmmsg(2) and recvmmsg(2), a message a datagram: what a plain program does.
double reference(std::span<const ByteSpan> datagrams)
{
    std::uint16_t port = 0;
    std::uint16_t ours = 0;
    const OwnedFd receiver = plainSocket(port);
    const OwnedFd sender = plainSocket(ours);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(port);
    const std::size_t train = datagrams.size();
    std::vector<iovec> out(train);
    std::vector<iovec> in(train);
    std::vector<Bytes> buffers(train, Bytes(2048));
    std::vector<mmsghdr> sent(train);
    std::vector<mmsghdr> received(train);
    for (std::size_t i = 0; i < train; ++i) {
        out[i] = {const_cast<std::uint8_t *>(datagrams[i].data()), datagrams[i].size()};
        in[i] = {buffers[i].data(), buffers[i].size()};
        sent[i].msg_hdr = {};
        sent[i].msg_hdr.msg_name = &to;
        sent[i].msg_hdr.msg_namelen = sizeof to;
        sent[i].msg_hdr.msg_iov = &out[i];
        sent[i].msg_hdr.msg_iovlen = 1;
        received[i].msg_hdr = {};
        received[i].msg_hdr.msg_iov = &in[i];
        received[i].msg_hdr.msg_iovlen = 1;
    }
    std::size_t count = 0;
    return perDatagram(
        train,
        [&] {
            ::sendmmsg(sender.get(), sent.data(), static_cast<unsigned>(train), 0);
            std::size_t got = 0;
            while (got < train) {
                const int now = ::recvmmsg(receiver.get(), received.data(),
                                           static_cast<unsigned>(train), MSG_DONTWAIT, nullptr);
                got += now > 0 ? static_cast<std::size_t>(now) : 0;
            }
            count += train;
        },
        [&] { return count; });
}

double throughMux(EpollSet &epoll, std::span<const ByteSpan> datagrams)
{
    auto from = UdpMux::open(epoll, {});
    auto to = UdpMux::open(epoll, {});
    if (!from || !to)
        fail("no UDP mux");
    Counter arrived;
    if (!(*to)->receiveFrom(loopback((*from)->port()), arrived))
        fail("the mux has no place");
    const double cost = perDatagram(
        datagrams.size(), [&] { (*from)->send(loopback((*to)->port()), datagrams); },
        [&] { return arrived.count; });
    (*to)->stopReceiving(loopback((*from)->port()), arrived);
    return cost;
}

/// To a device and back from it: a second bridge plays WireGuard, which gives back what it is sent.
double throughBridge(EpollSet &epoll, std::span<const ByteSpan> datagrams)
{
    auto arrivals = std::make_shared<UdpArrivals>();
    std::uint16_t port = 0;
    const OwnedFd wireguard = plainSocket(port);
    auto bridge = Bridge::open(epoll, arrivals, {.wireguardPort = port, .trains = true});
    if (!bridge)
        fail("no bridge");
    Counter arrived;
    (*bridge)->setOutput(&arrived);
    UdpArrivals device;
    UdpDepartures answers;
    receiveTrains(wireguard.get());
    const Endpoint back = loopback((*bridge)->localPort());
    const double cost = perDatagram(
        datagrams.size(),
        [&] {
            (*bridge)->take(datagrams);
            std::size_t got = 0;
            std::uint64_t dropped = 0;
            while (got < datagrams.size()) {
                if (device.receive(wireguard.get()) == 0)
                    continue;
                const std::span<const ByteSpan> all = device.all(dropped);
                got += all.size();
                answers.send(wireguard.get(), all, &back);
            }
        },
        [&] { return arrived.count; });
    (*bridge)->setOutput(nullptr);
    return cost / 2; // there and back
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication app(argc, argv);
    EpollSet epoll;
    const Bytes payload(DatagramSize, 0x5a);
    std::printf("%-34s%10s%10s%10s\n", "CPU us a datagram of 1452 bytes", "train 1", "train 8",
                "train 32");
    std::array<std::string, 3> lines{"plain socket pair", "UDP mux, out and in", "bridge, one way"};
    std::array<std::array<double, Trains.size()>, 3> costs{};
    for (std::size_t i = 0; i < Trains.size(); ++i) {
        const std::vector<ByteSpan> datagrams(Trains[i], ByteSpan(payload));
        costs[0][i] = reference(datagrams);
        costs[1][i] = throughMux(epoll, datagrams);
        costs[2][i] = throughBridge(epoll, datagrams);
    }
    for (std::size_t line = 0; line < lines.size(); ++line) {
        std::printf("%-34s", lines[line].c_str());
        for (const double cost : costs[line])
            std::printf("%10.2f", cost);
        if (line > 0)
            std::printf("   (%.2fx, %.2fx, %.2fx of plain)", costs[line][0] / costs[0][0],
                        costs[line][1] / costs[0][1], costs[line][2] / costs[0][2]);
        std::printf("\n");
    }
    return 0;
}
