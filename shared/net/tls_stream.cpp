// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/tls_stream.h"

#include "shared/net/net_buffers.h"
#include "shared/net/socket_error.h"
#include "shared/net/tcp_dial.h"

#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace higgs {

namespace {

constexpr Milliseconds FinishTimeout{5'000};
constexpr Milliseconds LingerTimeout{1'000};
// Deliveries of one stream in a turn: the others on the thread get theirs before more. One, if
// there are others.
constexpr int MaxDeliveriesPerTurn = 4;

} // namespace

TlsStream::TlsStream(EpollSet &epoll, const TlsContext &context, int fd, const Endpoint &peer,
                     TlsStreamClient &client)
    : TlsStream(epoll, TlsConnection(), client)
{
    m_peer = peer;
    m_state = State::Handshaking;
    tuneTcpSocket(fd);
    Result<SslPtr> ssl = context.newSession({});
    if (!ssl) {
        m_fd = fd;
        fail(ssl.error());
        return;
    }
    m_deadline.start(TlsHandshakeTimeout);
    adoptSocket(fd, std::move(*ssl));
}

TlsStream::TlsStream(EpollSet &epoll, TlsConnection connection, TlsStreamClient &client)
    : m_epoll(epoll),
      m_client(&client),
      m_buffers(NetBuffers::of(epoll)),
      m_peer(connection.peer),
      m_leftover(std::move(connection.leftover)),
      m_place(std::move(connection.place)),
      m_unsent(std::move(connection.unsent))
{
    m_deadline.setSingleShot(true);
    QObject::connect(&m_deadline, &QTimer::timeout, &m_deadline, [this] { deadlinePassed(); });
    if (connection.fd < 0)
        return;
    m_state = State::Open;
    adoptSocket(std::exchange(connection.fd, -1), std::move(connection.ssl));
    m_readAgain = true;
    m_epoll.atTurnEnd(*this);
}

TlsStream::TlsStream(EpollSet &epoll, const TlsContext &context, const TlsConnectOptions &options,
                     TlsStreamClient &client)
    : TlsStream(epoll, TlsConnection(), client)
{
    // Made now, so that the context need not outlive the constructor.
    Result<SslPtr> ssl = context.newSession(options.serverName);
    if (!ssl) {
        fail(ssl.error());
        return;
    }
    m_dialSsl = std::move(*ssl);
    m_deadline.start(options.timeout);
    m_dial = std::make_unique<TcpDial>(
        epoll, TcpDialOptions{options.addresses, options.port, options.mark, options.interfaceName},
        [this](Result<TcpDialed> result) { dialed(std::move(result)); });
}

TlsStream::~TlsStream()
{
    *m_alive = false;
    m_epoll.forget(*this);
    dropSocket();
}

void TlsStream::dialed(Result<TcpDialed> result)
{
    m_dial.reset();
    if (!result) {
        closed(result.error());
        return;
    }
    m_peer = result->peer;
    m_state = State::Handshaking;
    // The rest of the whole deadline, but no more than a handshake may take.
    if (m_deadline.remainingTime() > TlsHandshakeTimeout.count())
        m_deadline.start(TlsHandshakeTimeout);
    adoptSocket(result->fd, std::move(m_dialSsl));
    if (!m_failure)
        handshake();
}

void TlsStream::adoptSocket(int fd, SslPtr ssl)
{
    m_fd = fd;
    m_session.emplace(std::move(ssl), fd, TlsSession::Buffers{m_buffers.sealed, m_buffers.fetched});
    if (m_session->failure()) {
        fail(*m_session->failure());
        return;
    }
    if (m_bulk)
        m_session->expectBulk();
    m_interest = EPOLLIN | (m_unsent.empty() ? 0U : std::uint32_t{EPOLLOUT});
    const Result<void> added = m_epoll.add(fd, m_interest, *this);
    if (!added) {
        fail(added.error());
        return;
    }
    m_registered = true;
}

void TlsStream::ready(std::uint32_t events)
{
    if (m_session)
        m_session->mayRead();
    switch (m_state) {
    case State::Handshaking:
        handshake();
        return;
    case State::Lingering:
        linger();
        return;
    case State::Open:
    case State::Finishing:
        break;
    case State::Dialing:
    case State::Closed:
        return;
    }
    if (m_paused && (events & (EPOLLHUP | EPOLLERR)) != 0) {
        // Reported whatever we ask for; what is unread is looked at when reading resumes, and never
        // if this is the end.
        if (m_state == State::Finishing || m_endsWhenReset) {
            closed(std::nullopt);
            return;
        }
        m_epoll.remove(m_fd, *this);
        m_registered = false;
        return;
    }
    const std::shared_ptr<const bool> alive = m_alive;
    if ((events & EPOLLOUT) != 0)
        flush();
    if (!*alive || m_state == State::Closed)
        return;
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !m_paused && m_state == State::Open)
        receive();
}

void TlsStream::turnEnded()
{
    if (m_failure) {
        closed(std::exchange(m_failure, std::nullopt));
        return;
    }
    const std::shared_ptr<const bool> alive = m_alive;
    if (m_readAgain && !m_paused && m_state == State::Open) {
        m_readAgain = false;
        m_session->mayRead();
        if (m_leftover.empty()) {
            receive();
        } else {
            Bytes leftover = std::exchange(m_leftover, {});
            if (deliver(leftover) && !m_paused)
                receive();
        }
        if (!*alive)
            return;
    }
    flush();
}

void TlsStream::handshake()
{
    const TlsSession::Handshake status = m_session->handshake();
    const bool canSend = sendSealed(); // an alert is sent too, if there is one
    if (status == TlsSession::Handshake::Failed || !canSend) {
        closed(m_session->failure() ? m_session->failure()
                                    : socketError("TLS handshake", m_sendError));
        return;
    }
    updateInterest();
    if (status == TlsSession::Handshake::Unfinished)
        return;
    m_deadline.stop();
    m_state = State::Open;
    const std::shared_ptr<const bool> alive = m_alive;
    m_client->streamReady();
    if (!*alive || m_state != State::Open)
        return;
    m_epoll.atTurnEnd(*this);
    // What came with the last flight lies in OpenSSL, unknown to epoll.
    m_readAgain = true;
}

// --- Reading -------------------------------------------------------------------------------------

void TlsStream::receive()
{
    if (m_buffers.plaintext.size() != TlsReadSize)
        m_buffers.plaintext.resize(TlsReadSize);
    const int deliveries = m_epoll.isCrowded() ? 1 : MaxDeliveriesPerTurn;
    for (int i = 0; i < deliveries; ++i) {
        if (!m_client->streamMayRead()) {
            pauseReading();
            return;
        }
        const std::size_t quantum = m_readQuantum;
        const std::size_t count =
            m_session->read(MutableByteSpan(m_buffers.plaintext).first(quantum));
        const bool canSend = sendSealed(); // answers to key updates, alerts
        if (count > 0 && m_state == State::Open &&
            !deliver(MutableByteSpan(m_buffers.plaintext).first(count)))
            return;
        if (m_session->failure() || !canSend) {
            closed(m_session->failure() ? m_session->failure() : socketError("send", m_sendError));
            return;
        }
        if (m_session->ended()) {
            closed(std::nullopt);
            return;
        }
        if (m_paused)
            break;
        if (count < quantum && !m_session->holdsInput()) {
            if (count == 0 && m_session->kept() > 0)
                m_client->streamKeeps(); // may delete this
            return;
        }
    }
    m_readAgain = true;
    m_epoll.atTurnEnd(*this);
}

/// False if the stream is gone or has nothing to do with this connection any more.
bool TlsStream::deliver(MutableByteSpan data)
{
    const std::shared_ptr<const bool> alive = m_alive;
    m_client->streamReceived(data);
    return *alive && m_state != State::Closed;
}

void TlsStream::expectBulk()
{
    m_bulk = true;
    if (m_session)
        m_session->expectBulk();
}

void TlsStream::pauseReading()
{
    m_paused = true;
    updateInterest();
}

void TlsStream::resumeReading()
{
    if (!m_paused || m_state == State::Finishing)
        return;
    m_paused = false;
    updateInterest();
    m_readAgain = true;
    m_epoll.atTurnEnd(*this);
}

// --- The end -------------------------------------------------------------------------------------

void TlsStream::finish()
{
    if (m_state == State::Open) {
        m_state = State::Finishing;
        m_paused = true; // a peer that is not listened to any more can make no work
        m_deadline.start(FinishTimeout);
    } else if (m_state == State::Dialing || m_state == State::Handshaking) {
        fail({ErrorCode::Cancelled, "closed before it was open"});
    }
    if (m_state != State::Closed)
        m_epoll.atTurnEnd(*this);
}

/// All that was queued has left: close_notify, then FIN.
void TlsStream::finishStep()
{
    if (m_session->sayGoodbye()) {
        if (!sendSealed()) {
            closed(std::nullopt);
            return;
        }
        if (!m_unsent.empty())
            return;
    }
    ::shutdown(m_fd, SHUT_WR);
    m_state = State::Lingering;
    m_paused = false;
    m_deadline.start(LingerTimeout);
    updateInterest();
    linger();
}

void TlsStream::linger()
{
    if (m_buffers.plaintext.size() != TlsReadSize)
        m_buffers.plaintext.resize(TlsReadSize);
    const ssize_t got =
        ::recv(m_fd, m_buffers.plaintext.data(), m_buffers.plaintext.size(), MSG_DONTWAIT);
    if (got == 0 || m_session->socketEnded() || (got < 0 && !wouldBlock(errno)))
        closed(std::nullopt);
}

TlsConnection TlsStream::release(ByteSpan unread)
{
    TlsConnection connection;
    const bool usable = m_state == State::Open && !m_failure;
    if (usable) {
        bool ok = true;
        while (ok && queuedBytes() > 0) {
            ok = seal();
            m_unsent.insert(m_unsent.end(), m_buffers.sealed.begin(), m_buffers.sealed.end());
            m_buffers.sealed.clear();
        }
        sendUnsent();
        connection.leftover.assign(unread.begin(), unread.end());
        connection.leftover.insert(connection.leftover.end(), m_leftover.begin(), m_leftover.end());
        connection.unsent.assign(m_unsent.begin() + static_cast<std::ptrdiff_t>(m_unsentBegin),
                                 m_unsent.end());
        connection.peer = m_peer;
        connection.place = std::move(m_place);
        if (m_registered)
            m_epoll.remove(m_fd, *this);
        m_registered = false;
        connection.fd = std::exchange(m_fd, -1);
        connection.ssl = m_session->release();
    }
    m_state = State::Closed;
    m_deadline.stop();
    m_epoll.forget(*this);
    dropSocket();
    return connection;
}

Endpoint TlsStream::localEndpoint() const
{
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    auto *generic = reinterpret_cast<sockaddr *>(&address);
    if (m_fd < 0 || getsockname(m_fd, generic, &length) != 0)
        return {};
    return Endpoint::fromSockaddr(generic);
}

/// Reports the failure from the event loop.
void TlsStream::fail(Error error)
{
    m_failure = std::move(error);
    m_epoll.atTurnEnd(*this);
}

// By value: it may lie in a member that goes away with us.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
void TlsStream::closed(std::optional<Error> error)
{
    if (m_state == State::Closed)
        return;
    m_state = State::Closed;
    m_deadline.stop();
    m_dial.reset();
    m_epoll.forget(*this);
    dropSocket();
    m_client->streamClosed(error); // may delete this
}

void TlsStream::deadlinePassed()
{
    switch (m_state) {
    case State::Dialing:
        closed(Error{ErrorCode::Timeout, "no answer to the TCP connection"});
        return;
    case State::Handshaking:
        closed(Error{ErrorCode::Timeout, "the TLS handshake took too long"});
        return;
    case State::Finishing:
    case State::Lingering:
        closed(std::nullopt);
        return;
    case State::Open:
        checkStall();
        return;
    case State::Closed:
        return;
    }
}

/// The timer is not moved with every send: it looks, when it fires, whether there was progress.
void TlsStream::checkStall()
{
    if (!m_blockedSince)
        return;
    const auto blocked = std::chrono::duration_cast<Milliseconds>(monotonicNow() - *m_blockedSince);
    if (blocked >= m_stallTimeout)
        closed(Error{ErrorCode::Timeout, "the peer accepts nothing"});
    else
        m_deadline.start(m_stallTimeout - blocked);
}

void TlsStream::updateInterest()
{
    if (m_fd < 0)
        return;
    const std::uint32_t wanted = (m_paused ? 0U : std::uint32_t{EPOLLIN}) |
                                 (m_unsent.empty() ? 0U : std::uint32_t{EPOLLOUT});
    if (m_registered && wanted == m_interest)
        return;
    if (!m_registered) {
        if (m_paused || m_state == State::Dialing)
            return;
        m_registered = m_epoll.add(m_fd, wanted, *this).has_value();
    } else {
        m_epoll.modify(m_fd, wanted, *this);
    }
    m_interest = wanted;
}

void TlsStream::dropSocket()
{
    if (m_registered)
        m_epoll.remove(m_fd, *this);
    m_registered = false;
    m_session.reset();
    if (m_fd >= 0)
        ::close(std::exchange(m_fd, -1));
    m_place.reset();
    Bytes().swap(m_plain);
    Bytes().swap(m_unsent);
    m_plainBegin = 0;
    m_unsentBegin = 0;
}

} // namespace higgs
