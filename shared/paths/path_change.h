// SPDX-License-Identifier: GPL-3.0-or-later
// What becomes of a path.
#pragma once

#include <cstdint>
#include <string>

namespace higgs {

enum class PathPhase : std::uint8_t {
    Opening, ///< carries nothing yet
    Open,
    Quiet,  ///< stands, but the other end is not there; it may be back, with nothing lost
    Idle,   ///< no way is known; one is looked for, now and then
    Closed, ///< for good
};

/// Why a path closed, or why a session has none, in the terms that matter for what follows.
enum class PathEnd : std::uint8_t {
    Broke,       ///< any failure that is none of the others: the session may live on
    SessionOver, ///< the other end or the server ended the session
    Replaced,    ///< another connection of this end has its place
    Untrusted,   ///< who answered is not the server
    NotValidNow, ///< the server's certificate is good at another time than this machine's clock
                 ///< shows
    NotAllowed,  ///< it leads where nobody may send to on a server's word
    NoAddress,   ///< nobody knows where it leads
    PeerGone,    ///< the other end did not come back in time
    NoWay,       ///< of the kind that was asked for
};

struct PathClose
{
    PathEnd end = PathEnd::Broke;
    std::string detail; ///< English, for the log; no secrets
};

struct PathChange
{
    PathPhase phase = PathPhase::Opening;
    PathClose close; ///< when it is Closed
};

} // namespace higgs
