// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/portmap/upnp_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>

namespace higgs::portmap {

namespace {

/// Datagrams of a turn; a flood waits, and fills the socket's buffer only.
constexpr int DatagramsPerTurn = 16;
/// A router and its clients are one hop apart.
constexpr int OneHop = 1;

Error socketError(const char *what)
{
    const int number = errno;
    return {number == EPERM || number == EACCES ? ErrorCode::Permission : ErrorCode::Network,
            std::string(what) + ": " + std::generic_category().message(number)};
}

bool setOption(int fd, int level, int name, int value)
{
    return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

/// A link-local address means nothing without its link.
socklen_t socketAddress(const Endpoint &endpoint, std::uint32_t scope, sockaddr_storage &out)
{
    const socklen_t length = endpoint.toSockaddr(out);
    const IpAddress &address = endpoint.address;
    if (address.isV6() && address.bytes()[0] == 0xfe && (address.bytes()[1] & 0xc0) == 0x80)
        reinterpret_cast<sockaddr_in6 *>(&out)->sin6_scope_id = scope;
    return length;
}

} // namespace

Result<OwnedFd> dialRouter(const HomeRouter &router, int type, std::uint16_t port,
                           std::optional<std::uint32_t> mark)
{
    const bool v6 = router.address.isV6();
    OwnedFd fd(::socket(v6 ? AF_INET6 : AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.isOpen())
        return unexpected(socketError("no socket"));
    if (mark && ::setsockopt(fd.get(), SOL_SOCKET, SO_MARK, &*mark, sizeof *mark) != 0)
        return unexpected(socketError("cannot mark a socket"));
    const std::string &interface = router.interfaceName;
    if (::setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, interface.c_str(),
                     static_cast<socklen_t>(interface.size() + 1)) != 0)
        return unexpected(socketError("cannot bind to an interface"));
    // What is no neighbour is not reached, whatever the routes say.
    std::ignore = v6 ? setOption(fd.get(), IPPROTO_IPV6, IPV6_UNICAST_HOPS, OneHop)
                     : setOption(fd.get(), IPPROTO_IP, IP_TTL, OneHop);
    sockaddr_storage storage{};
    socklen_t length = socketAddress({router.own, 0}, router.interfaceIndex, storage);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr *>(&storage), length) != 0)
        return unexpected(socketError("cannot bind to our address"));
    storage = {};
    length = socketAddress({router.address, port}, router.interfaceIndex, storage);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr *>(&storage), length) != 0 &&
        errno != EINPROGRESS)
        return unexpected(socketError("no way to the router"));
    return fd;
}

UpnpClient::UpnpClient(EpollSet &epoll, HomeRouter router, std::optional<std::uint32_t> mark,
                       UpnpTerms terms)
    : m_epoll(epoll), m_router(std::move(router)), m_mark(mark), m_core(std::move(terms))
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &UpnpClient::timedOut);
}

UpnpClient::~UpnpClient()
{
    hangUp();
}

void UpnpClient::hangUp()
{
    m_timer.stop();
    if (m_fd.isOpen())
        m_epoll.remove(m_fd.get(), *this);
    m_fd.reset();
    m_parser.reset();
    m_toWrite.clear();
    m_read = 0;
}

void UpnpClient::start()
{
    m_begun = monotonicNow();
    advance();
}

