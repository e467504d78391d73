// SPDX-License-Identifier: GPL-3.0-or-later
// Which counters of a session have come already: RFC 6479's sliding window, whose bits are blocks
// of a ring, so that it moves by clearing whole blocks and shifts nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace higgs::wireguard {

class ReplayWindow
{
public:
    /// As many as Linux has: enough for trains that overtake each other on two paths.
    static constexpr std::size_t Bits = 8192;
    /// One block is always being filled (RFC 6479, section 3), so this far back one looks.
    static constexpr std::uint64_t Size = Bits - 64;

    /// Whether it may still come: before the packet is opened, which costs more.
    [[nodiscard]] bool isNew(std::uint64_t counter) const;
    /// It has come, and was genuine: only then the window moves. False: it had come before.
    bool accept(std::uint64_t counter);

private:
    static constexpr std::size_t Blocks = Bits / 64;

    static std::size_t block(std::uint64_t counter) { return counter / 64 % Blocks; }
    static std::uint64_t bit(std::uint64_t counter) { return 1ULL << counter % 64; }

    std::uint64_t m_next = 0; ///< the greatest that has come, and one
    std::array<std::uint64_t, Blocks> m_seen{};
};

} // namespace higgs::wireguard
