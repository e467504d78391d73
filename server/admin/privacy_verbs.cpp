// SPDX-License-Identifier: GPL-3.0-or-later
// What is kept of people: how much, and that a node's can go.
#include "server/admin/admin_verbs.h"

namespace higgs::server {

namespace {

using protocol::Json;

void report(const AdminScene &scene, const Json &params, AdminReply reply)
{
    const auto node = adminParams<std::optional<NodeId>>(
        params, {"nodeId"}, [](protocol::FieldReader &reader, std::optional<NodeId> &out) {
            reader.optional("nodeId", out);
        });
    if (!node)
        return reply(unexpected(node.error()));
    scene.storage.countKept(
        *node,
        whenStored<std::vector<KeptRows>>([reply](const Result<std::vector<KeptRows>> &counts) {
            if (!counts)
                return reply(unexpected(counts.error()));
            Json rows = Json::array();
            for (const KeptRows &each : *counts)
                rows.push_back({{"kind", each.what}, {"rows", each.rows}});
            reply(Json{{"kept", std::move(rows)}});
        }));
}

void erase(const AdminScene &scene, const Json &params, AdminReply reply)
{
    const auto node =
        adminParams<NodeId>(params, {"nodeId"}, [](protocol::FieldReader &reader, NodeId &out) {
            reader.required("nodeId", out);
        });
    if (!node)
        return reply(unexpected(node.error()));
    scene.storage.eraseNode(*node, replyWhenInForce(scene, std::move(reply)));
}

constexpr AdminVerb Verbs[] = {
    {"privacy.erase", erase},
    {"privacy.report", report},
};

} // namespace

std::span<const AdminVerb> privacyVerbs()
{
    return Verbs;
}

} // namespace higgs::server
