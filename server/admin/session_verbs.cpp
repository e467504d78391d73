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

struct JournalParams
{
    NodeId node;
    std::uint64_t from = 0; ///< milliseconds since 1970
    std::uint64_t to = 0;
};

/// Whose keys were on a node then: it is told as long as the journal is kept, and noted who asked.
void journal(const AdminScene &scene, const Json &params, AdminReply reply)
{
    const auto asked = adminParams<JournalParams>(
        params, {"nodeId", "from", "to"}, [](protocol::FieldReader &reader, JournalParams &out) {
            reader.required("nodeId", out.node);
            reader.required("from", out.from);
            reader.required("to", out.to);
        });
    if (!asked)
        return reply(unexpected(asked.error()));
    const auto time = [](std::uint64_t ms) { return WallTime{static_cast<std::int64_t>(ms)}; };
    scene.storage.journalOf(
        asked->node, time(asked->from), time(asked->to), wallNow(),
        whenStored<JournalAnswer>([reply](const Result<JournalAnswer> &answer) {
            if (!answer)
                return reply(unexpected(answer.error()));
            Json rows = Json::array();
            for (const JournalRow &row : answer->rows)
                rows.push_back({{"sessionId", row.session.text()},
                                {"key", row.keyName},
                                {"began", row.began.ms},
                                {"ended", row.ended ? Json(row.ended->ms) : Json(nullptr)}});
            reply(Json{{"days", answer->days}, {"sessions", std::move(rows)}});
        }));
}

constexpr AdminVerb Verbs[] = {
    {"session.journal", journal},
    {"session.end", end, true},
    {"session.list", list, true},
};

} // namespace

std::span<const AdminVerb> sessionVerbs()
{
    return Verbs;
}

} // namespace higgs::server
