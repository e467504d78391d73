// SPDX-License-Identifier: GPL-3.0-or-later
// The frames that a WebSocket has yet to send: bounded in bytes and in time, oldest datagrams
// dropped and counted as a router does, control frames kept. Sans-IO; `now` is an argument.
#pragma once

#include "shared/net/net_buffers.h"
#include "shared/protocol/websocket.h"

namespace higgs {

constexpr std::size_t MaxQueuedDatagramBytes = 256 * 1024;
constexpr Milliseconds MaxQueuedDatagramAge{100};
/// Control frames are never dropped, so a peer with so many unread ones is beyond help.
constexpr std::size_t MaxQueuedControlBytes = 256 * 1024;

/// Datagrams lie in chunks of one TLS record each, so that a record ends with a whole frame and is
/// sealed from where it was written. Control frames go ahead of datagrams.
class FrameQueue
{
public:
    FrameQueue(NetBuffers &buffers, std::size_t maxBytes, Milliseconds maxAge,
               std::size_t maxControl = MaxQueuedControlBytes)
        : m_buffers(&buffers), m_maxBytes(maxBytes), m_maxAge(maxAge), m_maxControl(maxControl)
    {}
    FrameQueue(const FrameQueue &) = delete;
    FrameQueue &operator=(const FrameQueue &) = delete;
    ~FrameQueue() { clear(); }

    /// Queues a droppable frame; the payload is copied (and masked) once, here.
    void push(Monotonic now, const protocol::WsFrameHeader &header, ByteSpan payload);
    /// False if there are more than maxControl: the peer should be given up.
    bool pushControl(const protocol::WsFrameHeader &header, ByteSpan payload);

    /// The bytes to send next, at most one record; empty if there are none. Drops what is too old:
    /// what the peer did not take until `idleUntil`. Time in which this thread was at work is not
    /// the peer's (EpollSet::idleUntil).
    ByteSpan front(Monotonic idleUntil);
    /// The same without sending: a peer that takes nothing holds no memory for longer either.
    void dropOld(Monotonic idleUntil);
    /// Drops all datagrams but one that has begun.
    void dropWaiting();
    /// The first `bytes` of the last front() are on their way.
    void pop(std::size_t bytes);
    /// Forgets everything without counting it as dropped.
    void clear();

    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] std::size_t size() const { return m_bytes + controlSize(); }
    /// Without the control frames.
    [[nodiscard]] std::size_t datagramSize() const { return m_bytes; }
    [[nodiscard]] std::size_t controlSize() const { return m_control.size() - m_controlBegin; }
    /// Memory of the control frames, sent or not.
    [[nodiscard]] std::size_t controlCapacity() const { return m_control.capacity(); }
    [[nodiscard]] std::uint64_t dropped() const { return m_dropped; }

private:
    OutputChunk &room(Monotonic now, std::size_t frameSize);
    [[nodiscard]] const OutputChunk *oldestWaiting() const;
    void dropOldestFrame();
    void popChunk();

    NetBuffers *m_buffers;
    std::size_t m_maxBytes;
    Milliseconds m_maxAge;
    std::size_t m_maxControl;
    std::unique_ptr<OutputChunk> m_first;
    OutputChunk *m_last = nullptr;
    std::size_t m_bytes = 0; ///< in the chunks
    /// Part of the first frame has left (only of one beyond a record): the rest must follow it.
    std::size_t m_mustFinish = 0;
    Bytes m_control;
    std::size_t m_controlBegin = 0;
    bool m_frontIsControl = false;
    std::uint64_t m_dropped = 0;
};

} // namespace higgs
