// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/arrival.h"

#include "shared/net/socket_error.h"
#include "shared/protocol/proxy_header.h"

#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace higgs::server {

Arrival::Arrival(ArrivalOwner &owner, std::uint64_t id, int fd, const Endpoint &peer,
                 Monotonic deadline)
    : m_owner(owner), m_id(id), m_fd(fd), m_peer(peer), m_deadline(deadline)
{}

Arrival::~Arrival()
{
    m_session.reset();
    if (m_fd >= 0)
        ::close(m_fd);
}

void Arrival::reset()
{
    const linger hard{1, 0};
    ::setsockopt(m_fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    ::close(std::exchange(m_fd, -1));
}

Arrival::Step Arrival::readProxyHeader()
{
    std::array<std::uint8_t, protocol::MaxProxyHeader> bytes{};
    const ssize_t got = ::recv(m_fd, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
    if (got <= 0)
        return got < 0 && wouldBlock(errno) ? Step::Wait : Step::Failed;
    const auto header =
        protocol::decodeProxyHeader(ByteSpan(bytes).first(static_cast<std::size_t>(got)));
    if (!header)
        return Step::Failed;
    if (!*header)
        return Step::Wait;
    // What was peeked at is there.
    const std::size_t size = (*header)->size;
    if (::recv(m_fd, bytes.data(), size, MSG_DONTWAIT) != static_cast<ssize_t>(size))
        return Step::Failed;
    // A header gives nobody the rights of the machine itself: such a client is the front's own.
    if (const auto &source = (*header)->source; source && !source->address.unmapped().isLoopback())
        m_peer = {source->address.unmapped(), source->port};
    return Step::Done;
}

Arrival::Step Arrival::shakeHands(const TlsContext &context, TlsSession::Buffers scratch)
{
    if (!m_session) {
        Result<SslPtr> ssl = context.newSession({});
        if (!ssl)
            return Step::Failed;
        m_session.emplace(std::move(*ssl), m_fd, scratch);
    }
    scratch.sealed.clear();
    m_session->mayRead();
    const TlsSession::Handshake status = m_session->handshake();
    const bool sent = send(scratch.sealed); // an alert is sent, too
    if (status == TlsSession::Handshake::Failed || !sent)
        return Step::Failed;
    return status == TlsSession::Handshake::Done ? Step::Done : Step::Wait;
}

/// False if the socket failed; what it does not take is kept.
bool Arrival::send(Bytes &sealed)
{
    m_unsent.insert(m_unsent.end(), sealed.begin(), sealed.end());
    sealed.clear();
    if (m_unsent.empty())
        return true;
    const ssize_t sent =
        ::send(m_fd, m_unsent.data(), m_unsent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0)
        return wouldBlock(errno);
    m_unsent.erase(m_unsent.begin(), m_unsent.begin() + sent);
    return true;
}

TlsConnection Arrival::take()
{
    TlsConnection connection;
    connection.fd = std::exchange(m_fd, -1);
    connection.ssl = m_session->release();
    connection.unsent = std::move(m_unsent);
    connection.peer = m_peer;
    connection.place = std::move(place);
    return connection;
}

} // namespace higgs::server
