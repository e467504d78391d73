// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/stun_tcp.h"

#include "shared/net/stun_stream.h"
#include "shared/net/udp_socket.h"

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace higgs {

namespace {

constexpr int Backlog = 128;
constexpr int AcceptsPerTurn = 16;
/// Requests of one connection answered in a turn; the others are read in the next.
constexpr int RequestsPerTurn = 8;
constexpr Milliseconds SweepInterval{1000};

Error listenError(const Endpoint &local)
{
    const int number = errno;
    ErrorCode code = ErrorCode::Network;
    if (number == EPERM || number == EACCES)
        code = ErrorCode::Permission;
    else if (number == EADDRINUSE)
        code = ErrorCode::AlreadyExists;
    return {code, "cannot listen on TCP " + local.toString() + ": " +
                      std::generic_category().message(number)};
}

/// Restarted servers take over the port of connections that linger.
bool listenAt(int fd, const Endpoint &local)
{
    const int on = 1;
    const int off = 0;
    sockaddr_storage storage{};
    const unsigned length = local.toSockaddr(storage);
    return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
           (local.address.isV4() ||
            setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0) &&
           bind(fd, reinterpret_cast<const sockaddr *>(&storage), length) == 0 &&
           ::listen(fd, Backlog) == 0;
}

Result<int> openListener(const Endpoint &local)
{
    const int family = local.address.isV4() ? AF_INET : AF_INET6;
    const int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && listenAt(fd, local))
        return fd;
    const Error error = listenError(local);
    if (fd >= 0)
        ::close(fd);
    return unexpected(error);
}

unsigned countOf(const std::unordered_map<IpAddress, unsigned> &counts, const IpAddress &key)
{
    const auto known = counts.find(key);
    return known == counts.end() ? 0 : known->second;
}

} // namespace

// --- Listening -----------------------------------------------------------------------------------

class StunTcp::Listener : private EpollSource
{
public:
    Listener(StunTcp &owner, int fd) : m_owner(owner), m_fd(fd) {}
    ~Listener() override
    {
        m_owner.m_epoll.remove(m_fd, *this);
        ::close(m_fd);
    }
    Result<void> start() { return m_owner.m_epoll.add(m_fd, EPOLLIN, *this); }
    /// After there were no descriptors: connections wait in the backlog meanwhile.
    void resume()
    {
        if (std::exchange(m_paused, false))
            m_owner.m_epoll.modify(m_fd, EPOLLIN, *this);
    }

private:
    void ready(std::uint32_t events) override;

    StunTcp &m_owner;
    int m_fd;
    bool m_paused = false;
};

void StunTcp::Listener::ready(std::uint32_t /*events*/)
{
    for (int i = 0; i < AcceptsPerTurn; ++i) {
        sockaddr_storage peer{};
        socklen_t length = sizeof peer;
        const int fd = accept4(m_fd, reinterpret_cast<sockaddr *>(&peer), &length,
                               SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            const auto from = Endpoint::fromSockaddr(reinterpret_cast<const sockaddr *>(&peer));
            m_owner.accepted(fd, {from.address.unmapped(), from.port});
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) {
            m_paused = true;
            m_owner.m_epoll.modify(m_fd, 0, *this);
            m_owner.sweepLater();
        }
        return;
    }
}

// --- A connection --------------------------------------------------------------------------------

class StunTcp::Connection : private EpollSource
{
public:
    Connection(StunTcp &owner, int fd, const Endpoint &from)
        : m_owner(owner), m_fd(fd), m_from(from), m_active(monotonicNow())
    {
        const Endpoint local = higgs::localEndpoint(fd);
        m_to = {local.address.unmapped(), local.port};
    }
    ~Connection() override
    {
        m_owner.m_epoll.remove(m_fd, *this);
        ::close(m_fd);
    }
    Result<void> start() { return m_owner.m_epoll.add(m_fd, EPOLLIN, *this); }
    [[nodiscard]] const IpAddress &address() const { return m_from.address; }
    [[nodiscard]] Monotonic active() const { return m_active; }

private:
    void ready(std::uint32_t events) override;
    bool readSome();
    bool answerAll();
    bool answer(ByteSpan message);

    StunTcp &m_owner;
    int m_fd;
    Endpoint m_from;
    Endpoint m_to;
    Monotonic m_active;
    StunStream m_stream;
};

