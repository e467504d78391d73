// SPDX-License-Identifier: GPL-3.0-or-later
// Every registered node, what it last said of itself, and whether it is online.
#pragma once

#include "server/cache/due_times.h"
#include "server/cache/network_members.h"
#include "server/services/candidates.h"
#include "server/services/recent_count.h"
#include "server/storage/records.h"
#include "shared/protocol/rest_metrics.h"

#include <array>
#include <functional>
#include <set>
#include <string_view>
#include <unordered_map>

namespace higgs::server {

/// Silence after which a node is offline: 90 s, or three of its own intervals (WIRE.md, Register).
Milliseconds offlineAfter(Seconds heartbeatInterval);

/// The proofs that were accepted lately, by their timestamps: after the wall clock was put back, a
/// later one has an earlier time, and none may be used twice.
class SpentProofs
{
public:
    static constexpr std::size_t Kept = 8;

    /// Of an earlier run: the latest, as it was written down.
    void restore(const Clocks &now, std::int64_t latest);
    void accept(const Clocks &now, std::int64_t timestamp);
    /// Whether a proof of that time is later than the latest, had the clock never been put back.
    [[nodiscard]] bool admits(const Clocks &now, std::int64_t timestamp) const;

private:
    std::vector<std::int64_t> m_spent; ///< oldest first
    std::int64_t m_latest = 0;
    Milliseconds m_offset{0}; ///< of the clocks when the latest was accepted
};

/// What an administrator asks of a node.
using AdminAction = std::variant<protocol::UpdateConfigAction, protocol::RestartAction,
                                 protocol::MaintenanceAction>;

/// `within`: after which those still there have to go; absent: as the node thinks best.
AdminAction maintenanceAction(bool on, std::optional<Seconds> within);

struct Node
{
    NodeRecord record;
    BootTime heardAt;    ///< the latest sign of life
    BootTime knownSince; ///< in this process; zero for one of an earlier run
    protocol::NodeStatus reported = protocol::NodeStatus::Online;
    protocol::Metrics metrics; ///< the latest known value of each figure
    std::uint32_t reports = 0; ///< how often it gave figures
    bool online = false;
    SeenAt seen;                ///< where its token was shown, since its signal link broke last
    bool heardHere = false;     ///< and not only by another server of the cluster
    bool linkLost = false;      ///< the signal link broke, and nothing has been heard since
    RecentCount recentFailures; ///< of its signal link
    RecentCount failedSessions; ///< that clients came to, and that never came to life
    std::vector<std::pair<IpAddress, BootTime>> complaints; ///< who those were, the latest last
    std::vector<AdminAction> pendingActions; ///< each is given once, in a heartbeat's answer
    std::vector<NodeOrder> ordersTaken;      ///< the latest of each kind that was made an action
    SpentProofs spentProofs;
    /// Of the latest token: the clock may be put right while it lives.
    Seconds tokenIssuedAt{0};
    BootTime tokenExpiresAt;
    /// As the registry counts it; its own to set.
    enum class Tally : std::uint8_t { None, Pending, Online, Offline } tally = Tally::None;

    [[nodiscard]] bool isOffered() const
    {
        return online && record.approved && !record.maintenance && record.maxConnections > 0;
    }
    [[nodiscard]] double failuresAt(BootTime now) const;
    [[nodiscard]] double failedSessionsAt(BootTime now) const;
    /// It has shown that it has its key, or the operator has let it in by hand.
    [[nodiscard]] bool isProven(bool approvedByHand) const
    {
        return record.lastProof != 0 || (approvedByHand && record.approved);
    }
};

/// When a silent node is forgotten.
struct ForgetRule
{
    Milliseconds proven{0};
    Milliseconds unproven{0};
    bool approvedByHand = false; ///< an approval is the operator's word

    friend bool operator==(const ForgetRule &, const ForgetRule &) = default;
};

/// Pure: time comes as an argument.
class NodeRegistry
{
public:
    static constexpr Milliseconds FailureHalfLife = Seconds(60);
    /// A node whose tunnel does not come up is tried again by somebody after some minutes.
    static constexpr Milliseconds FailedSessionHalfLife = std::chrono::minutes(5);
    /// Of one subscriber a second failed session in this time says nothing new: whoever only
    /// pretends to fail moves a node little.
    static constexpr Milliseconds ComplaintLife = std::chrono::minutes(10);
    static constexpr std::size_t MaxComplaints = 8; ///< the oldest are dropped
    /// More are refused: a node that never asks must not make the server grow.
    static constexpr std::size_t MaxPendingActions = 16;

    /// Every node has so long to be heard after a start, as the clock may have been put wrong.
    static constexpr Milliseconds GraceAfterStart = std::chrono::hours(1);
    /// Forgotten in one turn; the others wait for the next.
    static constexpr std::size_t MaxForgottenAtOnce = 200;

    enum class Change { Changed, Gone };
    /// Hears of every change, at once; a node that is gone, while it is still there. One at most.
    using Watch = std::function<void(const Node &, Change)>;
    void watch(Watch watch) { m_watch = std::move(watch); }

