// SPDX-License-Identifier: GPL-3.0-or-later
// Passes questions for names on to another resolver. For those of sockets that are bound to an
// interface: they hear answers on that interface alone, and so can be asked for by nobody but a
// socket that is bound to it, too.
#pragma once

#include "shared/base/endpoint.h"
#include "shared/base/result.h"
#include "shared/reactor/epoll_set.h"

#include <deque>
#include <memory>
#include <string>

namespace higgs {

/// Datagrams only: a resolver that gets a shortened answer and asks by TCP is refused. Answers come
/// from a socket that is connected to the server, one for each question. Lives on its EpollSet's
/// thread.
class NameRelay : private EpollSource
{
public:
    /// Questions under way; one more ends the oldest, whose asker will ask again.
    static constexpr std::size_t MaxQuestions = 64;
    /// EDNS, as resolvers use it.
    static constexpr std::size_t MaxDatagram = 4'096;

    NameRelay(EpollSet &epoll, Endpoint server);
    ~NameRelay() override;

    /// On a port of the system's choice at this address; errors of openUdpSocket().
    Result<Endpoint> listen(const std::string &interfaceName, const IpAddress &address);

private:
    class Question;

    void ready(std::uint32_t events) override;

    EpollSet &m_epoll;
    Endpoint m_server;
    int m_fd = -1;
    std::deque<std::unique_ptr<Question>> m_questions; ///< the oldest first
};

} // namespace higgs