/// The next step, or the end.
void UpnpClient::advance()
{
    while (!m_core.isDone()) {
        const auto left =
            std::chrono::duration_cast<Milliseconds>(m_begun + WholeTime - monotonicNow());
        if (left <= Milliseconds(0)) {
            // However the router answers: it may be slow without end.
            m_core.giveUp({ErrorCode::Timeout, "UPnP: the router is too slow"});
            break;
        }
        const UpnpStep step = m_core.step();
        const bool again = step.search && m_search && m_fd.isOpen();
        if (!again) {
            hangUp();
            Result<OwnedFd> fd =
                dialRouter(m_router, step.search ? SOCK_DGRAM : SOCK_STREAM, step.port, m_mark);
            if (!fd) {
                m_core.failed(fd.error());
                continue;
            }
            m_fd = std::move(*fd);
            m_search = step.search;
            if (const auto added =
                    m_epoll.add(m_fd.get(), m_search ? EPOLLIN : EPOLLIN | EPOLLOUT, *this);
                !added) {
                m_fd.reset();
                m_core.failed(added.error());
                continue;
            }
        }
        m_timer.start(std::min(left, m_search ? SearchWait : StepTime));
        if (m_search) {
            std::ignore = ::send(m_fd.get(), step.text.data(), step.text.size(), MSG_NOSIGNAL);
        } else {
            m_parser = std::make_unique<HttpResponseParser>();
            m_toWrite = step.text;
        }
        return;
    }
    hangUp();
    if (!std::exchange(m_told, true))
        QMetaObject::invokeMethod(this, &UpnpClient::done, Qt::QueuedConnection);
}

void UpnpClient::timedOut()
{
    give({ErrorCode::Timeout, "UPnP: the router does not answer"});
}

void UpnpClient::give(const Error &error)
{
    if (!m_search)
        hangUp();
    m_core.failed(error);
    advance();
}

void UpnpClient::ready(std::uint32_t events)
{
    if (m_search) {
        readSearch();
        return;
    }
    if (!m_toWrite.empty() && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0)
        write();
    else if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0)
        readAnswer();
}

void UpnpClient::write()
{
    const ssize_t sent = ::send(m_fd.get(), m_toWrite.data(), m_toWrite.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINPROGRESS))
        return;
    if (sent < 0) {
        give(socketError("UPnP"));
        return;
    }
    m_toWrite.erase(0, static_cast<std::size_t>(sent));
    if (m_toWrite.empty())
        m_epoll.modify(m_fd.get(), EPOLLIN, *this);
}

void UpnpClient::readSearch()
{
    std::array<std::uint8_t, MaxSsdpAnswer + 1> buffer{};
    for (int i = 0; i < DatagramsPerTurn; ++i) {
        const ssize_t size = ::recv(m_fd.get(), buffer.data(), buffer.size(), 0);
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (size < 0) { // the router's kernel says that nobody listens there
            continue;
        }
        if (m_core.heard(ByteSpan(buffer).first(static_cast<std::size_t>(size)))) {
            advance();
            return;
        }
    }
}

void UpnpClient::readAnswer()
{
    std::array<std::uint8_t, 8'192> buffer{};
    const ssize_t size = ::recv(m_fd.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return;
    if (size < 0) {
        give(socketError("UPnP"));
        return;
    }
    m_read += static_cast<std::size_t>(size);
    if (m_read > MaxAnswer) {
        give({ErrorCode::TooLarge, "UPnP: an answer without end"});
        return;
    }
    const Result<bool> whole =
        size == 0 ? m_parser->finish()
                  : m_parser->feed(ByteSpan(buffer).first(static_cast<std::size_t>(size)));
    if (!whole)
        give(whole.error());
    else if (*whole)
        take();
    else if (size == 0)
        give({ErrorCode::Malformed, "UPnP: an answer that is cut off"});
}

void UpnpClient::take()
{
    const HttpResponse response = m_parser->take();
    hangUp();
    m_core.answered(response.status, response.body);
    advance();
}

void UpnpClient::finish(Milliseconds patience)
{
    const Monotonic ends = monotonicNow() + patience;
    for (;;) {
        const auto left = std::chrono::duration_cast<Milliseconds>(ends - monotonicNow());
        if (m_core.isDone() || !m_fd.isOpen() || left <= Milliseconds(0))
            return;
        pollfd wanted{m_fd.get(), static_cast<short>(m_toWrite.empty() ? POLLIN : POLLOUT), 0};
        if (::poll(&wanted, 1, static_cast<int>(left.count())) <= 0)
            return;
        ready(static_cast<std::uint32_t>(wanted.revents)); // the flags are epoll's
    }
}

} // namespace higgs::portmap