void StunTcp::Connection::ready(std::uint32_t /*events*/)
{
    if (!readSome())
        m_owner.close(*this);
}

/// False: the connection has to end.
bool StunTcp::Connection::readSome()
{
    for (int i = 0; i < RequestsPerTurn; ++i) {
        const auto room = m_stream.room();
        const ssize_t size = recv(m_fd, room.data(), room.size(), 0);
        if (size < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        if (size == 0)
            return false;
        m_stream.received(static_cast<std::size_t>(size));
        if (!answerAll())
            return false;
    }
    return true;
}

bool StunTcp::Connection::answerAll()
{
    while (const auto message = m_stream.message()) {
        if (!answer(*message))
            return false;
    }
    return !m_stream.isBroken();
}

/// The kernel has room for the answers of a client that takes them.
bool StunTcp::Connection::answer(ByteSpan message)
{
    const Monotonic now = monotonicNow();
    if (!mayBeStunRequest(message) || !m_owner.m_limiter.admit(m_from.address, now))
        return false;
    const auto reply =
        answerStun({message, m_from, m_to, m_owner.m_places.other(m_to), StunTransport::Tcp});
    if (!reply)
        return false;
    m_active = now;
    ++m_owner.m_answered;
    return send(m_fd, reply->bytes.data(), reply->bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(reply->bytes.size());
}

// --- All of them ---------------------------------------------------------------------------------

StunTcp::StunTcp(EpollSet &epoll, StunLimiter &limiter) : m_epoll(epoll), m_limiter(limiter)
{
    m_sweep.setInterval(SweepInterval);
    m_sweep.setSingleShot(true);
    QObject::connect(&m_sweep, &QTimer::timeout, &m_sweep, [this] { closeIdle(monotonicNow()); });
}

StunTcp::~StunTcp() = default;

Result<void> StunTcp::listen(std::span<const Endpoint> sockets, const StunPlaces &places)
{
    m_listeners.clear();
    m_places = places;
    for (const Endpoint &local : sockets) {
        const Result<int> fd = openListener(local);
        if (!fd) {
            m_listeners.clear();
            return unexpected(fd.error());
        }
        m_listeners.push_back(std::make_unique<Listener>(*this, *fd));
        if (const auto started = m_listeners.back()->start(); !started) {
            m_listeners.clear();
            return started;
        }
    }
    return {};
}

void StunTcp::sweepLater()
{
    if (!m_sweep.isActive())
        m_sweep.start();
}

void StunTcp::accepted(int fd, const Endpoint &from)
{
    const IpAddress source = StunLimiter::sourceOf(from.address);
    const IpAddress network = StunLimiter::networkOf(from.address);
    if (countOf(m_ofSources, source) >= MaxOfSource ||
        countOf(m_ofNetworks, network) >= MaxOfNetwork) {
        ::close(fd);
        return;
    }
    if (m_connections.size() >= MaxConnections)
        closeQuietest();
    auto connection = std::make_unique<Connection>(*this, fd, from);
    if (!connection->start())
        return;
    ++m_ofSources[source];
    ++m_ofNetworks[network];
    const Connection *const key = connection.get();
    m_connections.emplace(key, std::move(connection));
    sweepLater();
}

void StunTcp::close(Connection &connection)
{
    const auto leave = [](Counts &counts, const IpAddress &key) {
        const auto known = counts.find(key);
        if (known != counts.end() && --known->second == 0)
            counts.erase(known);
    };
    leave(m_ofSources, StunLimiter::sourceOf(connection.address()));
    leave(m_ofNetworks, StunLimiter::networkOf(connection.address()));
    m_connections.erase(&connection);
}

void StunTcp::closeQuietest()
{
    const auto quietest = std::min_element(m_connections.begin(), m_connections.end(),
                                           [](const auto &one, const auto &other) {
                                               return one.second->active() < other.second->active();
                                           });
    if (quietest != m_connections.end())
        close(*quietest->second);
}

void StunTcp::closeIdle(Monotonic now)
{
    for (const auto &listener : m_listeners)
        listener->resume();
    std::vector<Connection *> idle;
    for (const auto &[key, connection] : m_connections) {
        if (now - connection->active() >= Idle)
            idle.push_back(connection.get());
    }
    for (Connection *each : idle)
        close(*each);
    if (!m_connections.empty())
        sweepLater();
}

} // namespace higgs
