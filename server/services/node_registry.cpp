// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/node_registry.h"

#include <algorithm>
#include <cmath>

namespace higgs::server {

namespace {

constexpr Milliseconds OfflineFloor = Seconds(90);
constexpr int MissedIntervals = 3;

template <typename T>
void take(std::optional<T> &known, const std::optional<T> &fresh)
{
    if (fresh)
        known = fresh;
}

void merge(protocol::Metrics &known, const protocol::Metrics &fresh)
{
    take(known.latency, fresh.latency);
    take(known.jitter, fresh.jitter);
    take(known.packetLoss, fresh.packetLoss);
    take(known.cpuUsage, fresh.cpuUsage);
    take(known.memoryUsage, fresh.memoryUsage);
    take(known.activeConnections, fresh.activeConnections);
    take(known.bandwidth, fresh.bandwidth);
}

AdminAction actionOf(const NodeOrder &order)
{
    switch (order.kind) {
    case NodeOrder::Kind::Restart:
        return protocol::RestartAction{};
    case NodeOrder::Kind::Maintenance:
        return maintenanceAction(order.on, order.within);
    case NodeOrder::Kind::Refresh:
        break;
    }
    return protocol::UpdateConfigAction{};
}

} // namespace

AdminAction maintenanceAction(bool on, std::optional<Seconds> within)
{
    protocol::MaintenanceAction action{{{"enabled", on}}};
    if (within)
        action.payload["within"] = within->count();
    return action;
}

Milliseconds offlineAfter(Seconds heartbeatInterval)
{
    return std::max<Milliseconds>(OfflineFloor, heartbeatInterval * MissedIntervals);
}

double Node::failuresAt(WallTime now) const
{
    const auto passed = static_cast<double>(std::max<std::int64_t>(0, (now - failureAt).count()));
    return recentFailures *
           std::exp2(-passed / static_cast<double>(NodeRegistry::FailureHalfLife.count()));
}

void NodeRegistry::restore(WallTime now, std::vector<NodeRecord> records)
{
    for (NodeRecord &record : records) {
        Node node;
        node.record = std::move(record);
        node.online = now - node.record.lastSeen <= offlineAfter(node.record.heartbeatInterval);
        const NodeId id = node.record.id;
        m_byKey[node.record.publicKey.text()] = id;
        m_nodes[id] = std::move(node);
    }
}

const Node *NodeRegistry::find(const NodeId &id) const
{
    const auto found = m_nodes.find(id);
    return found == m_nodes.end() ? nullptr : &found->second;
}

Node *NodeRegistry::get(const NodeId &id)
{
    const auto found = m_nodes.find(id);
    return found == m_nodes.end() ? nullptr : &found->second;
}

const Node *NodeRegistry::findByKey(const protocol::KeyText &key) const
{
    const auto found = m_byKey.find(key.text());
    return found == m_byKey.end() ? nullptr : find(found->second);
}

void NodeRegistry::forEach(const std::function<void(const Node &)> &visit) const
{
    for (const auto &[id, node] : m_nodes)
        visit(node);
}

std::size_t NodeRegistry::count(bool online) const
{
    return static_cast<std::size_t>(
        std::count_if(m_nodes.begin(), m_nodes.end(),
                      [online](const auto &entry) { return entry.second.online == online; }));
}

void NodeRegistry::seen(WallTime now, Node &node)
{
    node.record.lastSeen = now;
    node.linkLost = false;
    m_seen[node.record.id] = now;
}

void NodeRegistry::put(WallTime now, NodeRecord record,
                       const std::optional<protocol::Metrics> &metrics)
{
    const NodeId id = record.id;
    Node &node = m_nodes[id];
    if (!node.record.publicKey.isNull())
        m_byKey.erase(node.record.publicKey.text());
    m_byKey[record.publicKey.text()] = id;
    node.record = std::move(record);
    node.reported = protocol::NodeStatus::Online;
    node.online = true;
    if (metrics)
        merge(node.metrics, *metrics);
    seen(now, node);
}

void NodeRegistry::undo(const NodeId &id, const std::optional<Node> &before)
{
    remove(id);
    if (before) {
        m_byKey[before->record.publicKey.text()] = id;
        m_nodes.emplace(id, *before);
    }
}

void NodeRegistry::remove(const NodeId &id)
{
    const auto found = m_nodes.find(id);
    if (found == m_nodes.end())
        return;
    m_byKey.erase(found->second.record.publicKey.text());
    m_nodes.erase(found);
    m_seen.erase(id);
}

void NodeRegistry::setApproved(const NodeId &id, bool approved)
{
    if (Node *node = get(id))
        node->record.approved = approved;
}

bool NodeRegistry::heartbeat(WallTime now, const NodeId &id,
                             const protocol::HeartbeatRequest &request)
{
    Node *node = get(id);
    if (node == nullptr)
        return false;
    const bool wasOnline = node->online;
    node->reported = request.status;
    node->online = request.status != protocol::NodeStatus::Offline;
    if (request.metrics)
        merge(node->metrics, *request.metrics);
    seen(now, *node);
    return wasOnline != node->online;
}

bool NodeRegistry::linkOpened(WallTime now, const NodeId &id)
{
    Node *node = get(id);
    if (node == nullptr)
        return false;
    const bool returns = !node->online && node->reported != protocol::NodeStatus::Offline;
    node->online = node->online || returns;
    seen(now, *node);
    return returns;
}

void NodeRegistry::linkClosed(WallTime now, const NodeId &id)
{
    if (Node *node = get(id))
        node->linkLost = true;
    noteFailure(now, id);
}

void NodeRegistry::noteFailure(WallTime now, const NodeId &id)
{
    if (Node *node = get(id)) {
        node->recentFailures = node->failuresAt(now) + 1;
        node->failureAt = now;
    }
}

void NodeRegistry::report(const NodeId &id, const protocol::MetricsReport &metrics)
{
    Node *node = get(id);
    if (node == nullptr)
        return;
    if (metrics.network) {
        take(node->metrics.latency, metrics.network->latency);
        take(node->metrics.jitter, metrics.network->jitter);
        take(node->metrics.packetLoss, metrics.network->packetLoss);
        take(node->metrics.bandwidth, metrics.network->bandwidth);
    }
    if (metrics.system) {
        take(node->metrics.cpuUsage, metrics.system->cpuUsage);
        take(node->metrics.memoryUsage, metrics.system->memoryUsage);
    }
}

bool NodeRegistry::queueAction(const NodeId &id, AdminAction action)
{
    Node *node = get(id);
    if (node == nullptr || node->pendingActions.size() >= MaxPendingActions)
        return false;
    node->pendingActions.push_back(std::move(action));
    return true;
}

void NodeRegistry::setMaintenance(const NodeId &id, bool on)
{
    if (Node *node = get(id))
        node->record.maintenance = on;
}

void NodeRegistry::order(const NodeOrder &order)
{
    Node *node = get(order.node);
    if (node == nullptr || order.givenAt <= node->ordersUntil)
        return;
    node->ordersUntil = order.givenAt;
    queueAction(order.node, actionOf(order));
}

std::vector<AdminAction> NodeRegistry::takeActions(const NodeId &id)
{
    Node *node = get(id);
    return node == nullptr ? std::vector<AdminAction>() : std::exchange(node->pendingActions, {});
}

std::vector<NodeId> NodeRegistry::sweep(WallTime now)
{
    std::vector<NodeId> gone;
    for (auto &[id, node] : m_nodes) {
        if (!node.online ||
            now - node.record.lastSeen <= offlineAfter(node.record.heartbeatInterval))
            continue;
        node.online = false;
        gone.push_back(id);
    }
    return gone;
}

std::vector<std::pair<NodeId, WallTime>> NodeRegistry::takeSeen()
{
    std::vector<std::pair<NodeId, WallTime>> seen(m_seen.begin(), m_seen.end());
    m_seen.clear();
    return seen;
}

} // namespace higgs::server
