// SPDX-License-Identifier: GPL-3.0-or-later
// Which kind of path carries a session, and why this one: on the control socket, in a window and on
// a terminal, from one table.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace higgs::protocol {

/// What carries a session's datagrams.
enum class PathType : std::uint8_t {
    Relay,   ///< the server's, over a WebSocket
    Direct,  ///< UDP from end to end
    Turn,    ///< UDP by a TURN server
    Cascade, ///< by an entry node
};

/// "relay", "direct", "turn" or "cascade", as status.path.
std::string_view toString(PathType type);

/// Why traffic takes the path that it takes. The order is the table's.
enum class PathReason : std::uint8_t {
    Direct,
    SameLan,
    PortMapped,
    Probing,
    BothSymmetric,
    SymmetricBehindStrict,
    UdpBlocked,
    TurnRelay,
    Pinned,
    PeerCannot,
    RelayOnly,
    Cascade,
};

struct PathReasonWords
{
    PathReason reason;
    std::string_view name; ///< "relay_only", as status.pathReason
    /// A sentence in English. The catalogues of the windows have it in the context PathReason.
    const char *window;
    std::string_view terminal; ///< in brackets behind the path
};

/// One row of each reason.
std::span<const PathReasonWords> pathReasons();
const PathReasonWords &wordsOf(PathReason reason);
std::string_view toString(PathReason reason);
/// None for a name that is newer than this program.
std::optional<PathReason> parsePathReason(std::string_view name);

} // namespace higgs::protocol
