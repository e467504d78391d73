// SPDX-License-Identifier: GPL-3.0-or-later
// The other end of a UDP socket under test: one on loopback, that sends and looks what came.
#pragma once

#include "shared/base/endpoint.h"

#include <array>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>

namespace higgs::test {

class UdpPeer
{
public:
    explicit UdpPeer(IpAddress::Family family = IpAddress::Family::V4)
        : m_fd(::socket(family == IpAddress::Family::V4 ? AF_INET : AF_INET6,
                        SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))
    {
        sockaddr_storage storage{};
        socklen_t length = Endpoint{IpAddress::loopback(family), 0}.toSockaddr(storage);
        auto *const address = reinterpret_cast<sockaddr *>(&storage);
        if (m_fd < 0 || ::bind(m_fd, address, length) != 0)
            return;
        length = sizeof storage;
        ::getsockname(m_fd, address, &length);
        m_endpoint = Endpoint::fromSockaddr(address);
    }
    ~UdpPeer()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    UdpPeer(const UdpPeer &) = delete;
    UdpPeer &operator=(const UdpPeer &) = delete;

    /// Null where there is no such loopback address.
    [[nodiscard]] const Endpoint &endpoint() const { return m_endpoint; }
    [[nodiscard]] int fd() const { return m_fd; }

    void send(std::uint16_t port, ByteSpan datagram) const
    {
        sockaddr_storage storage{};
        const socklen_t length = Endpoint{m_endpoint.address, port}.toSockaddr(storage);
        ::sendto(m_fd, datagram.data(), datagram.size(), 0,
                 reinterpret_cast<const sockaddr *>(&storage), length);
    }

    /// The next that came; nullopt for none.
    [[nodiscard]] std::optional<Bytes> take() const
    {
        std::array<std::uint8_t, 2048> buffer{};
        const ssize_t size = ::recv(m_fd, buffer.data(), buffer.size(), 0);
        if (size < 0)
            return std::nullopt;
        return Bytes(buffer.begin(), buffer.begin() + size);
    }

private:
    int m_fd;
    Endpoint m_endpoint;
};

} // namespace higgs::test
