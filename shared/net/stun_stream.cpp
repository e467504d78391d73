// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/stun_stream.h"

#include <algorithm>

namespace higgs {

namespace {

constexpr std::size_t LengthEnd = 4;
constexpr std::size_t CookieEnd = 8;

std::size_t messageSize(ByteSpan begun)
{
    return protocol::StunHeaderSize + (static_cast<std::size_t>(begun[2]) << 8U | begun[3]);
}

} // namespace

std::span<std::uint8_t> StunStream::room()
{
    std::copy(m_bytes.begin() + static_cast<std::ptrdiff_t>(m_begin),
              m_bytes.begin() + static_cast<std::ptrdiff_t>(m_end), m_bytes.begin());
    m_end -= m_begin;
    m_begin = 0;
    return std::span(m_bytes).subspan(m_end);
}

void StunStream::received(std::size_t bytes)
{
    m_end = std::min(m_end + bytes, m_bytes.size());
}

std::optional<ByteSpan> StunStream::message()
{
    const ByteSpan begun(m_bytes.data() + m_begin, m_end - m_begin);
    if (m_broken || !mayBeStun(begun)) {
        m_broken = true;
        return std::nullopt;
    }
    if (begun.size() < LengthEnd || begun.size() < messageSize(begun))
        return std::nullopt;
    m_begin += messageSize(begun);
    return begun.first(messageSize(begun));
}

bool StunStream::mayBeStun(ByteSpan begun) const
{
    if (!begun.empty() && (begun[0] & 0xc0U) != 0)
        return false;
    if (begun.size() >= LengthEnd &&
        (messageSize(begun) > m_bytes.size() || messageSize(begun) % 4 != 0))
        return false;
    for (std::size_t i = LengthEnd; i < std::min(begun.size(), CookieEnd); ++i) {
        if (begun[i] !=
            static_cast<std::uint8_t>(protocol::StunMagicCookie >> (8 * (CookieEnd - 1 - i))))
            return false;
    }
    return true;
}

} // namespace higgs
