// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/turn_tcp.h"

#include <algorithm>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace higgs {

namespace {

/// What the protocol itself has to say goes beside a full queue.
constexpr std::size_t ControlReserve = 16 * 1024;
constexpr std::size_t ReadSize = 16 * 1024;

} // namespace

TurnTcp::TurnTcp(EpollSet &epoll, TurnStreamOptions options, TurnCarrierClient &client)
    : m_epoll(epoll), m_options(std::move(options)), m_client(client)
{
    m_deadline.setSingleShot(true);
    QObject::connect(&m_deadline, &QTimer::timeout, &m_deadline, [this] {
        m_dial.reset();
        m_client.carrierClosed({ErrorCode::Timeout,
                                "no TCP connection to TURN server " + m_options.server.toString()});
    });
}

TurnTcp::~TurnTcp()
{
    closeSocket();
}

void TurnTcp::open()
{
    m_deadline.start(m_options.timeout);
    m_dial = std::make_unique<TcpDial>(m_epoll,
                                       TcpDialOptions{{m_options.server.address},
                                                      m_options.server.port,
                                                      m_options.mark,
                                                      m_options.interfaceName},
                                       [this](const Result<TcpDialed> &result) { dialed(result); });
}

void TurnTcp::dialed(const Result<TcpDialed> &result)
{
    m_deadline.stop();
    if (!result) {
        m_client.carrierClosed(result.error());
        return;
    }
    m_fd = result->fd;
    tuneTcpSocket(m_fd);
    if (const Result<void> added = m_epoll.add(m_fd, EPOLLIN, *this); !added) {
        fail(added.error());
        return;
    }
    m_client.carrierReady();
}

// --- Sending -------------------------------------------------------------------------------------

void TurnTcp::ask(const TurnTransmission &transmission)
{
    queue(transmission.message, MaxQueue + ControlReserve);
    flush();
}

void TurnTcp::send(std::span<const ByteSpan> messages)
{
    for (const ByteSpan &each : messages)
        queue(each, MaxQueue);
    flush();
}

/// All of a message or nothing: half of one would break the stream.
void TurnTcp::queue(ByteSpan bytes, std::size_t bound)
{
    if (m_fd >= 0 && m_out.size() - m_sent + bytes.size() <= bound)
        m_out.insert(m_out.end(), bytes.begin(), bytes.end());
}

std::size_t TurnTcp::room() const
{
    if (m_fd < 0)
        return DatagramSink::AnyNumber;
    const std::size_t queued = m_out.size() - m_sent;
    return datagramsIn(MaxQueue - std::min(queued, MaxQueue), 64);
}

void TurnTcp::flush()
{
    while (m_fd >= 0 && m_sent < m_out.size()) {
        const ssize_t sent =
            ::send(m_fd, m_out.data() + m_sent, m_out.size() - m_sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0)
            break; // a broken connection is told by ready()
        m_sent += static_cast<std::size_t>(sent);
    }
    m_out.erase(m_out.begin(), m_out.begin() + static_cast<std::ptrdiff_t>(m_sent));
    m_sent = 0;
    const bool waits = !m_out.empty();
    if (m_fd >= 0 && waits != std::exchange(m_waits, waits))
        m_epoll.modify(m_fd, waits ? EPOLLIN | EPOLLOUT : static_cast<std::uint32_t>(EPOLLIN),
                       *this);
}

// --- Receiving -----------------------------------------------------------------------------------

void TurnTcp::ready(std::uint32_t events)
{
    if ((events & EPOLLOUT) != 0) {
        flush();
        if (room() != 0)
            m_waiters.tell();
    }
    if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0)
        receive();
}

void TurnTcp::receive()
{
    std::array<std::uint8_t, ReadSize> buffer;
    const ssize_t size = ::recv(m_fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0) {
        fail({ErrorCode::Network, size == 0
                                      ? std::string("the TURN server has closed the connection")
                                      : "TURN server: " + std::generic_category().message(errno)});
        return;
    }
    m_stream.append(ByteSpan(buffer).first(static_cast<std::size_t>(size)));
    m_client.carrierReceived(m_stream.all());
    if (m_stream.isBroken())
        fail({ErrorCode::Malformed, "the TURN server's stream is neither STUN nor ChannelData"});
}

void TurnTcp::fail(Error error)
{
    closeSocket();
    m_client.carrierClosed(error);
}

void TurnTcp::closeSocket()
{
    if (m_fd < 0)
        return;
    m_epoll.remove(m_fd, *this);
    ::close(m_fd);
    m_fd = -1;
}

} // namespace higgs
