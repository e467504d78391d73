// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/net_buffers.h"

#include <algorithm>

namespace higgs {

NetBuffers::NetBuffers(EpollSet &epoll) : QObject(&epoll) {}

NetBuffers &NetBuffers::of(EpollSet &epoll)
{
    auto *buffers = epoll.findChild<NetBuffers *>(QString(), Qt::FindDirectChildrenOnly);
    return buffers != nullptr ? *buffers : *new NetBuffers(epoll); // owned by its parent
}

std::unique_ptr<OutputChunk> NetBuffers::takeChunk(std::size_t capacity)
{
    m_taken += std::max(capacity, ChunkSize);
    if (capacity > ChunkSize)
        return std::make_unique<OutputChunk>(capacity);
    if (!m_spare)
        return std::make_unique<OutputChunk>(ChunkSize);
    std::unique_ptr<OutputChunk> chunk = std::move(m_spare);
    m_spare = std::move(chunk->next);
    --m_spareCount;
    chunk->begin = 0;
    chunk->end = 0;
    return chunk;
}

void NetBuffers::giveBack(std::unique_ptr<OutputChunk> chunk)
{
    m_taken -= chunk->bytes.size();
    if (m_spareCount == MaxSpareChunks || chunk->bytes.size() != ChunkSize)
        return;
    chunk->next = std::move(m_spare);
    m_spare = std::move(chunk);
    ++m_spareCount;
}

} // namespace higgs
