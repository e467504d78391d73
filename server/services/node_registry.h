// SPDX-License-Identifier: GPL-3.0-or-later
// Every registered node, what it last said of itself, and whether it is online.
#pragma once

#include "server/storage/records.h"
#include "shared/protocol/rest_metrics.h"

#include <functional>
#include <string_view>
#include <unordered_map>

namespace higgs::server {

/// Silence after which a node is offline: 90 s, or three of its own intervals (WIRE.md, Register).
Milliseconds offlineAfter(Seconds heartbeatInterval);

/// What an administrator asks of a node.
using AdminAction = std::variant<protocol::UpdateConfigAction, protocol::RestartAction,
                                 protocol::MaintenanceAction>;

/// `within`: after which those still there have to go; absent: as the node thinks best.
AdminAction maintenanceAction(bool on, std::optional<Seconds> within);

struct Node
{
    NodeRecord record;
    protocol::NodeStatus reported = protocol::NodeStatus::Online;
    protocol::Metrics metrics; ///< the latest known value of each figure
    bool online = false;
    bool linkLost = false;     ///< the signal link broke, and nothing has been heard since
    double recentFailures = 0; ///< as of `failureAt`; halves every FailureHalfLife
    WallTime failureAt;
    std::vector<AdminAction> pendingActions; ///< each is given once, in a heartbeat's answer
    WallTime ordersUntil;                    ///< the operator's later ones are not pending yet

    [[nodiscard]] bool isOffered() const
    {
        return online && record.approved && !record.maintenance;
    }
    [[nodiscard]] double failuresAt(WallTime now) const;
};

/// Pure: time comes as an argument.
class NodeRegistry
{
public:
    static constexpr Milliseconds FailureHalfLife = Seconds(60);
    /// More are refused: a node that never asks must not make the server grow.
    static constexpr std::size_t MaxPendingActions = 16;

    /// Nodes of an earlier run; each is online as far as its last heartbeat says.
    void restore(WallTime now, std::vector<NodeRecord> records);

    [[nodiscard]] const Node *find(const NodeId &id) const;
    [[nodiscard]] const Node *findByKey(const protocol::KeyText &key) const;
    [[nodiscard]] std::size_t size() const { return m_nodes.size(); }
    void forEach(const std::function<void(const Node &)> &visit) const;
    [[nodiscard]] std::size_t count(bool online) const;

    /// Adds or replaces a node. It is online from now on.
    void put(WallTime now, NodeRecord record, const std::optional<protocol::Metrics> &metrics);
    /// Puts back what was there before a put() that could not be stored; null: nothing was.
    void undo(const NodeId &id, const std::optional<Node> &before);
    void remove(const NodeId &id);
    void setApproved(const NodeId &id, bool approved);
    /// The storage's word on it; what the node is told comes by order().
    void setMaintenance(const NodeId &id, bool on);

    /// True when the node was offline, or went offline by its own word.
    bool heartbeat(WallTime now, const NodeId &id, const protocol::HeartbeatRequest &request);
    /// A sign of life other than a heartbeat: the signal link opened. True when it was offline.
    bool linkOpened(WallTime now, const NodeId &id);
    void linkClosed(WallTime now, const NodeId &id);
    void noteFailure(WallTime now, const NodeId &id);
    void report(const NodeId &id, const protocol::MetricsReport &metrics);

    bool queueAction(const NodeId &id, AdminAction action);
    /// Pending from now on, unless it already was: the storage may be read again before it has
    /// forgotten an order.
    void order(const NodeOrder &order);
    std::vector<AdminAction> takeActions(const NodeId &id);

    /// Marks the silent ones, and returns them.
    std::vector<NodeId> sweep(WallTime now);
    /// Nodes heard of since the last call, for the storage.
    std::vector<std::pair<NodeId, WallTime>> takeSeen();

private:
    Node *get(const NodeId &id);
    void seen(WallTime now, Node &node);

    std::unordered_map<NodeId, Node> m_nodes;
    std::unordered_map<std::string, NodeId> m_byKey;
    std::unordered_map<NodeId, WallTime> m_seen;
};

} // namespace higgs::server
