// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/udp_socket.h"

#include <cerrno>
#include <netinet/in.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace higgs {

namespace {

Error socketError(const std::string &what)
{
    const int number = errno;
    ErrorCode code = ErrorCode::Network;
    if (number == EPERM || number == EACCES)
        code = ErrorCode::Permission;
    else if (number == EADDRINUSE)
        code = ErrorCode::AlreadyExists;
    return {code, what + ": " + std::generic_category().message(number)};
}

bool setOption(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

Result<void> prepare(int fd, const Endpoint &local, const UdpSocketOptions &options)
{
    if (local.address.isV6() && !setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0))
        return unexpected(socketError("IPV6_V6ONLY"));
    if (options.mark && setsockopt(fd, SOL_SOCKET, SO_MARK, &*options.mark, sizeof(*options.mark)))
        return unexpected(socketError("cannot mark a socket"));
    const std::string &interface = options.bindToInterface;
    if (!interface.empty() && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface.c_str(),
                                         static_cast<socklen_t>(interface.size() + 1)) != 0)
        return unexpected(socketError("cannot bind to interface " + interface));
    sockaddr_storage storage{};
    const unsigned length = local.toSockaddr(storage);
    if (bind(fd, reinterpret_cast<const sockaddr *>(&storage), length) != 0)
        return unexpected(socketError("cannot bind to UDP " + local.toString()));
    return {};
}

} // namespace

Result<int> openUdpSocket(const Endpoint &local, const UdpSocketOptions &options)
{
    const int family = local.address.isV4() ? AF_INET : AF_INET6;
    const int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return unexpected(socketError("cannot open a UDP socket"));
    if (const Result<void> prepared = prepare(fd, local, options); !prepared) {
        ::close(fd);
        return unexpected(prepared.error());
    }
    return fd;
}

Endpoint localEndpoint(int fd)
{
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    if (getsockname(fd, reinterpret_cast<sockaddr *>(&storage), &length) != 0)
        return {};
    return Endpoint::fromSockaddr(reinterpret_cast<const sockaddr *>(&storage));
}

} // namespace higgs
