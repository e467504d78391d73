// SPDX-License-Identifier: GPL-3.0-or-later
// Many quick random numbers from one that was asked for: for taste, never for secrets.
#pragma once

#include <cstddef>
#include <cstdint>

namespace higgs::server {

/// SplitMix64 (Steele, Lea, Flood 2014): the same seed throws the same numbers.
class Dice
{
public:
    explicit Dice(std::uint64_t seed) : m_state(seed) {}
    /// From one number in [0, 1).
    static Dice seeded(double unit)
    {
        return Dice(static_cast<std::uint64_t>(unit * static_cast<double>(1ULL << 53U)));
    }

    std::uint64_t next()
    {
        m_state += 0x9e3779b97f4a7c15U;
        return mixed(m_state);
    }
    /// In [0, count); count is not 0 and below 2^32.
    std::size_t below(std::size_t count) { return ((next() >> 32U) * count) >> 32U; }
    /// In [0, 1).
    double unit() { return static_cast<double>(next() >> 11U) / static_cast<double>(1ULL << 53U); }

    static std::uint64_t mixed(std::uint64_t value)
    {
        value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
        value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
        return value ^ (value >> 31U);
    }

private:
    std::uint64_t m_state;
};

} // namespace higgs::server
