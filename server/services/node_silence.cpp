// SPDX-License-Identifier: GPL-3.0-or-later
// Nodes that are not heard of: offline after a while, and forgotten after a long one. Each is
// looked at when it is due.
#include "server/services/node_registry.h"

#include <algorithm>

namespace higgs::server {

namespace {

constexpr Milliseconds OfflineFloor = Seconds(90);
constexpr int MissedIntervals = 3;

} // namespace

Milliseconds offlineAfter(Seconds heartbeatInterval)
{
    return std::max<Milliseconds>(OfflineFloor, heartbeatInterval * MissedIntervals);
}

BootTime NodeRegistry::forgetAt(const Node &node, const ForgetRule &rule) const
{
    const Milliseconds patience = node.isProven(rule.approvedByHand) ? rule.proven : rule.unproven;
    return std::max(node.heardAt + patience, m_startedAt + std::min(patience, GraceAfterStart));
}

std::vector<NodeId> NodeRegistry::forgettable(BootTime now, const ForgetRule &rule)
{
    if (!(std::exchange(m_rule, rule) == rule)) {
        for (const auto &[id, node] : m_nodes)
            book(node);
    }
    std::vector<NodeId> silent;
    for (const NodeId &id : m_forgetAt.take(now, MaxForgottenAtOnce)) {
        const Node *node = find(id);
        if (node == nullptr || node->online)
            continue;
        const BootTime at = forgetAt(*node, rule);
        m_forgetAt.bookBy(id, at); // until it is removed
        if (now > at)
            silent.push_back(id);
    }
    return silent;
}

void NodeRegistry::recount(Node &node, Node::Tally tally)
{
    --m_tally[static_cast<std::size_t>(node.tally)];
    ++m_tally[static_cast<std::size_t>(node.tally = tally)];
}

void NodeRegistry::book(const Node &node)
{
    if (node.online)
        m_silentAt.bookBy(node.record.id,
                          node.heardAt + offlineAfter(node.record.heartbeatInterval));
    else
        m_forgetAt.bookBy(node.record.id, forgetAt(node, m_rule));
}

std::vector<NodeId> NodeRegistry::sweep(BootTime now)
{
    std::vector<NodeId> gone;
    for (const NodeId &id : m_silentAt.take(now)) {
        Node *node = get(id);
        if (node == nullptr || !node->online)
            continue;
        if (now - node->heardAt <= offlineAfter(node->record.heartbeatInterval)) {
            book(*node);
            continue;
        }
        node->online = false;
        changed(*node);
        gone.push_back(id);
    }
    return gone;
}

} // namespace higgs::server
