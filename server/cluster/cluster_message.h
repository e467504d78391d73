// SPDX-License-Identifier: GPL-3.0-or-later
// What the servers of a cluster tell each other over the bus. Pure; decoding is total, as anybody
// may have written what Redis hands on.
#pragma once

#include "server/cluster/instance_directory.h"
#include "shared/protocol/rest_nodes.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace higgs::server {

/// Every second: here I am. With the number of the latest message, so that a lost last one shows.
struct Presence
{
    Instance instance;
    bool leaving = false;

    friend bool operator==(const Presence &, const Presence &) = default;
};

/// Look at these again in the database: they are new, changed or gone.
struct RowsChanged
{
    std::vector<NodeId> nodes;
    std::vector<SessionId> sessions;

    friend bool operator==(const RowsChanged &, const RowsChanged &) = default;
};

/// What a node last said of itself, and whether its signal link hangs here.
struct NodeHeard
{
    NodeId node;
    protocol::NodeStatus status = protocol::NodeStatus::Online;
    std::optional<protocol::Metrics> metrics;
    bool linked = false;

    friend bool operator==(const NodeHeard &, const NodeHeard &) = default;
};
struct NodesHeard
{
    std::vector<NodeHeard> rows;

    friend bool operator==(const NodesHeard &, const NodesHeard &) = default;
};

/// Which ends of a session are connected to the server that relays it.
struct SessionLegs
{
    SessionId session;
    bool clientOpen = false;
    bool clientJoined = false;
    bool nodeOpen = false;
    bool answered = false;

    friend bool operator==(const SessionLegs &, const SessionLegs &) = default;
};
struct LegsChanged
{
    std::vector<SessionLegs> rows;

    friend bool operator==(const LegsChanged &, const LegsChanged &) = default;
};

/// Candidates on their way to an end that hangs on another server: the node's link, or the relay
/// that the client is on.
struct CandidatesPassed
{
    enum class To { Node, Client };

    To to = To::Node;
    SessionId session;
    std::string text; ///< the message as that end gets it; the receiver reads it anew

    friend bool operator==(const CandidatesPassed &, const CandidatesPassed &) = default;
};

/// Requests that were admitted (sealed_rates.h). Outside the sequence, and with numbers of its own:
/// a server that does not know it yet misses nothing, and neither does one that loses it.
struct RatesSpent
{
    std::string sealed;

    friend bool operator==(const RatesSpent &, const RatesSpent &) = default;
};

/// Somebody has come, or lost something: say again what is in no database.
struct FiguresWanted
{
    friend bool operator==(const FiguresWanted &, const FiguresWanted &) = default;
};

struct ClusterMessage
{
    InstanceId from;
    std::uint64_t run = 0;    ///< random, of the sender's process
    std::uint64_t number = 0; ///< from 1, one more each
    std::variant<Presence, RowsChanged, NodesHeard, LegsChanged, CandidatesPassed, FiguresWanted,
                 RatesSpent>
        payload;

    friend bool operator==(const ClusterMessage &, const ClusterMessage &) = default;
};

/// Rows in one message, so that one is no longer than MaxClusterMessage.
constexpr std::size_t MaxClusterRows = 100;
constexpr std::size_t MaxClusterMessage = 64 * 1024;
/// 32 candidates take 3 KB.
constexpr std::size_t MaxPassedText = 16 * 1024;

std::string encodeClusterMessage(const ClusterMessage &message);
/// Malformed or TooLarge.
Result<ClusterMessage> decodeClusterMessage(std::string_view text);

/// Whether anything of a sender was missed. Pure.
class SequenceWatch
{
public:
    /// Whether it is later than all of its sender that came by here; a process that was not heard
    /// before begins anew.
    bool isNewer(const ClusterMessage &message);
    /// True when something between is missing, or it is another process than before.
    bool missed(const ClusterMessage &message);
    void forget(const InstanceId &instance) { m_latest.erase(instance); }
    void clear() { m_latest.clear(); }

private:
    struct Latest
    {
        std::uint64_t run = 0;
        std::uint64_t number = 0;
    };
    std::unordered_map<InstanceId, Latest> m_latest;
};

} // namespace higgs::server
