// SPDX-License-Identifier: GPL-3.0-or-later
// ChannelData, the four bytes before a datagram between a client and its TURN server (RFC 8656
// section 12), and the stream in which it lies between STUN messages over TCP and TLS.
#pragma once

#include "shared/base/datagram.h"

#include <optional>

namespace higgs {

constexpr std::uint16_t FirstTurnChannel = 0x4000;
constexpr std::uint16_t LastTurnChannel = 0x4fff;
constexpr std::size_t ChannelHeaderSize = 4;
/// Payload that a Send indication carries over a cable of 1500 bytes without being cut: less the
/// headers of IPv6 and UDP, of STUN, and of its attributes for the peer's address and the data.
constexpr std::size_t MostIndicated = 1'500 - 48 - 20 - 24 - 4 - 3;

/// By its first byte, which neither STUN's (0x00-0x3f) nor ours can be (section 12.5).
constexpr bool looksLikeChannelMessage(ByteSpan datagram)
{
    return datagram.size() >= ChannelHeaderSize && datagram[0] >= 0x40 && datagram[0] <= 0x4f;
}

struct ChannelMessage
{
    std::uint16_t channel = 0;
    ByteSpan data; ///< in the datagram
};

/// One datagram: what is behind the data is padding, which UDP may have. Malformed for another
/// channel or fewer bytes than it says. Total on any input.
Result<ChannelMessage> decodeChannelMessage(ByteSpan datagram);

/// `padded` to four bytes, as a stream needs it. At most MaxDatagramSize bytes of data.
void appendChannelMessage(Bytes &out, std::uint16_t channel, ByteSpan data, bool padded);

/// Cuts a stream into STUN messages and ChannelData, each handed out as its datagram would be.
class TurnStream
{
public:
    static constexpr std::size_t MaxFrame = ChannelHeaderSize + MaxDatagramSize + 3;

    /// Frames that were handed out are valid until the next call.
    void append(ByteSpan bytes);
    /// The next whole frame; nullopt when more bytes are needed, or never come.
    std::optional<ByteSpan> next();
    /// All of them, in their order.
    std::span<const ByteSpan> all();
    /// It is neither: nothing more can be told apart.
    [[nodiscard]] bool isBroken() const { return m_broken; }
    [[nodiscard]] std::size_t kept() const { return m_bytes.size() - m_begin; }

private:
    Bytes m_bytes;
    std::vector<ByteSpan> m_frames; ///< scratch of all()
    std::size_t m_begin = 0;
    bool m_broken = false;
};

} // namespace higgs
