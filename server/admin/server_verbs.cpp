// SPDX-License-Identifier: GPL-3.0-or-later
// The server as a whole: how it is, and whether it takes on more.
#include "server/admin/admin_verbs.h"

namespace higgs::server {

namespace {

using protocol::Json;

std::string_view nameOf(Standing standing)
{
    switch (standing) {
    case Standing::Serving:
        return "serving";
    case Standing::Drained:
        return "drained";
    case Standing::Ending:
        break;
    }
    return "ending";
}

Json nodesOf(const ServerState &state)
{
    std::int64_t online = 0;
    std::int64_t offline = 0;
    std::int64_t pending = 0;
    std::int64_t maintenance = 0;
    state.nodes.forEach([&](const Node &node) {
        std::int64_t &count = !node.record.approved     ? pending
                              : node.record.maintenance ? maintenance
                              : node.online             ? online
                                                        : offline;
        ++count;
    });
    return {{"online", online},
            {"offline", offline},
            {"pending", pending},
            {"maintenance", maintenance}};
}

Json sessionsOf(const ServerState &state)
{
    std::int64_t connected = 0;
    state.sessions.forEach(
        [&](const Session &session) { connected += session.clientOpen && session.nodeOpen; });
    return {{"connected", connected},
            {"waiting", static_cast<std::int64_t>(state.sessions.size()) - connected}};
}

} // namespace

Json statusOf(const AdminScene &scene)
{
    const ServerState &state = *scene.live;
    Json told = scene.describe();
    told["version"] = HIGGS_VERSION;
    told["uptimeSeconds"] =
        std::chrono::duration_cast<Seconds>(bootNow() - state.startedAt).count();
    told["standing"] = nameOf(state.standing);
    told["ready"] = state.isReady();
    told["storageUp"] = state.storageUp;
    told["publicHost"] = state.settings.publicHost;
    told["publicPort"] = state.settings.publicPort;
    told["access"] = protocol::toString(state.settings.access);
    told["nodeAccess"] = protocol::toString(state.settings.nodeAccess);
    told["accessKeys"] = state.accessKeys.all().size();
    told["nodes"] = nodesOf(state);
    told["sessions"] = sessionsOf(state);
    return told;
}

namespace {

void status(const AdminScene &scene, const Json &params, AdminReply reply)
{
    if (!params.empty())
        return reply(unexpected(ErrorCode::InvalidArgument, "server.status takes nothing"));
    reply(statusOf(scene));
}

void drain(const AdminScene &scene, const Json &params, AdminReply reply)
{
    const auto on = adminParams<bool>(params, {"on"}, [](protocol::FieldReader &reader, bool &out) {
        reader.required("on", out);
    });
    if (!on)
        return reply(unexpected(on.error()));
    Standing &standing = scene.live->standing;
    if (standing == Standing::Ending)
        return reply(unexpected(ErrorCode::Unavailable, "the server is ending"));
    standing = *on ? Standing::Drained : Standing::Serving;
    reply(Json{{"standing", nameOf(standing)}, {"sessions", sessionsOf(*scene.live)}});
}

void rotateTokenKey(const AdminScene &scene, const Json &params, AdminReply reply)
{
    if (!params.empty())
        return reply(unexpected(ErrorCode::InvalidArgument, "token-key.rotate takes nothing"));
    const Result<void> rotated = scene.rotateTokenKey();
    if (!rotated)
        return reply(unexpected(rotated.error()));
    reply(Json::object());
}

constexpr AdminVerb Verbs[] = {
    {"server.drain", drain, true},
    {"server.status", status, true},
    {"token-key.rotate", rotateTokenKey, true},
};

} // namespace

std::span<const AdminVerb> serverVerbs()
{
    return Verbs;
}

} // namespace higgs::server
