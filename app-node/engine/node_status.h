// SPDX-License-Identifier: GPL-3.0-or-later
// What a controller may know of the node: values, no behaviour. Guests have no identity here.
#pragma once

#include "app-node/engine/hour_ledger.h"
#include "app-node/engine/neighbour_control.h"
#include "app-node/engine/sharing_policy.h"
#include "shared/base/clock.h"
#include "shared/base/endpoint.h"
#include "shared/base/ids.h"
#include "shared/base/result.h"
#include "shared/paths/datagram_losses.h"
#include "shared/paths/mux_counters.h"
#include "shared/paths/nat_report.h"
#include "shared/portmap/port_mapping_core.h"
#include "shared/protocol/path_advice.h"
#include "shared/protocol/path_reason.h"
#include "shared/tunnel/exit_attack.h"

#include <optional>
#include <string>
#include <vector>

namespace higgs::node {

enum class NodeState : std::uint8_t {
    Off,      ///< not sharing; nobody can come in
    Starting, ///< registering, or building the exit
    Sharing,  ///< registered, signal link up, exit policy in force
    Limited,  ///< wants to share, and a limit holds it back; see limitReason
    Problem,  ///< wants to share and cannot; see problem
};

/// The contract's spelling: "off", "starting", ...
std::string_view toString(NodeState state);

enum class NodeProblem : std::uint8_t {
    None,
    ServerUnreachable,
    ServerUntrusted,
    CertificateDates, ///< the server's certificate is not valid at this machine's time
    AccessDenied,
    AlreadyRegistered, ///< the server knows this id or key as somebody else's
    PendingApproval,
    ServerRefused,
    NoPermission,
    TunnelFailed,
    ExitFailed, ///< the exit policy could not be put in force, so nothing is shared
    ExitUnsafe, ///< the self-test reached the home, or the rules in force are not ours
    NoServer,   ///< none is configured
};

std::string_view toString(NodeProblem problem);

struct GuestStatus
{
    std::uint64_t number = 0; ///< opaque, never used again
    WallTime since;
    protocol::PathType path = protocol::PathType::Relay;
    bool online = false;
    bool away = false;         ///< no path leads to it, and none has for some seconds
    std::uint64_t rxBytes = 0; ///< from the guest
    std::uint64_t txBytes = 0; ///< to the guest
    double rxMbps = 0;         ///< of the last second
    double txMbps = 0;
    bool cut = false; ///< the fuse refuses its new connections for a while
};

/// The running month.
struct VolumeStatus
{
    std::uint64_t usedBytes = 0;
    WallTime from;
    WallTime resetsAt;
};

struct NeighbourStatus
{
    NeighbourState state = NeighbourState::Off;
    std::optional<double> allowedMbps; ///< for guests, each way; none: all there is
    std::optional<double> queueMs;     ///< what the line adds to a round trip now
};

std::string_view toString(NeighbourState state);

struct NodeStatus
{
    NodeState state = NodeState::Off;
    NodeProblem problem = NodeProblem::None;
    std::string problemDetail; ///< English, no secrets
    NodeId nodeId;
    std::string country;
    std::string region;
    std::string natType = "Unknown";
    std::optional<Endpoint> mappedAddress;
    std::vector<NatReport> nat;     ///< of the home's router, in each family
    protocol::HomeAdvice advice;    ///< how guests reach this home, and what would help
    std::uint16_t udpPort = 0;      ///< that the public UDP socket has, or will have; 0: any
    std::uint16_t udpPortTaken = 0; ///< that it shall have, and another program has; 0: none
    bool ownFirewall = false;       ///< by which natType is Blocked: this machine's
    portmap::MapperStatus mapping;  ///< what the router was asked to open
    MuxCounters udpRefused;         ///< by the public UDP socket
    std::vector<GuestStatus> guests;
    std::uint64_t rxBytes = 0; ///< since sharing was switched on, all guests
    std::uint64_t txBytes = 0;
    DatagramLosses lost; ///< of all guests, since sharing was switched on
    double rxMbps = 0;   ///< of the last second
    double txMbps = 0;
    bool sharing = false; ///< what the owner wants
    WallTime since;       ///< of this state
    LimitReason limitReason = LimitReason::None;
    std::optional<WallTime> limitUntil;
    std::optional<WallTime> pausedUntil;
    DayUsage today;
    VolumeStatus volume;
    Surroundings surroundings;
    std::optional<ExitSafety> safety; ///< of the last self-test
    std::uint64_t fuseTrips = 0;      ///< since sharing was switched on
    NeighbourStatus neighbour;
    NodeLimits limits;
    bool signalLinkUp = false;
    std::string serverVersion; ///< of its software, as it says; empty: not asked yet
    std::string tunnelKind;
    std::string barrierFault; ///< why no filter on the tunnel guards all that nftables does
    std::string egressInterface;
};

} // namespace higgs::node
