// SPDX-License-Identifier: GPL-3.0-or-later
// Where a session's relay is: "wss://host:port/relay/<session id>" (specification 2.1).
#pragma once

#include "shared/base/ids.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace higgs::protocol {

struct RelayEndpoint
{
    std::string host; ///< a DNS name, an IPv4 address, or an IPv6 address without brackets
    std::uint16_t port = 443;
    SessionId sessionId;

    /// Only wss, only this path, no user, query or fragment.
    static Result<RelayEndpoint> parse(std::string_view url);
    [[nodiscard]] std::string toString() const;
    /// "/relay/<session id>", the request target of the upgrade.
    [[nodiscard]] std::string path() const;

    friend bool operator==(const RelayEndpoint &, const RelayEndpoint &) = default;
};

/// A DNS name (RFC 1123 letters, digits, hyphens and dots, 253 at most) or an IP address.
bool isHostText(std::string_view text);

} // namespace higgs::protocol
