// SPDX-License-Identifier: GPL-3.0-or-later
// The big buffers of the packet plane, one set per EpollSet: a connection borrows them while it
// has something to do, so that an idle one holds none.
#pragma once

#include "shared/base/bytes.h"
#include "shared/base/clock.h"
#include "shared/reactor/epoll_set.h"

#include <memory>

namespace higgs {

/// The plaintext of one TLS record being put together, or of one bigger frame.
struct OutputChunk
{
    explicit OutputChunk(std::size_t capacity) : bytes(capacity) {}

    Bytes bytes;
    std::size_t begin = 0;
    std::size_t end = 0;
    Monotonic started; ///< when its first frame was queued
    std::unique_ptr<OutputChunk> next;
};

/// A child of its EpollSet, lives and dies with it; used on its thread only. The buffers are for
/// the duration of one call, and are not nested: reads are never begun inside a delivery.
class NetBuffers : public QObject
{
    Q_OBJECT

public:
    static constexpr std::size_t ChunkSize = 16384; // one TLS record of plaintext
    static constexpr std::size_t MaxSpareChunks = 64;

    /// Makes it at the first call.
    static NetBuffers &of(EpollSet &epoll);

    Bytes plaintext;             ///< what a stream reads into
    Bytes sealed;                ///< records gathered for one send(2)
    Bytes fetched;               ///< what one stream's records are taken from
    std::vector<ByteSpan> batch; ///< the messages of one read

    std::unique_ptr<OutputChunk> takeChunk(std::size_t capacity);
    void giveBack(std::unique_ptr<OutputChunk> chunk);
    /// Bytes of the chunks that are taken: what all queues on the thread hold.
    [[nodiscard]] std::size_t taken() const { return m_taken; }

private:
    explicit NetBuffers(EpollSet &epoll);

    std::unique_ptr<OutputChunk> m_spare;
    std::size_t m_spareCount = 0;
    std::size_t m_taken = 0;
};

} // namespace higgs
