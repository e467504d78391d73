// SPDX-License-Identifier: GPL-3.0-or-later
// A TCP listener on 127.0.0.1, any port, that hands out accepted sockets.
#pragma once

#include "shared/base/endpoint.h"
#include "shared/reactor/epoll_set.h"

#include <functional>

namespace higgs::test {

class LoopbackListener : public EpollSource
{
public:
    /// `accepted` owns the non-blocking descriptor that it gets.
    /// `local`: another loopback address, or a certain port.
    LoopbackListener(EpollSet &epoll, std::function<void(int fd, Endpoint peer)> accepted,
                     Endpoint local = {IpAddress::loopback(IpAddress::Family::V4), 0});
    ~LoopbackListener() override;

    [[nodiscard]] std::uint16_t port() const { return m_port; }
    void ready(std::uint32_t events) override;

private:
    EpollSet &m_epoll;
    std::function<void(int, Endpoint)> m_accepted;
    int m_fd = -1;
    std::uint16_t m_port = 0;
};

} // namespace higgs::test
