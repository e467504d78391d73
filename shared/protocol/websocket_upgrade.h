// SPDX-License-Identifier: GPL-3.0-or-later
// The opening handshake of RFC 6455 section 4 as text, and the negotiation of permessage-deflate
// (RFC 7692). Hashing the key (Sec-WebSocket-Accept) is shared/net's: protocol has no crypto.
#pragma once

#include "shared/base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace higgs::protocol {

/// RFC 6455 section 1.3: appended to the key before hashing.
constexpr std::string_view WsAcceptGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// An accepted permessage-deflate: no context takeover either way, always.
struct WsDeflate
{
    int windowBits = 15; ///< the largest window that we may compress with (9..15)

    friend bool operator==(const WsDeflate &, const WsDeflate &) = default;
};

/// The header fields of an upgrade request, each joined by ", " if it came more than once.
struct WsUpgradeFields
{
    std::string_view method;
    std::string_view upgrade;
    std::string_view connection;
    std::string_view version; ///< Sec-WebSocket-Version
    std::string_view key;     ///< Sec-WebSocket-Key
    std::string_view extensions;
};

struct WsUpgradeAccepted
{
    std::string key; ///< to be hashed for the answer
    std::optional<WsDeflate> deflate;
};

/// Whether the fields ask for a WebSocket at all ("Upgrade: websocket"); if not, answer 426.
bool wantsWebSocket(const WsUpgradeFields &fields);
/// The server's check of section 4.2.1. Malformed when it is not a correct request (answer 400; 426
/// with `Sec-WebSocket-Version: 13` when the code is InvalidArgument: another version).
Result<WsUpgradeAccepted> acceptUpgrade(const WsUpgradeFields &fields, bool allowDeflate);
/// The whole 101 response, up to and including the empty line.
std::string upgradeResponse(std::string_view accept, const std::optional<WsDeflate> &deflate);

struct WsUpgradeRequest
{
    std::string_view host;   ///< for the Host header, with the port if it is not 443
    std::string_view path;   ///< "/relay/..."
    std::string_view key;    ///< base64 of 16 random bytes
    std::string_view bearer; ///< token for Authorization; empty for none
    bool offerDeflate = false;
};

/// The client's request, up to and including the empty line. InvalidArgument if a field has
/// control characters or spaces, which would smuggle in headers.
Result<std::string> upgradeRequest(const WsUpgradeRequest &request);

/// The response head that ends at the first empty line of `head`; header limit is the caller's.
struct WsUpgradeAnswer
{
    std::optional<WsDeflate> deflate;
};

/// The client's check of section 4.1. Unauthorized, Forbidden, NotFound, RateLimited or
/// Unavailable for a refusal by status code; Malformed for an answer that breaks the rules.
Result<WsUpgradeAnswer> checkUpgradeResponse(std::string_view head, std::string_view accept,
                                             bool offeredDeflate);

} // namespace higgs::protocol
