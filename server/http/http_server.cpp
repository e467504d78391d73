// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/http_server.h"

#include "server/http/http_connection.h"
#include "shared/base/log.h"

#include <cerrno>
#include <cstring>
#include <malloc.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace higgs::server {

namespace {

constexpr int Backlog = 4096;
constexpr auto SweepInterval = Milliseconds(250);
// Looking through the allocator's memory takes a millisecond or two.
constexpr auto TrimInterval = Seconds(5);
constexpr std::size_t EndedPerTrim = 64;
// Requests are answered for so long before timers and other descriptors have their turn.
constexpr auto TurnTime = Milliseconds(4);

// A flood of handshakes may take half of the processors, and no more.
std::size_t handshakeThreads()
{
    constexpr std::size_t Most = 8;
    return std::clamp<std::size_t>(QThread::idealThreadCount() / 2, 1, Most);
}

/// What the process may have open besides what it needs for itself.
std::size_t descriptorsForConnections()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= 2 * ReservedDescriptors)
        return ReservedDescriptors;
    return static_cast<std::size_t>(limit.rlim_cur) - ReservedDescriptors;
}

Result<int> listeningSocket(const Endpoint &endpoint)
{
    const int family = endpoint.address.isV6() ? AF_INET6 : AF_INET;
    const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return unexpected(errno == EAFNOSUPPORT ? ErrorCode::Unavailable : ErrorCode::System,
                          std::strerror(errno));
    const int on = 1;
    const int off = 0;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (family == AF_INET6)
        ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    sockaddr_storage address{};
    const unsigned length = endpoint.toSockaddr(address);
    if (::bind(fd, reinterpret_cast<const sockaddr *>(&address), length) == 0 &&
        ::listen(fd, Backlog) == 0)
        return fd;
    const int error = errno;
    ::close(fd);
    const ErrorCode code = error == EADDRINUSE ? ErrorCode::AlreadyExists : ErrorCode::System;
    return unexpected(code, std::strerror(error));
}

} // namespace

bool HttpReply::send(HttpResponse response)
{
    HttpConnection *connection = m_server->find(m_connection);
    return connection != nullptr && connection->send(m_request, std::move(response));
}

std::optional<TlsConnection> HttpReply::upgrade(std::string_view head)
{
    HttpConnection *connection = m_server->find(m_connection);
    return connection == nullptr ? std::nullopt : connection->upgrade(m_request, head);
}

Milliseconds HttpReply::roundTrip() const
{
    const HttpConnection *connection = m_server->find(m_connection);
    return connection == nullptr ? Milliseconds(0) : connection->roundTrip();
}

HttpServer::HttpServer(EpollSet &epoll, const TlsContext &tls, const Limits &limits,
                       HttpApplication &application, QObject *parent)
    : QObject(parent),
      m_epoll(epoll),
      m_tls(tls),
      m_limits(limits),
      m_application(application),
      m_heldRequests(limits),
      m_heldAnswers(limits),
      m_handshakeThreads(handshakeThreads())
{
    m_sweep.setInterval(SweepInterval);
    connect(&m_sweep, &QTimer::timeout, this, &HttpServer::sweep);
    m_thread.setObjectName(QStringLiteral("acceptor"));
}

HttpServer::~HttpServer()
{
    m_thread.quit();
    m_thread.wait();
    m_connections.clear();
}

Result<void> HttpServer::listen(const Endpoint &endpoint)
{
    Result<int> fd = listeningSocket(endpoint);
    // The default wild card on a machine without IPv6.
    if (!fd && fd.error().code == ErrorCode::Unavailable && endpoint.address.isUnspecified())
        fd = listeningSocket({IpAddress::any(IpAddress::Family::V4), endpoint.port});
    if (!fd)
        return unexpected(fd.error().code,
                          "cannot listen on " + endpoint.toString() + ": " + fd.error().detail);
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    ::getsockname(*fd, reinterpret_cast<sockaddr *>(&address), &length);
    m_local = Endpoint::fromSockaddr(reinterpret_cast<const sockaddr *>(&address));
    m_sweep.start();
    const std::size_t descriptors = descriptorsForConnections();
    if (descriptors + ReservedDescriptors < m_limits.descriptorsNeeded())
        log::warning("http", "fewer descriptors than the limits let in",
                     {{"descriptors", descriptors + ReservedDescriptors},
                      {"needed", m_limits.descriptorsNeeded()},
                      {"remedy", "raise LimitNOFILE, or lower connections, sessions and nodes"}});
    m_acceptor = new TlsAcceptor(
        {*fd, m_limits, m_fronts, descriptors, m_handshakeThreads}, m_tls.share(), m_turnedAway,
        [this](TlsConnection connection) {
            // Qt copies what it queues, so that it has to be shared.
            auto shared = std::make_shared<TlsConnection>(std::move(connection));
            QMetaObject::invokeMethod(
                this, [this, shared] { adopt(std::move(*shared)); }, Qt::QueuedConnection);
        });
    m_acceptor->moveToThread(&m_thread);
    connect(&m_thread, &QThread::started, m_acceptor, &TlsAcceptor::start);
    connect(&m_thread, &QThread::finished, m_acceptor, &QObject::deleteLater);
    m_thread.start();
    return {};
}

