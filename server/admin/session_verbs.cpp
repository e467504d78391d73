// SPDX-License-Identifier: GPL-3.0-or-later
// Live sessions: the list, without saying who the client is, and their end.
#include "server/admin/admin_verbs.h"
#include "shared/base/log.h"

#include <algorithm>

namespace higgs::server {

namespace {

using protocol::Json;

// Some 300 bytes each: far below what one answer on the socket may have.
constexpr std::size_t SessionsInOneAnswer = 1500;
constexpr std::uint16_t ClosePolicyCode = 1008;

struct ListParams
{
    std::optional<SessionId> after; ///< the last one of the answer before
    std::optional<NodeId> node;
};

/// The client's network, as in the log; its id and key would make a list of people.
Json rowOf(const Session &session, const Clocks &now)
{
    return {{"sessionId", session.record.id.text()},
            {"nodeId", session.record.node.text()},
            {"type", protocol::toString(session.record.routeType)},
            {"from", session.from.isNull() ? std::string() : log::networkOf(session.from)},
            {"createdAt", now.told(session.createdAt).ms},
            {"expiresAt", now.told(session.expiresAt).ms},
            {"clientOpen", session.clientOpen},
            {"nodeOpen", session.nodeOpen},
            {"answered", session.answered}};
}

void list(const AdminScene &scene, const Json &params, AdminReply reply)
{
    const auto asked = adminParams<ListParams>(params, {"after", "nodeId"},
                                               [](protocol::FieldReader &reader, ListParams &out) {
                                                   reader.optional("after", out.after);
                                                   reader.optional("nodeId", out.node);
                                               });
    if (!asked)
        return reply(unexpected(asked.error()));
    std::vector<const Session *> found;
    scene.live->sessions.forEach([&](const Session &session) {
        const bool isPast = asked->after && session.record.id.text() <= asked->after->text();
        if (!isPast && (!asked->node || session.record.node == *asked->node))
            found.push_back(&session);
    });
    const std::size_t count = std::min(found.size(), SessionsInOneAnswer);
    std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count),
                      found.end(), [](const Session *a, const Session *b) {
                          return a->record.id.text() < b->record.id.text();
                      });
    const Clocks now = clocksNow();
    Json rows = Json::array();
    for (std::size_t i = 0; i < count; ++i)
        rows.push_back(rowOf(*found[i], now));
    reply(Json{{"sessions", std::move(rows)}, {"more", found.size() > count}});
}

void end(const AdminScene &scene, const Json &params, AdminReply reply)
{
    const auto id = adminParams<SessionId>(
        params, {"sessionId"},
        [](protocol::FieldReader &reader, SessionId &out) { reader.required("sessionId", out); });
    if (!id)
        return reply(unexpected(id.error()));
    if (scene.live->sessions.find(*id) == nullptr)
        return reply(unexpected(ErrorCode::NotFound, "there is no such session"));
    scene.live->life.end(*id, ClosePolicyCode, "Ended by the operator");
    reply(Json::object());
}

constexpr AdminVerb Verbs[] = {
    {"session.end", end, true},
    {"session.list", list, true},
};

} // namespace

std::span<const AdminVerb> sessionVerbs()
{
    return Verbs;
}

} // namespace higgs::server
