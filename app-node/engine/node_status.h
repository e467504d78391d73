// SPDX-License-Identifier: GPL-3.0-or-later
// What a controller may know of the node: values, no behaviour. Guests have no identity here.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/endpoint.h"
#include "shared/base/ids.h"
#include "shared/base/result.h"

#include <optional>
#include <string>
#include <vector>

namespace higgs::node {

enum class NodeState : std::uint8_t {
    Off,      ///< not sharing; nobody can come in
    Starting, ///< registering, or building the exit
    Sharing,  ///< registered, signal link up, exit policy in force
    Limited,  ///< sharing, but new guests are not taken (limit reached or maintenance)
    Problem,  ///< wants to share and cannot; see problem
};

/// The contract's spelling: "off", "starting", ...
std::string_view toString(NodeState state);

enum class NodeProblem : std::uint8_t {
    None,
    ServerUnreachable,
    ServerUntrusted,
    AccessDenied,
    AlreadyRegistered, ///< the server knows this id or key as somebody else's
    PendingApproval,
    ServerRefused,
    NoPermission,
    TunnelFailed,
    ExitFailed, ///< the exit policy could not be put in force, so nothing is shared
};

std::string_view toString(NodeProblem problem);

struct NodeLimits
{
    std::uint32_t maxGuests = 10;
    std::uint32_t upMbps = 0; ///< 0: not stated
    std::uint32_t downMbps = 0;

    friend bool operator==(const NodeLimits &, const NodeLimits &) = default;
};

struct GuestStatus
{
    WallTime since;
    std::string path; ///< "relay"
    bool online = false;
    std::uint64_t rxBytes = 0; ///< from the guest
    std::uint64_t txBytes = 0; ///< to the guest
};

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
    std::vector<GuestStatus> guests;
    std::uint64_t rxBytes = 0; ///< since sharing was switched on, all guests
    std::uint64_t txBytes = 0;
    NodeLimits limits;
    bool signalLinkUp = false;
    std::string tunnelKind;
    std::string egressInterface;
};

} // namespace higgs::node