    /// Nodes of an earlier run; each is online as far as its last heartbeat says.
    void restore(const Clocks &now, std::vector<NodeRecord> records);

    enum class Room {
        Free,
        Full,     ///< this address or its network has as many nodes as one may have
        GivesWay, ///< `who` of what is full, which never proved anything and is away, does
    };
    struct Admission
    {
        Room room = Room::Free;
        NodeId who;
    };
    [[nodiscard]] Admission admit(const IpAddress &from, const NetworkCaps &caps,
                                  bool approvedByHand) const;
    /// Who was silent for longer than the rule allows, MaxForgottenAtOnce at most.
    [[nodiscard]] std::vector<NodeId> forgettable(BootTime now, const ForgetRule &rule);

    [[nodiscard]] const Node *find(const NodeId &id) const;
    [[nodiscard]] const Node *findByKey(const protocol::KeyText &key) const;
    [[nodiscard]] std::size_t size() const { return m_nodes.size(); }
    void forEach(const std::function<void(const Node &)> &visit) const;
    /// Of those that wait for approval; else of those that are online, or not.
    [[nodiscard]] std::size_t count(Node::Tally tally) const
    {
        return m_tally[static_cast<std::size_t>(tally)];
    }
    /// Nodes that the access key of this digest let in.
    [[nodiscard]] std::size_t homesOfKey(const std::string &accessKey) const;
    /// Nodes with fewer places than before, since the last call.
    std::vector<NodeId> takeShrunk() { return std::exchange(m_shrunk, {}); }

    /// The node has shown its token from here. True: it is news.
    bool noteSeen(const NodeId &id, const IpAddress &from);
    /// Adds or replaces a node. It is online from now on.
    void put(BootTime now, NodeRecord record, const std::optional<protocol::Metrics> &metrics);
    /// As another server has written it down, and not heard of here.
    void replicate(const Clocks &now, NodeRecord record);
    /// Another server has heard it say this.
    void heardElsewhere(BootTime now, const NodeId &id, protocol::NodeStatus status,
                        const std::optional<protocol::Metrics> &metrics);
    /// Puts back what was there before a put() that could not be stored; null: nothing was.
    void undo(const NodeId &id, const std::optional<Node> &before);
    void remove(const NodeId &id);
    /// Until it is heard of again.
    void setOffline(const NodeId &id);
    void setApproved(const NodeId &id, bool approved);
    /// The storage's word on it; what the node is told comes by order().
    void setMaintenance(const NodeId &id, bool on);

    /// True when the node was offline, or went offline by its own word.
    bool heartbeat(BootTime now, const NodeId &id, const protocol::HeartbeatRequest &request);
    /// A sign of life other than a heartbeat: the signal link opened. True when it was offline.
    bool linkOpened(BootTime now, const NodeId &id);
    void linkClosed(BootTime now, const NodeId &id);
    void noteFailure(BootTime now, const NodeId &id);
    /// A client at `from` came to a session on it in vain: wholly (`weight` 1) or as far as can be
    /// told (less).
    void noteFailedSession(BootTime now, const NodeId &id, const IpAddress &from, double weight);
    /// A session on it came to life: what was said against it counts half.
    void noteGoodSession(BootTime now, const NodeId &id);
    void report(const NodeId &id, const protocol::MetricsReport &metrics);

    bool queueAction(const NodeId &id, AdminAction action);
    /// Pending from now on, unless it already was: the storage may be read again before it has
    /// forgotten an order.
    void order(const NodeOrder &order);
    std::vector<AdminAction> takeActions(const NodeId &id);
    void acceptProof(const Clocks &now, const NodeId &id, std::int64_t timestamp);
    void tokenIssued(const NodeId &id, Seconds issuedAt, BootTime expiresAt);

    /// Marks the silent ones, and returns them.
    std::vector<NodeId> sweep(BootTime now);
    /// Nodes heard of since the last call, for the storage.
    std::vector<std::pair<NodeId, WallTime>> takeSeen(const Clocks &now);

private:
    Node *get(const NodeId &id);
    void changed(Node &node);
    void book(const Node &node);
    void recount(Node &node, Node::Tally tally);
    [[nodiscard]] BootTime forgetAt(const Node &node, const ForgetRule &rule) const;
    void seen(BootTime now, Node &node);
    void count(const Node &node, bool more);

    std::unordered_map<NodeId, Node> m_nodes;
    std::unordered_map<std::string, NodeId> m_byKey;
    std::unordered_map<NodeId, BootTime> m_seen;
    BootTime m_startedAt;
    NetworkMembers<NodeId> m_ofNetworks;
    std::unordered_map<std::string, std::size_t> m_homesOfKey;
    DueTimes<NodeId, BootTime> m_silentAt; ///< of those online: offline unless heard of
    DueTimes<NodeId, BootTime> m_forgetAt; ///< of the others
    ForgetRule m_rule;                     ///< by which they are booked
    std::array<std::size_t, 4> m_tally{};  ///< by Node::Tally
    std::vector<NodeId> m_shrunk;
    Watch m_watch;
};

} // namespace higgs::server
