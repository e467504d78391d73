// SPDX-License-Identifier: GPL-3.0-or-later
// The WireGuard core with one UDP socket and one TUN interface, for trials against implementations
// that are not ours:
//   wireguard_peer INTERFACE PORT PRIVATE-KEY PEER-KEY ALLOWED[,ALLOWED...] [endpoint=ADDR:PORT]
//                  [preshared=KEY] [keepalive=SECONDS] [rekey=SECONDS] [offloads=off]
// Keys in base64. Prints a line of its state each second. SIGUSR1: the socket is opened anew,
// elsewhere. Addresses of the interface are for the caller to give.
#include "shared/base/number_text.h"
#include "shared/reactor/udp_batch.h"
#include "shared/tunnel/train_tun.h"
#include "shared/wireguard/core.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

using namespace higgs;
using namespace higgs::wireguard;

namespace {

volatile std::sig_atomic_t roam = 0;
volatile std::sig_atomic_t ended = 0;

[[noreturn]] void fail(const std::string &what)
{
    std::fprintf(stderr, "wireguard_peer: %s\n", what.c_str());
    std::exit(1);
}

template <typename T>
T need(Result<T> result, const char *what)
{
    if (!result)
        fail(std::string(what) + ": " + result.error().detail);
    return std::move(*result);
}

/// Both families.
OwnedFd openSocket(std::uint16_t port)
{
    OwnedFd fd(::socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int off = 0;
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    sockaddr_in6 local{};
    local.sin6_family = AF_INET6;
    local.sin6_port = htons(port);
    if (::bind(fd.get(), reinterpret_cast<sockaddr *>(&local), sizeof local) != 0)
        fail("bind");
    enlargeSocketBuffers(fd.get());
    receiveTrains(fd.get());
    return fd;
}

class Program
{
public:
    Program(TrainTun tun, std::uint16_t port, PrivateKey key, CoreOptions options)
        : m_tun(std::move(tun)),
          m_socket(openSocket(port)),
          m_core(std::move(key), options, fillRandom),
          m_rooms(2 * MaxTrain, Bytes(Room))
    {
        for (Bytes &room : m_rooms)
            m_packets.push_back({MutableByteSpan(room).subspan(HeadRoom, Largest)});
    }

    Core &core() { return m_core; }

    void run()
    {
        BootTime report = bootNow();
        while (ended == 0) {
            if (roam != 0) {
                roam = 0;
                m_socket = openSocket(0);
            }
            const BootTime now = bootNow();
            if (now >= report) {
                print();
                report = now + Milliseconds(1000);
            }
            const BootTime next = std::min(report, m_core.deadline());
            std::array<pollfd, 2> fds{pollfd{m_tun.fd(), POLLIN, 0},
                                      pollfd{m_socket.get(), POLLIN, 0}};
            ::poll(fds.data(), fds.size(),
                   static_cast<int>(std::max<std::int64_t>(0, (next - now).count())));
            if ((fds[0].revents & POLLIN) != 0)
                fromTun();
            if ((fds[1].revents & POLLIN) != 0)
                fromSocket();
            m_core.advance(clocksNow());
            drain();
        }
    }

private:
    static constexpr std::size_t Room = 2048;
    static constexpr std::size_t Largest = Room - HeadRoom - TailRoom;

    void fromTun()
    {
        // Bounded, so that the socket has its turn.
        for (int round = 0; round < 4; ++round) {
            const std::size_t count = m_tun.read(m_packets, Largest);
            if (count == 0)
                return;
            m_outgoing.clear();
            for (std::size_t i = 0; i < count; ++i)
                m_outgoing.push_back({m_rooms[i], m_packets[i].length});
            m_core.send(clocksNow(), m_outgoing);
            m_train.clear();
            for (const OutgoingPacket &packet : m_outgoing) {
                if (!packet.datagram.empty())
                    m_train.push_back(packet.datagram);
            }
            if (!m_train.empty())
                transmit(m_core.status(PeerId{1})->endpoint, m_train);
            drain();
        }
    }

    void fromSocket()
    {
        const std::size_t messages = m_arrivals.receive(m_socket.get());
        m_written.clear();
        for (std::size_t i = 0; i < messages; ++i) {
            m_datagrams.clear();
            for (const ByteSpan datagram : m_arrivals.datagrams(i, m_dropped)) {
                // The arrivals' own buffer, which nobody else reads.
                m_datagrams.emplace_back(const_cast<std::uint8_t *>(datagram.data()),
                                         datagram.size());
            }
            m_incoming.resize(m_datagrams.size());
            Endpoint from = m_arrivals.sender(i);
            from.address = from.address.unmapped();
            const std::size_t count = m_core.receive(clocksNow(), from, m_datagrams, m_incoming);
            for (std::size_t p = 0; p < count; ++p)
                m_written.push_back(m_incoming[p].packet);
        }
        m_tun.write(m_written);
        drain();
    }

    void drain()
    {
        while (const auto transmission = m_core.nextTransmission()) {
            const std::array<ByteSpan, 1> datagram{ByteSpan(transmission->datagram)};
            transmit(transmission->to, datagram);
        }
    }

    void transmit(Endpoint to, std::span<const ByteSpan> datagrams)
    {
        if (datagrams.empty())
            return;
        to.address = to.address.mapped();
        m_departures.writable();
        m_departures.send(m_socket.get(), datagrams, &to);
    }

    void print()
    {
        const auto status = m_core.status(PeerId{1});
        const CoreCounters &counters = m_core.counters();
        std::printf("session %d handshake %lld endpoint %s received %llu sent %llu badMac %llu "
                    "cookies %llu overload %llu forged %llu lost %llu reads %llu writes %llu "
                    "offloads %d%d\n",
                    status->hasSession ? 1 : 0,
                    status->lastHandshake ? static_cast<long long>(status->lastHandshake->ms) : 0LL,
                    status->endpoint.toString().c_str(),
                    static_cast<unsigned long long>(status->traffic.received),
                    static_cast<unsigned long long>(status->traffic.sent),
                    static_cast<unsigned long long>(counters.badMac),
                    static_cast<unsigned long long>(counters.cookieReplies),
                    static_cast<unsigned long long>(counters.overload),
                    static_cast<unsigned long long>(counters.forged),
                    static_cast<unsigned long long>(m_dropped + m_departures.dropped() +
                                                    m_tun.counters().dropped +
                                                    m_tun.counters().senseless),
                    static_cast<unsigned long long>(m_tun.counters().reads),
                    static_cast<unsigned long long>(m_tun.counters().writes),
                    m_tun.hasOffloads() ? 1 : 0, m_tun.hasUdpOffloads() ? 1 : 0);
        std::fflush(stdout);
    }

    TrainTun m_tun;
    OwnedFd m_socket;
    Core m_core;
    UdpArrivals m_arrivals;
    UdpDepartures m_departures;
    std::vector<Bytes> m_rooms;
    // Kept for their memory.
    std::vector<PacketRoom> m_packets;
    std::vector<OutgoingPacket> m_outgoing;
    std::vector<ByteSpan> m_train;
    std::vector<MutableByteSpan> m_datagrams;
    std::vector<IncomingPacket> m_incoming;
    std::vector<MutableByteSpan> m_written;
    std::uint64_t m_dropped = 0;
};

std::vector<IpPrefix> prefixesIn(std::string_view text)
{
    std::vector<IpPrefix> prefixes;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        prefixes.push_back(need(IpPrefix::parse(text.substr(0, comma)), "allowed"));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return prefixes;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 6)
        fail("interface, port, private key, peer's key, allowed addresses");
    if (!initializeCrypto())
        fail("no randomness");
    PeerOptions peer;
    CoreOptions options;
    TrainTun::Offloads offloads = TrainTun::Offloads::Wanted;
    peer.publicKey = need(PublicKey::parse(argv[4]), "peer's key");
    peer.allowedIps = prefixesIn(argv[5]);
    for (int i = 6; i < argc; ++i) {
        const std::string_view word = argv[i];
        const std::string_view name = word.substr(0, word.find('='));
        const std::string_view value = word.substr(std::min(name.size() + 1, word.size()));
        const Seconds seconds(numberIn<int>(value).value_or(0));
        if (name == "endpoint") {
            peer.endpoint = need(Endpoint::parse(value), "endpoint");
        } else if (name == "preshared") {
            const Bytes key = need(fromBase64(value), "preshared");
            if (key.size() != 32)
                fail("a preshared key has 32 bytes");
            peer.preshared = Secret<32>(std::span<const std::uint8_t, 32>(key.data(), 32));
        } else if (name == "keepalive") {
            peer.persistentKeepalive = seconds;
        } else if (name == "offloads") {
            offloads = value == "off" ? TrainTun::Offloads::None : TrainTun::Offloads::Wanted;
        } else if (name == "rekey") {
            options.limits.rekeyAfterTime = seconds;
        } else {
            fail("unknown: " + std::string(word));
        }
    }
    std::signal(SIGUSR1, [](int) { roam = 1; });
    std::signal(SIGTERM, [](int) { ended = 1; });
    Program program(need(TrainTun::open(argv[1], offloads), "tun"),
                    numberIn<std::uint16_t>(argv[2]).value_or(0),
                    need(PrivateKey::parse(argv[3]), "private key"), options);
    need(program.core().addPeer(bootNow(), std::move(peer)), "peer");
    program.run();
    return 0;
}
