// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/name_relay.h"

#include "shared/base/bytes.h"
#include "shared/net/udp_socket.h"

#include <array>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace higgs {

namespace {

using Buffer = std::array<std::uint8_t, NameRelay::MaxDatagram>;

} // namespace

class NameRelay::Question : private EpollSource
{
public:
    Question(EpollSet &epoll, int back, const sockaddr_storage &asker, socklen_t askerLength)
        : m_epoll(epoll), m_back(back), m_asker(asker), m_askerLength(askerLength)
    {}
    ~Question() override { close(); }

    bool send(const Endpoint &server, ByteSpan message)
    {
        const auto fd = openUdpSocket({IpAddress::any(server.address.family()), 0});
        if (!fd)
            return false;
        sockaddr_storage storage{};
        const unsigned length = server.toSockaddr(storage);
        m_fd = *fd;
        if (::connect(m_fd, reinterpret_cast<const sockaddr *>(&storage), length) == 0 &&
            ::send(m_fd, message.data(), message.size(), MSG_NOSIGNAL) >= 0 &&
            m_epoll.add(m_fd, EPOLLIN, *this))
            return true;
        ::close(std::exchange(m_fd, -1));
        return false;
    }

    [[nodiscard]] bool isAnswered() const { return m_fd < 0; }

private:
    void close()
    {
        if (m_fd < 0)
            return;
        m_epoll.remove(m_fd, *this);
        ::close(std::exchange(m_fd, -1));
    }

    void ready(std::uint32_t /*events*/) override
    {
        Buffer buffer{};
        const ssize_t size = ::recv(m_fd, buffer.data(), buffer.size(), MSG_TRUNC);
        if (size >= 0 && static_cast<std::size_t>(size) <= buffer.size())
            static_cast<void>(::sendto(m_back, buffer.data(), static_cast<std::size_t>(size),
                                       MSG_NOSIGNAL, reinterpret_cast<const sockaddr *>(&m_asker),
                                       m_askerLength));
        close(); // also when the server refused: the asker will ask again
    }

    EpollSet &m_epoll;
    int m_back;
    sockaddr_storage m_asker;
    socklen_t m_askerLength;
    int m_fd = -1;
};

NameRelay::NameRelay(EpollSet &epoll, Endpoint server) : m_epoll(epoll), m_server(server) {}

NameRelay::~NameRelay()
{
    m_questions.clear();
    if (m_fd < 0)
        return;
    m_epoll.remove(m_fd, *this);
    ::close(m_fd);
}

Result<Endpoint> NameRelay::listen(const std::string &interfaceName, const IpAddress &address)
{
    const auto fd = openUdpSocket({address, 0}, {.bindToInterface = interfaceName, .mark = {}});
    if (!fd)
        return unexpected(fd.error());
    m_fd = *fd;
    if (const auto added = m_epoll.add(m_fd, EPOLLIN, *this); !added) {
        ::close(std::exchange(m_fd, -1));
        return unexpected(added.error());
    }
    return localEndpoint(m_fd);
}

void NameRelay::ready(std::uint32_t /*events*/)
{
    // One a turn: the descriptor stays ready while there are more.
    Buffer buffer{};
    sockaddr_storage asker{};
    socklen_t length = sizeof asker;
    const ssize_t size = ::recvfrom(m_fd, buffer.data(), buffer.size(), MSG_TRUNC,
                                    reinterpret_cast<sockaddr *>(&asker), &length);
    if (size <= 0 || static_cast<std::size_t>(size) > buffer.size())
        return;
    std::erase_if(m_questions, [](const auto &question) { return question->isAnswered(); });
    if (m_questions.size() >= MaxQuestions)
        m_questions.pop_front();
    auto question = std::make_unique<Question>(m_epoll, m_fd, asker, length);
    if (question->send(m_server, {buffer.data(), static_cast<std::size_t>(size)}))
        m_questions.push_back(std::move(question));
}

} // namespace higgs
