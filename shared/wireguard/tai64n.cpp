// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/wireguard/tai64n.h"

namespace higgs::wireguard {

namespace {

constexpr std::uint64_t Nanoseconds = 1'000'000'000;
constexpr std::uint64_t Grain = 1ULL << 24U;
/// 2^62 is 1970-01-01 00:00:00 TAI, ten seconds before that of UTC.
constexpr std::uint64_t Epoch = (1ULL << 62U) + 10;

std::uint64_t bigEndian(std::span<const std::uint8_t> bytes)
{
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes)
        value = value << 8U | byte;
    return value;
}

Tai64n pack(std::uint64_t seconds, std::uint64_t nanoseconds)
{
    Tai64n time{};
    for (std::size_t i = 0; i < 8; ++i)
        time[i] = static_cast<std::uint8_t>(seconds >> (56 - 8 * i));
    for (std::size_t i = 0; i < 4; ++i)
        time[8 + i] = static_cast<std::uint8_t>(nanoseconds >> (24 - 8 * i));
    return time;
}

} // namespace

Tai64n tai64n(WallTime now, const Tai64n &last)
{
    const auto ms = static_cast<std::uint64_t>(now.ms < 0 ? 0 : now.ms);
    const std::uint64_t nanoseconds = ms % 1000 * 1'000'000;
    const Tai64n time = pack(Epoch + ms / 1000, nanoseconds / Grain * Grain);
    if (time > last)
        return time;
    std::uint64_t seconds = bigEndian(std::span(last).first<8>());
    std::uint64_t later = bigEndian(std::span(last).last<4>()) + Grain;
    if (later >= Nanoseconds) {
        ++seconds;
        later = 0;
    }
    return pack(seconds, later);
}

} // namespace higgs::wireguard
