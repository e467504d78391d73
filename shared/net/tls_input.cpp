// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/tls_input.h"

#include <algorithm>

namespace higgs {

namespace {

// RFC 8446, 5.1 and 5.2: type, version, length; the content and what sealing adds.
constexpr std::size_t HeaderSize = 5;
constexpr std::size_t MaxContent = 16384 + 256;
constexpr std::size_t MaxRecord = HeaderSize + MaxContent;
constexpr std::uint8_t FirstType = 20;
constexpr std::uint8_t LastType = 24;
constexpr std::uint8_t MajorVersion = 3;

} // namespace

void TlsInput::begin(Bytes &shared)
{
    if (shared.size() != MostFetched + MaxRecord)
        shared.resize(MostFetched + MaxRecord);
    m_shared = &shared;
    std::copy(m_kept.begin(), m_kept.end(), shared.begin());
    m_begin = 0;
    m_end = m_kept.size();
}

void TlsInput::end()
{
    const auto from = m_shared->begin() + static_cast<std::ptrdiff_t>(m_begin);
    const auto to = m_shared->begin() + static_cast<std::ptrdiff_t>(m_end);
    // Never larger than it has to be: there are many.
    if (from != to || !m_kept.empty())
        Bytes(from, to).swap(m_kept);
    m_shared = nullptr;
}

/// Of the next record; HeaderSize until its length is there.
std::size_t TlsInput::nextSize() const
{
    if (available() < HeaderSize)
        return HeaderSize;
    const std::uint8_t *head = m_shared->data() + m_begin;
    const std::size_t content = (std::size_t{head[3]} << 8U) | head[4];
    const bool isRecord = head[0] >= FirstType && head[0] <= LastType && head[1] == MajorVersion &&
                          content <= MaxContent;
    // What is none is for OpenSSL to say so.
    return isRecord ? HeaderSize + content : available();
}

bool TlsInput::hasRecord() const
{
    if (m_left > 0)
        return available() > 0;
    return available() >= HeaderSize && available() >= nextSize();
}

MutableByteSpan TlsInput::room(std::size_t most)
{
    // Less than a record.
    std::copy(m_shared->begin() + static_cast<std::ptrdiff_t>(m_begin),
              m_shared->begin() + static_cast<std::ptrdiff_t>(m_end), m_shared->begin());
    m_end -= std::exchange(m_begin, 0);
    const std::size_t missing = nextSize() - std::min(nextSize(), available());
    const std::size_t size = std::max(std::min(most, MostFetched), missing);
    return MutableByteSpan(*m_shared).subspan(m_end, std::min(size, m_shared->size() - m_end));
}

std::size_t TlsInput::take(MutableByteSpan into)
{
    if (m_left == 0)
        m_left = nextSize();
    const std::size_t count = std::min({into.size(), m_left, available()});
    std::copy_n(m_shared->begin() + static_cast<std::ptrdiff_t>(m_begin), count, into.begin());
    m_begin += count;
    m_left -= count;
    return count;
}

} // namespace higgs
