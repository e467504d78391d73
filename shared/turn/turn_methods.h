// SPDX-License-Identifier: GPL-3.0-or-later
// The numbers of RFC 8656 sections 17 and 19.
#pragma once

#include <cstdint>

namespace higgs::turn {

constexpr std::uint16_t Allocate = 0x003;
constexpr std::uint16_t Refresh = 0x004;
constexpr std::uint16_t Send = 0x006;
constexpr std::uint16_t Data = 0x007;
constexpr std::uint16_t CreatePermission = 0x008;
constexpr std::uint16_t ChannelBind = 0x009;

constexpr std::uint8_t UdpTransport = 17;

constexpr int TryAlternate = 300;
constexpr int BadRequest = 400;
constexpr int Unauthenticated = 401;
constexpr int Forbidden = 403;
constexpr int AllocationMismatch = 437;
constexpr int StaleNonce = 438;
constexpr int AddressFamilyNotSupported = 440;
constexpr int WrongCredentials = 441;
constexpr int QuotaReached = 486;
constexpr int InsufficientCapacity = 508;

} // namespace higgs::turn
