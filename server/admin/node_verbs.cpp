// SPDX-License-Identifier: GPL-3.0-or-later
// Registered nodes: the list, approval, removal, and the orders that wait until a node is told.
#include "server/admin/admin_verbs.h"

#include <algorithm>

namespace higgs::server {

namespace {

using protocol::Json;

// Some 600 bytes each: far below what one answer on the socket may have.
constexpr std::size_t NodesInOneAnswer = 1000;
constexpr Seconds LongestMaintenanceNotice{86'400};

struct ListParams
{
    std::optional<NodeId> after;       ///< the last one of the answer before
    std::optional<std::string> status; ///< only those of this standing
};

struct OrderParams
{
    NodeId node;
    bool on = false;
    std::optional<Seconds> within;
};

const char *standingOf(const NodeRecord &node)
{
    if (!node.approved)
        return "pending";
    return node.maintenance ? "maintenance" : "approved";
}

Json rowOf(const NodeRecord &node)
{
    Json row{{"nodeId", node.id.text()},
             {"country", node.country.text()},
             {"status", standingOf(node)},
             {"publicKey", node.publicKey.text()},
             {"lastSeen", node.lastSeen.ms},
             {"registeredAt", node.registeredAt.ms},
             {"natType", protocol::toString(node.natType)},
             {"places", node.maxConnections},
             {"heartbeatInterval", node.heartbeatInterval.count()}};
    if (node.bandwidthUp && node.bandwidthDown)
        row["offered"] = {{"up", *node.bandwidthUp}, {"down", *node.bandwidthDown}};
    return row;
}

/// What only a running server knows of a node: whether it is there, and what it last said of
/// itself.
void addLive(const ServerState &state, Json &row, const NodeId &id)
{
    const Node *node = state.nodes.find(id);
    if (node == nullptr)
        return;
    row["online"] = node->online;
    row["sessions"] = state.sessions.ofNode(id).size();
    protocol::HeartbeatRequest said;
    said.metrics = node->metrics;
    row["figures"] = protocol::toJson(said)["metrics"];
}

/// The next ones in the order of their ids, and whether there are more.
Json page(std::vector<NodeRecord> nodes, const ListParams &asked, const ServerState *live)
{
    std::erase_if(nodes, [&](const NodeRecord &node) {
        return (asked.after && node.id.text() <= asked.after->text()) ||
               (asked.status && *asked.status != standingOf(node));
    });
    const std::size_t count = std::min(nodes.size(), NodesInOneAnswer);
    std::partial_sort(
        nodes.begin(), nodes.begin() + static_cast<std::ptrdiff_t>(count), nodes.end(),
        [](const NodeRecord &a, const NodeRecord &b) { return a.id.text() < b.id.text(); });
    Json rows = Json::array();
    for (std::size_t i = 0; i < count; ++i) {
        rows.push_back(rowOf(nodes[i]));
        if (live != nullptr)
            addLive(*live, rows.back(), nodes[i].id);
    }
    return {{"nodes", std::move(rows)}, {"more", nodes.size() > count}};
}

void list(const AdminScene &scene, const Json &params, AdminReply reply)
{
    const auto asked = adminParams<ListParams>(params, {"after", "status"},
                                               [](protocol::FieldReader &reader, ListParams &out) {
                                                   reader.optional("after", out.after);
                                                   reader.optional("status", out.status);
                                               });
    if (!asked)
        return reply(unexpected(asked.error()));
    if (scene.live != nullptr) {
        // A running server knows better than its storage when a node was heard of.
        std::vector<NodeRecord> nodes;
        const Clocks now = clocksNow();
        scene.live->nodes.forEach([&](const Node &node) {
            nodes.push_back(node.record);
            nodes.back().lastSeen = now.told(node.heardAt);
        });
        return reply(page(std::move(nodes), *asked, scene.live));
    }
    scene.storage.load(wallNow(), whenStored<StoredState>(
                                      [reply, asked = *asked](const Result<StoredState> &stored) {
                                          if (!stored)
                                              return reply(unexpected(stored.error()));
                                          reply(page(stored->nodes, asked, nullptr));
                                      }));
}

Result<NodeId> readNode(const Json &params)
{
    return adminParams<NodeId>(params, {"nodeId"}, [](protocol::FieldReader &reader, NodeId &out) {
        reader.required("nodeId", out);
    });
}

void setApproved(const AdminScene &scene, bool approved, const Json &params, AdminReply reply)
{
    const auto node = readNode(params);
    if (!node)
        return reply(unexpected(node.error()));
    scene.storage.approveNode(*node, approved, replyWhenInForce(scene, std::move(reply)));
}

void approve(const AdminScene &scene, const Json &params, AdminReply reply)
{
    setApproved(scene, true, params, std::move(reply));
}

void unapprove(const AdminScene &scene, const Json &params, AdminReply reply)
{
    setApproved(scene, false, params, std::move(reply));
}

void remove(const AdminScene &scene, const Json &params, AdminReply reply)
{
    const auto node = readNode(params);
    if (!node)
        return reply(unexpected(node.error()));
    scene.storage.removeNode(*node, replyWhenInForce(scene, std::move(reply)));
}

void order(const AdminScene &scene, NodeOrder::Kind kind, const Json &params, AdminReply reply)
{
    const auto node = readNode(params);
    if (!node)
        return reply(unexpected(node.error()));
    NodeOrder given;
    given.node = *node;
    given.kind = kind;
    given.givenAt = wallNow();
    scene.storage.orderNode(given, replyWhenInForce(scene, std::move(reply)));
}

void refresh(const AdminScene &scene, const Json &params, AdminReply reply)
{
    order(scene, NodeOrder::Kind::Refresh, params, std::move(reply));
}

void restart(const AdminScene &scene, const Json &params, AdminReply reply)
{
    order(scene, NodeOrder::Kind::Restart, params, std::move(reply));
}

void maintenance(const AdminScene &scene, const Json &params, AdminReply reply)
{
    const auto asked = adminParams<OrderParams>(
        params, {"nodeId", "on", "within"}, [](protocol::FieldReader &reader, OrderParams &out) {
            reader.required("nodeId", out.node);
            reader.required("on", out.on);
            reader.optional("within", out.within);
        });
    if (!asked)
        return reply(unexpected(asked.error()));
    if (asked->within && (!asked->on || *asked->within > LongestMaintenanceNotice))
        return reply(unexpected(ErrorCode::InvalidArgument,
                                "only maintenance that begins takes a notice, of a day at most"));
    NodeOrder given;
    given.node = asked->node;
    given.kind = NodeOrder::Kind::Maintenance;
    given.on = asked->on;
    given.within = asked->within;
    given.givenAt = wallNow();
    scene.storage.orderNode(given, replyWhenInForce(scene, std::move(reply)));
}

constexpr AdminVerb Verbs[] = {
    {"node.list", list},           {"node.approve", approve}, {"node.remove", remove},
    {"node.refresh", refresh},     {"node.restart", restart}, {"node.maintenance", maintenance},
    {"node.unapprove", unapprove},
};

} // namespace

std::span<const AdminVerb> nodeVerbs()
{
    return Verbs;
}

} // namespace higgs::server
