// SPDX-License-Identifier: GPL-3.0-or-later
// Where a TURN server is, as WebRTC's lists of servers say it (RFC 7065).
#pragma once

#include "shared/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace higgs {

enum class TurnTransport : std::uint8_t { Udp, Tcp, Tls }; ///< in the order in which they are tried

std::string_view toString(TurnTransport transport);

struct TurnUrl
{
    TurnTransport transport = TurnTransport::Udp;
    std::string host; ///< a name or an IP address, without brackets
    std::uint16_t port = 0;

    friend bool operator==(const TurnUrl &, const TurnUrl &) = default;
};

constexpr std::size_t MaxTurnUrl = 512;

/// "turn:HOST[:PORT][?transport=udp|tcp]" and "turns:HOST[:PORT][?transport=tcp]"; ports are 3478
/// and 5349 where none is written. Unavailable for what is well-formed and not spoken here (DTLS,
/// other transports), else Malformed. Total on any input.
Result<TurnUrl> parseTurnUrl(std::string_view text);

} // namespace higgs
