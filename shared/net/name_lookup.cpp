// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/name_lookup.h"

#include "shared/crypto/keys.h"
#include "shared/net/udp_socket.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace higgs {

/// A connected socket, so that the kernel drops what others send. Without one (no way there, no
/// right to the mark) the server counts as silent.
class NameLookup::Socket : private EpollSource
{
public:
    Socket(NameLookup &lookup, std::size_t number, NameServer server)
        : m_lookup(lookup), m_number(number), m_server(std::move(server))
    {}
    ~Socket() override { close(); }

    /// Opened anew where it failed: a way there may have come meanwhile.
    void send(const Bytes &message)
    {
        if (m_fd < 0 && !open())
            return;
        if (::send(m_fd, message.data(), message.size(), MSG_NOSIGNAL) < 0 && errno != EAGAIN)
            close();
    }

private:
    bool open()
    {
        const auto fd = openUdpSocket(
            {IpAddress::any(m_server.at.address.family()), 0},
            {.bindToInterface = m_server.interfaceName, .mark = m_lookup.m_options.mark});
        if (!fd)
            return false;
        m_fd = *fd;
        sockaddr_storage storage{};
        const unsigned length = m_server.at.toSockaddr(storage);
        const bool ready =
            ::connect(m_fd, reinterpret_cast<const sockaddr *>(&storage), length) == 0 &&
            m_lookup.m_epoll.add(m_fd, EPOLLIN, *this);
        if (!ready)
            ::close(std::exchange(m_fd, -1));
        return ready;
    }

    void close()
    {
        if (m_fd < 0)
            return;
        m_lookup.m_epoll.remove(m_fd, *this);
        ::close(std::exchange(m_fd, -1));
    }

    void ready(std::uint32_t /*events*/) override
    {
        std::array<std::uint8_t, protocol::MaxDnsDatagram> buffer{};
        const ssize_t size = ::recv(m_fd, buffer.data(), buffer.size(), MSG_TRUNC);
        // An ICMP error is read off; the next transmission will tell.
        if (size < 0 || static_cast<std::size_t>(size) > buffer.size())
            return;
        m_lookup.received(m_number, {buffer.data(), static_cast<std::size_t>(size)});
    }

    NameLookup &m_lookup;
    std::size_t m_number;
    NameServer m_server;
    int m_fd = -1;
};

NameLookup::NameLookup(EpollSet &epoll, NameLookupOptions options, QObject *parent)
    : QObject(parent), m_epoll(epoll), m_options(std::move(options)), m_timer(this)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &NameLookup::advance);
}

NameLookup::~NameLookup() = default;

void NameLookup::start()
{
    std::vector<std::uint16_t> ids(m_options.servers.size() * 2);
    fillRandom({reinterpret_cast<std::uint8_t *>(ids.data()), ids.size() * sizeof ids[0]});
    for (std::size_t i = 0; i < m_options.servers.size(); ++i)
        m_sockets.push_back(std::make_unique<Socket>(*this, i, m_options.servers[i]));
    m_core.emplace(monotonicNow(), m_options.host, ids, m_options.timeout);
    m_timer.start(Milliseconds(0)); // nothing is told before this call has returned
}

void NameLookup::advance()
{
    const Monotonic now = monotonicNow();
    if (const auto outcome = m_core->outcome(now)) {
        m_timer.stop();
        m_sockets.clear();
        Q_EMIT finished(*outcome); // may delete this
        return;
    }
    for (const NameLookupCore::Question &question : m_core->due(now))
        m_sockets[question.server]->send(question.message);
    const auto wait = std::chrono::ceil<Milliseconds>(m_core->deadline() - now);
    m_timer.start(std::max(wait, Milliseconds(0)));
}

void NameLookup::received(std::size_t server, ByteSpan datagram)
{
    m_core->handle(monotonicNow(), server, datagram);
    m_timer.start(Milliseconds(0)); // the sockets go away in there, and we stand in one of them
}

} // namespace higgs
