// SPDX-License-Identifier: GPL-3.0-or-later
// From a routing request to an ordered list of nodes: who is promised, who matches, who is best.
#pragma once

#include "server/services/route_index.h"
#include "server/services/session_table.h"

#include <functional>

namespace higgs::server {

/// Alternatives in one answer; a client that needs more asks again.
constexpr std::size_t MaxRoutesOffered = 8;

enum class RoutingFailure { UnknownNode, NodeOffline, NodeFull, NoMatchingNode, NoNodeOnline };

struct RoutingMoment
{
    PlaceSeeker seeker;
    std::function<double()> random; ///< uniform in [0, 1); asked once for each choice
    Milliseconds clientLeg{0};      ///< the round trip that TCP sees of the client; 0: not known
};

/// A cascade: its first node, and the exits that it may lead to, best first, never empty.
struct CascadeChoice
{
    NodeId entry;
    std::vector<ScoredRoute> exits;
};

/// A node that was weighed.
struct Weighed
{
    const RouteIndex::Member *member = nullptr;
    protocol::RouteType type = protocol::RouteType::Relay;
    ScoreParts parts;
};

class Routing
{
public:
    /// The references must outlive it; it watches both from now on.
    Routing(NodeRegistry &nodes, SessionTable &sessions, std::uint64_t salt = 0);

    /// Best first, never empty.
    std::variant<std::vector<ScoredRoute>, RoutingFailure>
    choose(const RoutingMoment &now, const protocol::RoutingRequest &request);

    /// With requirements.via: an exit as choose() has it, and another node in that country.
    std::variant<CascadeChoice, RoutingFailure>
    chooseCascade(const RoutingMoment &now, const protocol::RoutingRequest &request);

    /// As choose() without a target, with all that was weighed, best first; valid until something
    /// changes.
    std::vector<Weighed> weigh(const RoutingMoment &now, const protocol::RoutingRequest &request);

    /// What nobody has measured is the median of the node's country, else Estimate's own.
    [[nodiscard]] Estimate estimate(const NodeFigures &figures,
                                    const protocol::CountryCode &country,
                                    Milliseconds clientLeg) const;

    [[nodiscard]] const RouteIndex &index() const { return m_index; }

    /// A session that has ended, and what that says of its node: a client came to it, and stayed
    /// for a while, and its tunnel did or did not come to life.
    void sessionEnded(BootTime now, const Session &session);
    /// A client that leaves sooner may just have changed its mind.
    static constexpr Milliseconds PatienceOfClients = Seconds(4);

private:
    std::variant<std::vector<ScoredRoute>, RoutingFailure>
    chooseTarget(const RoutingMoment &now, const protocol::RoutingRequest &request);
    void follow(const Node &node);

    NodeRegistry &m_nodes;
    SessionTable &m_sessions;
    RouteIndex m_index;
};

} // namespace higgs::server
