// SPDX-License-Identifier: GPL-3.0-or-later
// One connected control socket: frames in, frames out, both bounded. Owns one fd and one timer, and
// decides nothing about what the frames mean.
#pragma once

#include "shared/base/clock.h"
#include "shared/protocol/control_frame.h"

#include <QObject>
#include <QTimer>

class QSocketNotifier;

namespace higgs::control {

/// A peer that has this much unread is dropped: a stopped terminal must not make a daemon grow.
constexpr std::size_t MaxControlBacklog = 2 * protocol::MaxControlFrame;
/// A frame that has begun must be whole within this.
constexpr Milliseconds FrameDeadline{10'000};

class ControlChannel : public QObject
{
    Q_OBJECT

public:
    /// Takes over `fd`, a connected non-blocking stream socket.
    explicit ControlChannel(int fd, QObject *parent = nullptr);
    ~ControlChannel() override;

    /// Sends or queues one frame. A peer that does not read is closed (and told by closed()); after
    /// that, and for a frame over the limit, nothing happens.
    void send(std::string_view json);
    /// For tests; FrameDeadline otherwise.
    void setFrameDeadline(Milliseconds deadline) { m_deadline.setInterval(deadline); }
    /// From now on the next frame must be whole within the deadline: whoever connects has something
    /// to say, and one who says nothing only takes a place.
    void expectFrame() { m_deadline.start(); }

    [[nodiscard]] int descriptor() const { return m_fd; }
    [[nodiscard]] bool isOpen() const { return m_fd >= 0; }

Q_SIGNALS:
    /// The channel may be closed or scheduled for deletion from here.
    void frameReceived(const std::string &json);
    /// Once. Cancelled: the peer closed. TooLarge: a bad length, or it did not read. Timeout: half
    /// a frame, or none where one was expected. Network: the socket failed.
    void closed(const higgs::Error &reason);

private:
    void readAvailable();
    void writeQueued();
    void deliverFrames();
    void close(const Error &reason);

    int m_fd;
    QSocketNotifier *m_readable;
    QSocketNotifier *m_writable;
    QTimer m_deadline;
    protocol::ControlFrameDecoder m_decoder;
    std::string m_output;
};

} // namespace higgs::control
