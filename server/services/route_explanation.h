// SPDX-License-Identifier: GPL-3.0-or-later
// Why routing would answer as it does: for operators, who may look at every node.
#pragma once

#include "server/services/routing.h"

namespace higgs::server {

/// Why a node is not among the candidates, the first reason that holds.
enum class LeftOut : std::uint8_t {
    Pending,     ///< not approved
    Maintenance, ///< the operator's word
    Offline,
    NoPlaces,     ///< it neither routes nor translates
    OtherCountry, ///< than the promised one
    TooNarrow,    ///< minBandwidth
    TooSlow,      ///< maxLatency
    Full,
    NotDrawn, ///< it fits: others were drawn
};
constexpr std::size_t LeftOutCount = 9;
/// "pending", "maintenance", ...
std::string_view toString(LeftOut reason);

struct RouteExplanation
{
    /// Of each reason so many are named.
    static constexpr std::size_t NamedOfEach = 20;
    /// Of the candidates so many are shown, best first.
    static constexpr std::size_t ShownCandidates = 64;

    struct Group
    {
        std::size_t count = 0;
        std::vector<NodeId> named;
    };
    struct Candidate
    {
        NodeId node;
        std::string region;
        protocol::RouteType type = protocol::RouteType::Relay;
        NodeFigures figures;
        double failures = 0;       ///< of its link, as they weigh now
        double failedSessions = 0; ///< as they weigh now
        ScoreParts parts;
        Estimate estimate;
    };

    std::size_t nodes = 0;      ///< registered
    std::size_t considered = 0; ///< candidates, shown or not
    std::vector<Candidate> candidates;
    std::array<Group, LeftOutCount> leftOut;
    /// Of the node that was asked about: why not; absent where it is a candidate or not known.
    std::optional<LeftOut> targetLeftOut;
};

/// A look at every node: some tens of milliseconds for a hundred thousand. A target in `request`
/// is explained, and changes nothing else.
RouteExplanation explainRoutes(Routing &routing, const NodeRegistry &nodes,
                               const SessionTable &sessions, const RoutingMoment &now,
                               const protocol::RoutingRequest &request);

} // namespace higgs::server
