// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/turn/channel_message.h"

#include "shared/protocol/stun.h"

#include <algorithm>

namespace higgs {

namespace {

constexpr std::size_t padded(std::size_t size)
{
    return (size + 3) / 4 * 4;
}

} // namespace

Result<ChannelMessage> decodeChannelMessage(ByteSpan datagram)
{
    ByteReader reader(datagram);
    const auto channel = reader.u16();
    const auto length = reader.u16();
    if (!channel || !length)
        return unexpected(ErrorCode::Malformed, "ChannelData: short header");
    if (*channel < FirstTurnChannel || *channel > LastTurnChannel)
        return unexpected(ErrorCode::Malformed, "ChannelData: no channel's number");
    const auto data = reader.bytes(*length);
    if (!data)
        return unexpected(ErrorCode::Malformed, "ChannelData: cut off");
    return ChannelMessage{*channel, *data};
}

void appendChannelMessage(Bytes &out, std::uint16_t channel, ByteSpan data, bool withPadding)
{
    const std::size_t begin = out.size();
    data = data.first(std::min(data.size(), MaxDatagramSize));
    ByteWriter writer(out);
    writer.u16(channel);
    writer.u16(static_cast<std::uint16_t>(data.size()));
    writer.bytes(data);
    if (withPadding)
        out.resize(begin + padded(out.size() - begin));
}

void TurnStream::append(ByteSpan bytes)
{
    if (m_broken)
        return;
    m_bytes.erase(m_bytes.begin(), m_bytes.begin() + static_cast<std::ptrdiff_t>(m_begin));
    m_begin = 0;
    m_bytes.insert(m_bytes.end(), bytes.begin(), bytes.end());
}

std::optional<ByteSpan> TurnStream::next()
{
    ByteReader reader(ByteSpan(m_bytes).subspan(m_begin));
    const auto type = reader.u16();
    const auto length = reader.u16();
    if (m_broken || !type || !length)
        return std::nullopt;
    const bool stun = *type < FirstTurnChannel;
    const std::size_t size =
        stun ? protocol::StunHeaderSize + *length : ChannelHeaderSize + *length;
    // No message of ours is longer than the server's longest: who says so speaks something else.
    if (*type > LastTurnChannel ||
        (stun && (*length % 4 != 0 || size > protocol::MaxStunMessage))) {
        m_broken = true;
        return std::nullopt;
    }
    const std::size_t whole = padded(size);
    if (kept() < whole)
        return std::nullopt;
    const ByteSpan frame = ByteSpan(m_bytes).subspan(m_begin, size);
    m_begin += whole;
    return frame;
}

std::span<const ByteSpan> TurnStream::all()
{
    m_frames.clear();
    while (const auto frame = next())
        m_frames.push_back(*frame);
    return m_frames;
}

} // namespace higgs
