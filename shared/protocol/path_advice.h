// SPDX-License-Identifier: GPL-3.0-or-later
// Why a session's traffic takes no shorter way, by what is known of both routers, and what would
// improve that; and the same of a home that guests come to. Pure: codes with their sentences, from
// which status, windows and terminals take theirs.
#pragma once

#include "shared/protocol/nat_type.h"
#include "shared/protocol/path_reason.h"

#include <vector>

namespace higgs::protocol {

/// What the home's router does for a node's port, as far as it matters here.
enum class HomeMapping : std::uint8_t {
    Unknown,          ///< nobody has asked, or said
    Mapped,           ///< the port is open
    Forbidden,        ///< by the owner
    Refused,          ///< the router could, and does not
    Unavailable,      ///< the router offers nothing of the kind
    BehindAnotherNat, ///< the router is itself behind a provider's
};

/// Of a mapping's state by its name ("mapped", "behind-another-nat", ...); Unknown for any other.
HomeMapping parseHomeMapping(std::string_view name);

/// Why there is no direct way, seen from the client. The order is the table's.
enum class PathCause : std::uint8_t {
    OwnFirewall, ///< of this machine itself
    OwnUdpBlocked,
    ExitUdpBlocked,
    Narrow,       ///< large datagrams do not get through
    BothNewPorts, ///< both routers choose a new port for every destination
    OwnNewPortsExitStrict,
    ExitNewPortsOwnStrict,
    OwnNewPorts, ///< the exit's router is of another kind, or not known
    ExitNewPorts,
    NotTold, ///< the exit named no address
    NotFound,
    RoutersUnknown,
    Pinned,
};

/// What would help. For whom each is: the first ones for the user, then the owner of the exit,
/// then the server's operator. The order is the table's.
enum class PathStep : std::uint8_t {
    AllowUdpHere, ///< through this machine's own firewall
    AllowUdp,
    AnotherNetwork,
    AnotherExit,
    AnyPath,
    ExitAllowsUdp,
    ExitOpensPort,
    ExitAllowsMapping,
    OfferTurn,
    MendTurn,
};

/// What is known of a session's way, at the client.
struct PathSituation
{
    PathType path = PathType::Relay;
    PathReason reason = PathReason::RelayOnly;
    NatType own = NatType::Unknown;
    NatType exit = NatType::Unknown; ///< as the server lists it
    HomeMapping exitMapping = HomeMapping::Unknown;
    bool turnOffered = false; ///< by the session's server
    bool turnFails = false;   ///< what is offered does no service
    bool ownFirewall = false; ///< `own` is Blocked, and by this machine's own firewall
};

struct PathAdvice
{
    PathCause cause = PathCause::RoutersUnknown;
    std::vector<PathStep> steps; ///< by the enumeration's order; empty: nobody can help

    friend bool operator==(const PathAdvice &, const PathAdvice &) = default;
};

/// None: the way is the best there is, or the one that was asked for, or still looked for.
std::optional<PathAdvice> advise(const PathSituation &situation);

/// By which routers guests can be in front of, and still reach a home directly.
enum class HomeReach : std::uint8_t {
    Everybody,
    ButNewPorts, ///< all but those whose router chooses a new port for every destination
    OnlyOpen,    ///< those whose router lets everything in that comes from the home's address
    NobodyOut,   ///< this machine's own firewall lets no UDP out
    Nobody,      ///< no UDP gets out
    Unknown,
};

enum class HomeStep : std::uint8_t {
    OpenPort,     ///< by the router's own means, or by hand
    FixPort,      ///< the same where the socket has another port at every start
    FreePort,     ///< another program has the one that the socket shall have
    AllowMapping, ///< in this program's settings
    AskProvider,
    AllowUdpHere, ///< through this machine's own firewall
    AllowUdp,
};

struct HomeAdvice
{
    HomeReach reach = HomeReach::Unknown;
    std::optional<HomeStep> step; ///< none: it is the best already, or nothing is known

    friend bool operator==(const HomeAdvice &, const HomeAdvice &) = default;
};

/// What is known of a home.
struct HomeSituation
{
    NatType own = NatType::Unknown;
    HomeMapping mapping = HomeMapping::Unknown;
    std::uint16_t port = 0;   ///< that the node's UDP socket shall have; 0: another at every start
    bool portTaken = false;   ///< and cannot, as another program has it
    bool ownFirewall = false; ///< `own` is Blocked, and by this machine's own firewall
};

HomeAdvice adviseHome(const HomeSituation &home);

/// A stable name, and a whole sentence in English. The catalogues have it in the context
/// PathAdvice; "%1" in a home's step is its UDP port.
struct AdviceWords
{
    std::string_view name;
    const char *text;
};

const AdviceWords &wordsOf(PathCause cause);
const AdviceWords &wordsOf(PathStep step);
const AdviceWords &wordsOf(HomeReach reach);
const AdviceWords &wordsOf(HomeStep step);
/// By its name, of any of these kinds; null for one that is newer than this program.
const AdviceWords *adviceWords(std::string_view name);
/// What carries, in a sentence to begin with; null where the reason says all.
const char *leadOf(PathType path);

} // namespace higgs::protocol
