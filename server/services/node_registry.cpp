// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/node_registry.h"

#include "server/services/candidates.h"

#include <algorithm>

namespace higgs::server {

namespace {

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

void NodeRegistry::restore(const Clocks &now, std::vector<NodeRecord> records)
{
    for (NodeRecord &record : records) {
        Node node;
        node.record = std::move(record);
        node.record.mapped = tellableKept(node.record.mapped);
        const WallTime seen = std::clamp(node.record.lastSeen, WallTime{}, now.wall);
        node.heardAt = now.inside(seen);
        node.online = now.wall - seen <= offlineAfter(node.record.heartbeatInterval);
        if (node.record.lastProof != 0)
            node.spentProofs.restore(now, node.record.lastProof);
        const NodeId id = node.record.id;
        m_byKey[node.record.publicKey.text()] = id;
        if (const auto known = m_nodes.find(id); known != m_nodes.end())
            count(known->second, false);
        Node &kept = m_nodes[id] = std::move(node);
        count(kept, true);
        changed(kept);
    }
    m_startedAt = now.boot;
}

std::size_t NodeRegistry::homesOfKey(const std::string &accessKey) const
{
    const auto found = m_homesOfKey.find(accessKey);
    return found == m_homesOfKey.end() ? 0 : found->second;
}

void NodeRegistry::count(const Node &node, bool more)
{
    if (const std::string &key = node.record.accessKey; !key.empty()) {
        std::size_t &homes = m_homesOfKey[key];
        homes = more ? homes + 1 : homes - 1;
        if (homes == 0)
            m_homesOfKey.erase(key);
    }
    const IpAddress &from = node.record.from;
    if (from.isNull())
        return;
    if (more)
        m_ofNetworks.add(from, node.record.id);
    else
        m_ofNetworks.remove(from, node.record.id);
}

NodeRegistry::Admission NodeRegistry::admit(const IpAddress &from, const NetworkCaps &caps,
                                            bool approvedByHand) const
{
    const auto full = m_ofNetworks.counts().full(from, caps);
    if (!full)
        return {};
    const Node *oldest = nullptr;
    m_ofNetworks.forEachIn(*full, [&](const NodeId &id) {
        const Node *node = find(id);
        if (!node->online && !node->isProven(approvedByHand) &&
            (oldest == nullptr || node->heardAt < oldest->heardAt))
            oldest = node;
    });
    if (oldest == nullptr)
        return {Room::Full, {}};
    return {Room::GivesWay, oldest->record.id};
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

void NodeRegistry::changed(Node &node)
{
    const Node::Tally present = node.online ? Node::Tally::Online : Node::Tally::Offline;
    recount(node, node.record.approved ? present : Node::Tally::Pending);
    book(node);
    if (m_watch)
        m_watch(node, Change::Changed);
}

void NodeRegistry::seen(BootTime now, Node &node)
{
    node.heardAt = now;
    node.heardHere = true;
    node.linkLost = false;
    m_seen[node.record.id] = now;
}

void NodeRegistry::put(BootTime now, NodeRecord record,
                       const std::optional<protocol::Metrics> &metrics)
{
    const NodeId id = record.id;
    Node &node = m_nodes[id];
    if (record.maxConnections < node.record.maxConnections)
        m_shrunk.push_back(id);
    if (!node.record.publicKey.isNull()) {
        m_byKey.erase(node.record.publicKey.text());
        count(node, false);
    } else {
        node.knownSince = now;
    }
    m_byKey[record.publicKey.text()] = id;
    node.record = std::move(record);
    count(node, true);
    node.reported = protocol::NodeStatus::Online;
    node.online = true;
    if (metrics)
        merge(node.metrics, *metrics);
    node.reports += metrics ? 1 : 0;
    seen(now, node);
    changed(node);
}

bool NodeRegistry::noteSeen(const NodeId &id, const IpAddress &from)
{
    Node *node = get(id);
    return node != nullptr && node->seen.note(from);
}

void NodeRegistry::replicate(const Clocks &now, NodeRecord record)
{
    const NodeId id = record.id;
    const bool isNew = !m_nodes.contains(id);
    if (isNew) {
        const BootTime startedAt = m_startedAt;
        restore(now, {std::move(record)});
        m_startedAt = startedAt;
        m_nodes[id].knownSince = now.boot;
        return;
    }
    Node &node = m_nodes[id];
    // The clock's writes say when it was heard of, and come late: what was heard counts.
    record.lastSeen = node.record.lastSeen;
    record.mapped = tellableKept(record.mapped);
    if (record == node.record)
        return;
    if (record.maxConnections < node.record.maxConnections)
        m_shrunk.push_back(id);
    m_byKey.erase(node.record.publicKey.text());
    count(node, false);
    m_byKey[record.publicKey.text()] = id;
    if (record.lastProof > node.record.lastProof)
        node.spentProofs.accept(now, record.lastProof);
    node.record = std::move(record);
    count(node, true);
    changed(node);
}

void NodeRegistry::heardElsewhere(BootTime now, const NodeId &id, protocol::NodeStatus status,
                                  const std::optional<protocol::Metrics> &metrics)
{
    Node *node = get(id);
    if (node == nullptr)
        return;
    node->reported = status;
    node->online = status != protocol::NodeStatus::Offline;
    node->heardAt = now;
    node->heardHere = false;
    node->linkLost = false;
    if (metrics)
        merge(node->metrics, *metrics);
    node->reports += metrics ? 1 : 0;
    changed(*node);
}

void NodeRegistry::undo(const NodeId &id, const std::optional<Node> &before)
{
    remove(id);
    if (before) {
        m_byKey[before->record.publicKey.text()] = id;
        Node &restored = m_nodes.emplace(id, *before).first->second;
        restored.tally = Node::Tally::None;
        count(restored, true);
        changed(restored);
    }
}

void NodeRegistry::remove(const NodeId &id)
{
    const auto found = m_nodes.find(id);
    if (found == m_nodes.end())
        return;
    m_byKey.erase(found->second.record.publicKey.text());
    count(found->second, false);
    if (m_watch)
        m_watch(found->second, Change::Gone);
    recount(found->second, Node::Tally::None);
    m_nodes.erase(found);
    m_seen.erase(id);
    m_silentAt.forget(id);
    m_forgetAt.forget(id);
}

void NodeRegistry::setOffline(const NodeId &id)
{
    if (Node *node = get(id)) {
        node->online = false;
        changed(*node);
    }
}

void NodeRegistry::setApproved(const NodeId &id, bool approved)
{
    if (Node *node = get(id)) {
        node->record.approved = approved;
        changed(*node);
    }
}

bool NodeRegistry::heartbeat(BootTime now, const NodeId &id,
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
    node->reports += request.metrics ? 1 : 0;
    seen(now, *node);
    changed(*node);
    return wasOnline != node->online;
}

bool NodeRegistry::linkOpened(BootTime now, const NodeId &id)
{
    Node *node = get(id);
    if (node == nullptr)
        return false;
    const bool returns = !node->online && node->reported != protocol::NodeStatus::Offline;
    node->online = node->online || returns;
    seen(now, *node);
    changed(*node);
    return returns;
}

void NodeRegistry::linkClosed(BootTime now, const NodeId &id)
{
    if (Node *node = get(id)) {
        node->linkLost = true;
        node->seen = {};
    }
    noteFailure(now, id);
}

void NodeRegistry::noteFailure(BootTime now, const NodeId &id)
{
    if (Node *node = get(id)) {
        node->recentFailures.add(now, FailureHalfLife, 1);
        changed(*node);
    }
}

void NodeRegistry::noteFailedSession(BootTime now, const NodeId &id, const IpAddress &from,
                                     double weight)
{
    Node *node = get(id);
    if (node == nullptr)
        return;
    auto &complaints = node->complaints;
    std::erase_if(complaints,
                  [now](const auto &each) { return now - each.second > ComplaintLife; });
    const IpAddress site = siteOf(from);
    if (std::any_of(complaints.begin(), complaints.end(),
                    [&site](const auto &each) { return each.first == site; }))
        return;
    if (complaints.size() == MaxComplaints)
        complaints.erase(complaints.begin());
    complaints.emplace_back(site, now);
    node->failedSessions.add(now, FailedSessionHalfLife, weight);
    changed(*node);
}

void NodeRegistry::noteGoodSession(BootTime now, const NodeId &id)
{
    Node *node = get(id);
    if (node == nullptr || node->failedSessions.value <= 0)
        return;
    node->failedSessions.add(now, FailedSessionHalfLife, -node->failedSessionsAt(now) / 2);
    changed(*node);
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
    node->reports += metrics.network ? 1 : 0;
    changed(*node);
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
    if (Node *node = get(id)) {
        node->record.maintenance = on;
        changed(*node);
    }
}

void NodeRegistry::order(const NodeOrder &order)
{
    Node *node = get(order.node);
    if (node == nullptr)
        return;
    // Compared for being the same, not for being later: the clock may have been put back.
    std::vector<NodeOrder> &taken = node->ordersTaken;
    if (std::find(taken.begin(), taken.end(), order) != taken.end())
        return;
    std::erase_if(taken, [&order](const NodeOrder &each) { return each.kind == order.kind; });
    taken.push_back(order);
    queueAction(order.node, actionOf(order));
}

void NodeRegistry::acceptProof(const Clocks &now, const NodeId &id, std::int64_t timestamp)
{
    if (Node *node = get(id))
        node->spentProofs.accept(now, timestamp);
}

void NodeRegistry::tokenIssued(const NodeId &id, Seconds issuedAt, BootTime expiresAt)
{
    if (Node *node = get(id)) {
        node->tokenIssuedAt = issuedAt;
        node->tokenExpiresAt = expiresAt;
    }
}

std::vector<AdminAction> NodeRegistry::takeActions(const NodeId &id)
{
    Node *node = get(id);
    return node == nullptr ? std::vector<AdminAction>() : std::exchange(node->pendingActions, {});
}

std::vector<std::pair<NodeId, WallTime>> NodeRegistry::takeSeen(const Clocks &now)
{
    std::vector<std::pair<NodeId, WallTime>> seen;
    for (const auto &[id, at] : std::exchange(m_seen, {}))
        seen.emplace_back(id, now.told(at));
    return seen;
}

} // namespace higgs::server
