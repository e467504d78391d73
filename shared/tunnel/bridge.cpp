// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/bridge.h"

#include "shared/base/endpoint.h"
#include "shared/base/log.h"
#include "shared/tunnel/command.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <tuple>
#include <utility>

namespace higgs {

namespace {

Unexpected systemError(const char *what)
{
    return unexpected(ErrorCode::System, describeErrno(what, errno));
}

void makeRoomIn(int fd)
{
    static std::atomic_flag said;
    if (!enlargeSocketBuffers(fd) && !said.test_and_set())
        log::warning("tunnel", "socket buffers stay small: no CAP_NET_ADMIN, expect loss at speed");
}

/// Of an ICMP message (a port that was closed for a moment); until it is read, epoll tells of it.
void readOffError(int fd)
{
    int error = 0;
    socklen_t size = sizeof(error);
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
}

/// What one look at the clock and the queue throws away at most.
constexpr int MostDroppedAtOnce = 512;

} // namespace

Bridge::Bridge(EpollSet &epoll, std::shared_ptr<UdpArrivals> arrivals, OwnedFd socket,
               const BridgeOptions &options)
    : m_epoll(epoll),
      m_arrivals(std::move(arrivals)),
      m_socket(std::move(socket)),
      m_options(options)
{
    m_patience.setTimerType(Qt::PreciseTimer);
    QObject::connect(&m_patience, &QTimer::timeout, &m_patience, [this] { dropOldest(); });
}

Bridge::~Bridge()
{
    m_epoll.remove(m_socket.get(), *this);
}

Result<std::unique_ptr<Bridge>> Bridge::open(EpollSet &epoll, std::shared_ptr<UdpArrivals> arrivals,
                                             const BridgeOptions &options)
{
    OwnedFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.isOpen())
        return systemError("bridge socket");
    makeRoomIn(fd.get());
    if (options.trains)
        receiveTrains(fd.get());
    stampArrivals(fd.get());

    const IpAddress loopback = IpAddress::loopback(IpAddress::Family::V4);
    sockaddr_storage address{};
    socklen_t length = Endpoint{loopback, 0}.toSockaddr(address);
    if (::bind(fd.get(), reinterpret_cast<sockaddr *>(&address), length) != 0)
        return systemError("bridge bind");
    // Connected: the kernel drops what does not come from WireGuard's own socket.
    length = Endpoint{loopback, options.wireguardPort}.toSockaddr(address);
    if (::connect(fd.get(), reinterpret_cast<sockaddr *>(&address), length) != 0)
        return systemError("bridge connect");
    length = sizeof(address);
    if (::getsockname(fd.get(), reinterpret_cast<sockaddr *>(&address), &length) != 0)
        return systemError("bridge address");

    std::unique_ptr<Bridge> bridge(new Bridge(epoll, std::move(arrivals), std::move(fd), options));
    bridge->m_localPort = Endpoint::fromSockaddr(reinterpret_cast<sockaddr *>(&address)).port;
    bridge->m_interest = EPOLLIN;
    const auto added = epoll.add(bridge->m_socket.get(), EPOLLIN, *bridge);
    if (!added)
        return unexpected(added.error());
    return bridge;
}

void Bridge::setOutput(DatagramSink *output)
{
    m_output = output;
    goOn();
}

std::uint64_t Bridge::dropped() const
{
    return m_dropped + m_departures.dropped() + receiveQueue(m_socket.get()).dropped;
}

void Bridge::ready(std::uint32_t events)
{
    if ((events & EPOLLERR) != 0)
        readOffError(m_socket.get());
    if ((events & EPOLLOUT) != 0 && m_departures.isFull()) {
        m_departures.writable();
        updateInterest();
        tellRoom();
    }
    if ((events & EPOLLIN) != 0 && !m_holds)
        read();
}

// --- From WireGuard ------------------------------------------------------------------------------

void Bridge::read()
{
    std::size_t left = UdpArrivals::MostMessages;
    while (left > 0) {
        const std::size_t room = m_output != nullptr ? m_output->room() : AnyNumber;
        if (room == 0) {
            // What was given in this turn leaves at its end: only then it is worth waiting.
            if (left == UdpArrivals::MostMessages)
                waitForRoom();
            return;
        }
        const std::size_t most = std::min(left, messagesFor(room));
        const std::size_t count = m_arrivals->receive(m_socket.get(), most);
        const std::uint64_t before = m_dropped;
        const auto datagrams =
            m_arrivals->all(m_dropped, m_behind ? std::optional(longestWait()) : std::nullopt);
        m_behind = m_behind && m_dropped != before; // the next are younger still
        if (m_output != nullptr && !datagrams.empty())
            m_output->take(datagrams);
        else
            m_dropped += datagrams.size();
        if (count < most)
            return;
        left -= count;
    }
}

/// So many that they cannot be more datagrams than there is room for.
std::size_t Bridge::messagesFor(std::size_t room) const
{
    return m_options.trains ? std::max<std::size_t>(1, room / MaxTrain) : room;
}

/// Time in which this thread was at work is not the path's.
std::chrono::nanoseconds Bridge::longestWait() const
{
    const Monotonic now = monotonicNow();
    return m_options.longestWait + (now - m_epoll.idleUntil(now));
}

void Bridge::waitForRoom()
{
    m_behind = true;
    m_holds = true;
    updateInterest();
    m_patience.start(m_options.longestWait);
    m_output->whenRoom(*this);
}

void Bridge::roomAgain()
{
    goOn();
}

void Bridge::goOn()
{
    stopWaiting();
    m_patience.stop();
    m_holds = false;
    updateInterest();
}

/// A path that takes nothing for long must not fill the kernel's memory with what nobody wants any
/// more, nor be given it when it takes again.
void Bridge::dropOldest()
{
    if (m_output == nullptr || m_output->room() > 0) {
        goOn();
        return;
    }
    for (int i = 0; i < MostDroppedAtOnce; ++i) {
        const auto waited = oldestArrival(m_socket.get());
        if (!waited || *waited <= longestWait())
            return;
        m_arrivals->receive(m_socket.get(), 1);
        std::ignore = m_arrivals->all(m_dropped, longestWait());
    }
}

// --- To WireGuard --------------------------------------------------------------------------------

void Bridge::take(std::span<const ByteSpan> datagrams)
{
    m_departures.send(m_socket.get(), datagrams);
    updateInterest();
}

std::size_t Bridge::room() const
{
    return m_departures.isFull() ? 0 : AnyNumber;
}

void Bridge::updateInterest()
{
    std::uint32_t interest = 0;
    if (!m_holds)
        interest |= EPOLLIN;
    if (m_departures.isFull())
        interest |= EPOLLOUT;
    if (interest != std::exchange(m_interest, interest))
        m_epoll.modify(m_socket.get(), interest, *this);
}

} // namespace higgs
