// SPDX-License-Identifier: GPL-3.0-or-later
// Homes and guests' packets for the second barrier, made of any bytes, and what its rule says of
// them in plain words: what the program is held against.
#pragma once

#include "shared/tunnel/exit_ruleset.h"

namespace higgs::test {

/// Takes decisions from bytes, whoever chose them; all zero when they have come to their end.
class Choices
{
public:
    explicit Choices(ByteSpan bytes) : m_reader(bytes) {}

    std::uint8_t byte() { return m_reader.u8().value_or(0); }
    std::uint16_t half() { return static_cast<std::uint16_t>(byte() << 8 | byte()); }
    /// From 0 to `count` - 1, which is at most 255.
    std::size_t below(std::size_t count) { return byte() % count; }
    [[nodiscard]] bool left() const { return m_reader.remaining() > 0; }

private:
    ByteReader m_reader;
};

struct BarrierHome
{
    ExitPolicy policy;
    ExitSurroundings around;
};

struct GuestPacket
{
    std::uint16_t etherType = 0;
    Bytes bytes; ///< from the IP header on
};

/// At most a few of everything.
BarrierHome barrierHome(Choices &choices);
/// Mostly well formed, to addresses at the edges of what the home's rule knows.
GuestPacket guestPacket(Choices &choices, const BarrierHome &home);

/// Whether the second barrier lets the packet through.
bool passesBarrier(const BarrierHome &home, const GuestPacket &packet);

} // namespace higgs::test
