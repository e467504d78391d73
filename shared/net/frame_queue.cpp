// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/frame_queue.h"

#include "shared/net/tls_stream.h"

#include <algorithm>
#include <cstring>

namespace higgs {

namespace {

static_assert(NetBuffers::ChunkSize == MaxTlsRecord);

// A chunk takes frames for so long, so that its age is that of all its frames.
constexpr Milliseconds ChunkSpan{10};

/// The size of the frame that begins at `bytes`, which we have written ourselves.
std::size_t frameSize(const std::uint8_t *bytes)
{
    const bool masked = (bytes[1] & 0x80) != 0;
    std::uint64_t length = bytes[1] & 0x7F;
    const int extended = length < 126 ? 0 : (length == 126 ? 2 : 8);
    if (extended > 0)
        length = 0;
    for (int i = 0; i < extended; ++i)
        length = (length << 8) | bytes[2 + i];
    return protocol::headerSize(length, masked) + static_cast<std::size_t>(length);
}

} // namespace

void FrameQueue::push(Monotonic now, const protocol::WsFrameHeader &header, ByteSpan payload)
{
    const std::size_t size =
        protocol::headerSize(payload.size(), header.mask.has_value()) + payload.size();
    while (m_bytes + size > m_maxBytes && m_first && m_mustFinish < m_bytes)
        dropOldestFrame();
    if (m_bytes + size > m_maxBytes) {
        ++m_dropped;
        return;
    }
    OutputChunk &chunk = room(now, size);
    std::uint8_t *to = chunk.bytes.data() + chunk.end;
    protocol::WsFrameHeader own = header;
    own.length = payload.size();
    to += protocol::writeHeader(own, to);
    if (own.mask)
        protocol::copyMasked(payload, to, *own.mask);
    else if (!payload.empty())
        std::memcpy(to, payload.data(), payload.size());
    chunk.end += size;
    m_bytes += size;
}

bool FrameQueue::pushControl(const protocol::WsFrameHeader &header, ByteSpan payload)
{
    if (controlSize() + payload.size() > m_maxControl)
        return false;
    // What has left is given back even if the queue is never empty; at half of it, so that each
    // byte is moved once.
    if (m_controlBegin > m_control.size() / 2) {
        m_control.erase(m_control.begin(),
                        m_control.begin() + static_cast<std::ptrdiff_t>(m_controlBegin));
        m_controlBegin = 0;
    }
    protocol::appendFrame(m_control, header, payload);
    return true;
}

OutputChunk &FrameQueue::room(Monotonic now, std::size_t size)
{
    const bool fits = m_last != nullptr && m_last->bytes.size() - m_last->end >= size &&
                      now - m_last->started < ChunkSpan;
    if (fits)
        return *m_last;
    std::unique_ptr<OutputChunk> chunk = m_buffers->takeChunk(size);
    chunk->started = now;
    OutputChunk *const added = chunk.get();
    (m_last != nullptr ? m_last->next : m_first) = std::move(chunk);
    m_last = added;
    return *added;
}

ByteSpan FrameQueue::front(Monotonic idleUntil)
{
    // What has begun must end before anything else.
    m_frontIsControl = m_mustFinish == 0 && m_controlBegin < m_control.size();
    if (m_frontIsControl) {
        const ByteSpan rest = ByteSpan(m_control).subspan(m_controlBegin);
        return rest.first(std::min(rest.size(), MaxTlsRecord));
    }
    dropOld(idleUntil);
    if (!m_first)
        return {};
    const ByteSpan rest(m_first->bytes.data() + m_first->begin, m_first->end - m_first->begin);
    return rest.first(std::min(rest.size(), MaxTlsRecord));
}

void FrameQueue::dropOld(Monotonic idleUntil)
{
    for (const OutputChunk *oldest = oldestWaiting();
         oldest != nullptr && idleUntil - oldest->started > m_maxAge; oldest = oldestWaiting())
        dropOldestFrame();
}

void FrameQueue::dropWaiting()
{
    while (oldestWaiting() != nullptr)
        dropOldestFrame();
}

/// Behind a frame that has begun, which fills its chunk, it is the next.
const OutputChunk *FrameQueue::oldestWaiting() const
{
    return m_first && m_mustFinish > 0 ? m_first->next.get() : m_first.get();
}

void FrameQueue::pop(std::size_t bytes)
{
    if (m_frontIsControl) {
        m_controlBegin += bytes;
        if (m_controlBegin == m_control.size()) {
            Bytes().swap(m_control);
            m_controlBegin = 0;
        }
        return;
    }
    m_first->begin += bytes;
    m_bytes -= bytes;
    // Only a frame beyond a record is cut, and it has a chunk of its own.
    m_mustFinish = m_first->end - m_first->begin;
    if (m_mustFinish == 0)
        popChunk();
}

void FrameQueue::dropOldestFrame()
{
    // Behind a begun frame, which fills its chunk, the next chunk has the oldest.
    OutputChunk &chunk = m_mustFinish > 0 ? *m_first->next : *m_first;
    const std::size_t size = frameSize(chunk.bytes.data() + chunk.begin);
    chunk.begin += size;
    m_bytes -= size;
    ++m_dropped;
    if (chunk.begin < chunk.end)
        return;
    if (m_mustFinish == 0) {
        popChunk();
        return;
    }
    std::unique_ptr<OutputChunk> empty = std::move(m_first->next);
    m_first->next = std::move(empty->next);
    if (m_last == empty.get())
        m_last = m_first.get();
    m_buffers->giveBack(std::move(empty));
}

void FrameQueue::popChunk()
{
    std::unique_ptr<OutputChunk> chunk = std::move(m_first);
    m_first = std::move(chunk->next);
    if (!m_first)
        m_last = nullptr;
    m_buffers->giveBack(std::move(chunk));
}

void FrameQueue::clear()
{
    while (m_first)
        popChunk();
    Bytes().swap(m_control);
    m_controlBegin = 0;
    m_bytes = 0;
    m_mustFinish = 0;
}

} // namespace higgs
