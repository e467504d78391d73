// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/control_channel.h"

#include <QPointer>
#include <QSocketNotifier>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <unistd.h>

namespace higgs::control {

namespace {

// What is read in one turn: fair to the other connections and to the engine on the same thread.
constexpr std::size_t ReadPerTurn = 65536;

} // namespace

ControlChannel::ControlChannel(int fd, QObject *parent)
    : QObject(parent),
      m_fd(fd),
      m_readable(new QSocketNotifier(fd, QSocketNotifier::Read, this)),
      m_writable(new QSocketNotifier(fd, QSocketNotifier::Write, this))
{
    m_writable->setEnabled(false);
    m_deadline.setSingleShot(true);
    m_deadline.setInterval(FrameDeadline);
    connect(m_readable, &QSocketNotifier::activated, this, &ControlChannel::readAvailable);
    connect(m_writable, &QSocketNotifier::activated, this, &ControlChannel::writeQueued);
    connect(&m_deadline, &QTimer::timeout, this, [this] {
        close({ErrorCode::Timeout, "no whole frame came in time"});
    });
}

ControlChannel::~ControlChannel()
{
    m_readable->setEnabled(false);
    m_writable->setEnabled(false);
    if (m_fd >= 0)
        ::close(m_fd);
}

void ControlChannel::send(std::string_view json)
{
    if (!isOpen() || !protocol::appendControlFrame(m_output, json))
        return;
    writeQueued();
    if (isOpen() && m_output.size() > MaxControlBacklog)
        close({ErrorCode::TooLarge, "the peer does not read"});
}

void ControlChannel::readAvailable()
{
    std::array<std::uint8_t, ReadPerTurn> buffer;
    const ssize_t got = ::recv(m_fd, buffer.data(), buffer.size(), 0);
    if (got < 0) {
        if (errno != EAGAIN && errno != EINTR)
            close({ErrorCode::Network, std::string("recv: ") + std::strerror(errno)});
        return;
    }
    if (got == 0) {
        close({ErrorCode::Cancelled, "the peer closed the connection"});
        return;
    }
    m_decoder.push(ByteSpan(buffer).first(static_cast<std::size_t>(got)));
    deliverFrames();
}

void ControlChannel::deliverFrames()
{
    const QPointer<ControlChannel> self(this);
    while (true) {
        Result<std::optional<std::string>> frame = m_decoder.next();
        if (!frame) {
            close(frame.error());
            return;
        }
        if (!frame->has_value())
            break;
        // A frame was whole in time; the next one has its own deadline.
        m_deadline.stop();
        Q_EMIT frameReceived(**frame);
        if (self.isNull() || !isOpen())
            return;
    }
    // Not restarted by each byte: a peer that drips would never run out of time.
    if (m_decoder.midFrame() && !m_deadline.isActive())
        m_deadline.start();
}

void ControlChannel::writeQueued()
{
    std::size_t sent = 0;
    while (sent < m_output.size()) {
        const ssize_t count =
            ::send(m_fd, m_output.data() + sent, m_output.size() - sent, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EPIPE) {
            close({ErrorCode::Cancelled, "the peer closed the connection"});
            return;
        }
        if (count < 0 && errno != EAGAIN) {
            close({ErrorCode::Network, std::string("send: ") + std::strerror(errno)});
            return;
        }
        if (count < 0)
            break;
        sent += static_cast<std::size_t>(count);
    }
    m_output.erase(0, sent);
    m_writable->setEnabled(!m_output.empty());
}

void ControlChannel::close(const Error &reason)
{
    if (!isOpen())
        return;
    m_readable->setEnabled(false);
    m_writable->setEnabled(false);
    m_deadline.stop();
    ::close(m_fd);
    m_fd = -1;
    m_output.clear();
    Q_EMIT closed(reason);
}

} // namespace higgs::control
