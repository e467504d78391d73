// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/loopback_listener.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace higgs::test {

LoopbackListener::LoopbackListener(EpollSet &epoll, std::function<void(int, Endpoint)> accepted,
                                   Endpoint local)
    : m_epoll(epoll),
      m_accepted(std::move(accepted)),
      m_fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))
{
    sockaddr_storage address{};
    socklen_t size = local.toSockaddr(address);
    auto *generic = reinterpret_cast<sockaddr *>(&address);
    bind(m_fd, generic, size);
    listen(m_fd, 64);
    getsockname(m_fd, generic, &size);
    m_port = Endpoint::fromSockaddr(generic).port;
    (void)m_epoll.add(m_fd, EPOLLIN, *this);
}

LoopbackListener::~LoopbackListener()
{
    m_epoll.remove(m_fd, *this);
    ::close(m_fd);
}

void LoopbackListener::ready(std::uint32_t)
{
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    auto *generic = reinterpret_cast<sockaddr *>(&address);
    const int fd = accept4(m_fd, generic, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0)
        m_accepted(fd, Endpoint::fromSockaddr(generic));
}

} // namespace higgs::test