void HttpServer::reloaded()
{
    if (m_acceptor == nullptr)
        return;
    auto context = std::make_shared<TlsContext>(m_tls.share());
    QMetaObject::invokeMethod(
        m_acceptor,
        [acceptor = m_acceptor, context, limits = m_limits] {
            acceptor->setContext(std::move(*context));
            acceptor->setLimits(limits);
        },
        Qt::QueuedConnection);
}

void HttpServer::adopt(TlsConnection connection)
{
    if (m_draining)
        return;
    const std::uint64_t id = m_nextId++;
    m_connections.emplace(
        id, std::make_unique<HttpConnection>(*this, id, std::move(connection), monotonicNow()));
}

void HttpServer::connectionEnded(std::uint64_t id)
{
    const auto found = m_connections.find(id);
    if (found == m_connections.end())
        return;
    ++m_endedSinceTrim;
    m_dead.push_back(std::move(found->second));
    m_connections.erase(found);
    m_deadlines.forget(id);
    if (m_dead.size() == 1)
        QMetaObject::invokeMethod(this, &HttpServer::bury, Qt::QueuedConnection);
}

void HttpServer::requestReady(const IpAddress &network, std::uint64_t connection)
{
    m_turns.add(network, connection);
    if (!std::exchange(m_turnQueued, true))
        QMetaObject::invokeMethod(this, &HttpServer::serveTurn, Qt::QueuedConnection);
}

void HttpServer::serveTurn()
{
    const Monotonic end = monotonicNow() + TurnTime;
    m_turnQueued = false;
    while (const auto next = m_turns.next()) {
        if (HttpConnection *connection = find(*next))
            connection->serve();
        if (monotonicNow() >= end)
            break;
    }
    if (!m_turns.isEmpty() && !std::exchange(m_turnQueued, true))
        QMetaObject::invokeMethod(this, &HttpServer::serveTurn, Qt::QueuedConnection);
}

void HttpServer::bury()
{
    m_dead.clear();
    if (m_draining && !m_drained && m_connections.empty()) {
        m_drained = true;
        Q_EMIT drained();
    }
}

/// What many connections held is given back to the system: the allocator keeps it by itself.
void HttpServer::giveMemoryBack(Monotonic now)
{
    if (m_endedSinceTrim < EndedPerTrim || now < m_lastTrim + TrimInterval)
        return;
    m_endedSinceTrim = 0;
    m_lastTrim = now;
    ::malloc_trim(0);
}

void HttpServer::sweep()
{
    const Monotonic now = monotonicNow();
    giveMemoryBack(now);
    // An ended one stays alive in m_dead until the event loop runs.
    for (const std::uint64_t id : m_deadlines.take(now)) {
        if (HttpConnection *connection = find(id))
            connection->checkDeadline(now);
    }
}

void HttpServer::drain()
{
    m_draining = true;
    if (m_acceptor != nullptr)
        QMetaObject::invokeMethod(m_acceptor, &TlsAcceptor::stop, Qt::QueuedConnection);
    std::vector<HttpConnection *> connections;
    for (const auto &[id, connection] : m_connections)
        connections.push_back(connection.get());
    for (HttpConnection *connection : connections)
        connection->drain();
    QMetaObject::invokeMethod(this, &HttpServer::bury, Qt::QueuedConnection);
}

HttpConnection *HttpServer::find(std::uint64_t id)
{
    const auto found = m_connections.find(id);
    return found == m_connections.end() ? nullptr : found->second.get();
}

} // namespace higgs::server
