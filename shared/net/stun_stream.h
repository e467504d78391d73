// SPDX-License-Identifier: GPL-3.0-or-later
// STUN over a stream of bytes (RFC 8489 section 6.2.2): one message after the other, each as long
// as its header says. Without socket or clock.
#pragma once

#include "shared/protocol/stun.h"

#include <array>
#include <optional>

namespace higgs {

/// Holds one message at most. What cannot be STUN is known by its first wrong byte.
class StunStream
{
public:
    /// Where the next bytes go; never empty after message() said nullopt, unless it is broken.
    std::span<std::uint8_t> room();
    void received(std::size_t bytes);

    /// The next whole message, valid until the next call of room().
    std::optional<ByteSpan> message();
    /// What came is not STUN, or longer than any that we know: nothing will follow.
    [[nodiscard]] bool isBroken() const { return m_broken; }

private:
    [[nodiscard]] bool mayBeStun(ByteSpan begun) const;

    std::array<std::uint8_t, protocol::MaxStunMessage> m_bytes{};
    std::size_t m_begin = 0;
    std::size_t m_end = 0;
    bool m_broken = false;
};

} // namespace higgs
