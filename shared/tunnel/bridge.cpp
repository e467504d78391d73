// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/bridge.h"

#include "shared/base/endpoint.h"
#include "shared/base/log.h"
#include "shared/tunnel/command.h"

#include <atomic>
#include <cerrno>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

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

} // namespace

Bridge::Bridge(EpollSet &epoll, std::shared_ptr<UdpArrivals> arrivals, OwnedFd socket)
    : m_epoll(epoll), m_arrivals(std::move(arrivals)), m_socket(std::move(socket))
{}

Bridge::~Bridge()
{
    m_epoll.remove(m_socket.get(), *this);
}

Result<std::unique_ptr<Bridge>> Bridge::open(EpollSet &epoll, std::shared_ptr<UdpArrivals> arrivals,
                                             std::uint16_t wireguardPort)
{
    OwnedFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.isOpen())
        return systemError("bridge socket");
    makeRoomIn(fd.get());
    receiveTrains(fd.get());

    const IpAddress loopback = IpAddress::loopback(IpAddress::Family::V4);
    sockaddr_storage address{};
    socklen_t length = Endpoint{loopback, 0}.toSockaddr(address);
    if (::bind(fd.get(), reinterpret_cast<sockaddr *>(&address), length) != 0)
        return systemError("bridge bind");
    // Connected: the kernel drops what does not come from WireGuard's own socket.
    length = Endpoint{loopback, wireguardPort}.toSockaddr(address);
    if (::connect(fd.get(), reinterpret_cast<sockaddr *>(&address), length) != 0)
        return systemError("bridge connect");
    length = sizeof(address);
    if (::getsockname(fd.get(), reinterpret_cast<sockaddr *>(&address), &length) != 0)
        return systemError("bridge address");

    std::unique_ptr<Bridge> bridge(new Bridge(epoll, std::move(arrivals), std::move(fd)));
    bridge->m_localPort = Endpoint::fromSockaddr(reinterpret_cast<sockaddr *>(&address)).port;
    const auto added = epoll.add(bridge->m_socket.get(), EPOLLIN, *bridge);
    if (!added)
        return unexpected(added.error());
    return bridge;
}

void Bridge::ready(std::uint32_t)
{
    if (m_arrivals->receive(m_socket.get()) == 0)
        return; // a port that was closed for a moment (ECONNREFUSED) is reported once, and gone
    const auto datagrams = m_arrivals->all(m_dropped);
    if (m_output == nullptr) {
        m_dropped += datagrams.size();
        return;
    }
    m_output->take(datagrams); // may delete this
}

void Bridge::take(std::span<const ByteSpan> datagrams)
{
    m_departures.send(m_socket.get(), datagrams);
}

} // namespace higgs
