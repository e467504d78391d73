// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/tls_stream.h"

#include "shared/net/net_buffers.h"
#include "shared/net/tcp_dial.h"

#include <cerrno>
#include <cstring>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace higgs {

namespace {

constexpr Milliseconds FinishTimeout{5'000};
constexpr Milliseconds LingerTimeout{1'000};
// Deliveries of one stream in a turn: the others on the thread get theirs before more.
constexpr int MaxDeliveriesPerTurn = 4;

bool wouldBlock(int code)
{
    return code == EAGAIN || code == EWOULDBLOCK || code == EINTR;
}

Error systemError(const char *what, int code)
{
    return {ErrorCode::Network, std::string(what) + ": " + std::strerror(code)};
}

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
    m_session.emplace(std::move(ssl), fd, m_buffers.sealed);
    if (m_session->failure()) {
        fail(*m_session->failure());
        return;
    }
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
        // Reported whatever we ask for; what is unread is looked at when reading resumes.
        m_epoll.remove(m_fd, *this);
        m_registered = false;
        return;
    }
    const std::shared_ptr<const bool> alive = m_alive;
    if ((events & EPOLLOUT) != 0)
        flush();
    if (!*alive || m_state == State::Closed)
        return;
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !m_paused)
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
                                    : systemError("TLS handshake", m_sendError));
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
    for (int i = 0; i < MaxDeliveriesPerTurn; ++i) {
        const std::size_t count = m_session->read(m_buffers.plaintext);
        const bool canSend = sendSealed(); // answers to key updates, alerts
        if (count > 0 && m_state == State::Open &&
            !deliver(MutableByteSpan(m_buffers.plaintext).first(count)))
            return;
        if (m_session->failure() || !canSend) {
            closed(m_session->failure() ? m_session->failure() : systemError("send", m_sendError));
            return;
        }
        if (m_session->ended() && m_state == State::Finishing) {
            m_paused = true; // nothing more comes, but what we have is still sent
            updateInterest();
            return;
        }
        if (m_session->ended()) {
            closed(std::nullopt);
            return;
        }
        if (m_paused)
            break;
        if (count < TlsReadSize)
            return;
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

void TlsStream::pauseReading()
{
    m_paused = true;
    updateInterest();
}

void TlsStream::resumeReading()
{
    if (!m_paused)
        return;
    m_paused = false;
    updateInterest();
    m_readAgain = true;
    m_epoll.atTurnEnd(*this);
}

// --- Writing -------------------------------------------------------------------------------------

bool TlsStream::write(ByteSpan data)
{
    const bool ended = m_state == State::Closed || m_state == State::Finishing ||
                       m_state == State::Lingering || m_failure;
    if (ended || queuedBytes() + data.size() > MaxTlsWriteQueue)
        return false;
    if (m_plainBegin > 0) {
        m_plain.erase(m_plain.begin(), m_plain.begin() + static_cast<std::ptrdiff_t>(m_plainBegin));
        m_plainBegin = 0;
    }
    m_plain.insert(m_plain.end(), data.begin(), data.end());
    m_drainAwaited = true;
    m_epoll.atTurnEnd(*this);
    return true;
}

void TlsStream::requestOutput()
{
    if (!m_blockedSince)
        m_epoll.atTurnEnd(*this);
}

/// Sends all there is until the socket takes no more.
void TlsStream::flush()
{
    if (m_state != State::Open && m_state != State::Finishing)
        return;
    bool more = sendUnsent();
    while (more) {
        if (!seal()) {
            m_buffers.sealed.clear();
            break;
        }
        if (m_buffers.sealed.empty())
            break;
        more = sendSealed() && m_unsent.empty();
    }
    if (m_session->failure() || m_sendError != 0) {
        closed(m_session->failure() ? m_session->failure() : systemError("send", m_sendError));
        return;
    }
    updateInterest();
    if (!m_unsent.empty())
        return;
    if (m_state == State::Finishing) {
        finishStep();
    } else if (m_drainAwaited && queuedBytes() == 0) {
        m_drainAwaited = false;
        m_client->streamDrained();
    }
}

/// Gathers records for one send. False if OpenSSL failed.
bool TlsStream::seal()
{
    while (m_buffers.sealed.size() < TlsSendSize) {
        if (m_plainBegin < m_plain.size()) {
            const ByteSpan rest = ByteSpan(m_plain).subspan(m_plainBegin);
            const ByteSpan record = rest.first(std::min(rest.size(), MaxTlsRecord));
            if (!m_session->seal(record))
                return false;
            m_plainBegin += record.size();
            if (m_plainBegin == m_plain.size()) {
                Bytes().swap(m_plain);
                m_plainBegin = 0;
            }
            continue;
        }
        const ByteSpan output = m_client->nextOutput();
        if (output.empty())
            return true;
        const ByteSpan record = output.first(std::min(output.size(), MaxTlsRecord));
        if (!m_session->seal(record))
            return false;
        m_client->outputTaken(record.size());
    }
    return true;
}

/// Sends what OpenSSL left in the shared buffer; keeps what the socket does not take. False if the
/// socket failed.
bool TlsStream::sendSealed()
{
    Bytes &sealed = m_buffers.sealed;
    if (sealed.empty())
        return m_sendError == 0;
    const std::size_t sent = m_unsent.empty() ? sendSome(sealed) : 0;
    m_unsent.insert(m_unsent.end(), sealed.begin() + static_cast<std::ptrdiff_t>(sent),
                    sealed.end());
    sealed.clear();
    if (!m_unsent.empty())
        updateInterest();
    return m_sendError == 0;
}

/// True if nothing is left over from earlier sends.
bool TlsStream::sendUnsent()
{
    if (m_unsent.empty())
        return true;
    m_unsentBegin += sendSome(ByteSpan(m_unsent).subspan(m_unsentBegin));
    if (m_unsentBegin < m_unsent.size())
        return false;
    Bytes().swap(m_unsent);
    m_unsentBegin = 0;
    return true;
}

std::size_t TlsStream::sendSome(ByteSpan bytes)
{
    const ssize_t sent = ::send(m_fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && !wouldBlock(errno)) {
        m_sendError = errno;
        return 0;
    }
    const std::size_t count = sent > 0 ? static_cast<std::size_t>(sent) : 0;
    if (count == bytes.size())
        m_blockedSince.reset();
    else if (count > 0 || !m_blockedSince)
        m_blockedSince = monotonicNow();
    if (m_blockedSince && m_state == State::Open && !m_deadline.isActive())
        m_deadline.start(m_stallTimeout);
    return count;
}

// --- The end -------------------------------------------------------------------------------------

void TlsStream::finish()
{
    if (m_state == State::Open) {
        m_state = State::Finishing;
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
    Bytes().swap(m_plain);
    Bytes().swap(m_unsent);
    m_plainBegin = 0;
    m_unsentBegin = 0;
}

} // namespace higgs
