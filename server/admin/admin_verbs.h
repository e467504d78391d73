// SPDX-License-Identifier: GPL-3.0-or-later
// What an operator's command asks of the server: typed verbs in a table. A running server does them
// for its admin socket; without one a command does the same verbs itself, on the database.
#pragma once

#include "server/api/server_state.h"
#include "shared/protocol/field_reader.h"

#include <functional>
#include <memory>
#include <span>

namespace higgs::server {

using AdminReply = std::function<void(const Result<protocol::Json> &)>;

/// What a verb works on. All calls on the thread that owns it.
struct AdminScene
{
    Storage &storage;
    ServerState *live = nullptr; ///< null: no server runs, and the storage is all there is
    /// Has the running server take up what was written, then calls back; at once without one.
    std::function<void(std::function<void()> then)> takeUp;
    /// What only the running server as a whole knows; empty without one.
    std::function<protocol::Json()> describe = {};
    std::function<Result<void>()> rotateTokenKey = {};
};

/// `run` answers once, now or later. Errors are sentences for the operator: InvalidArgument for
/// parameters that do not decode, NotFound, AlreadyExists, Unavailable.
struct AdminVerb
{
    std::string_view name; ///< "node.approve"
    void (*run)(const AdminScene &scene, const protocol::Json &params, AdminReply reply);
    bool needsServer = false; ///< makes no sense on a database alone: `live` is there
};

// One table a subject; a new subject is a file, a line here and one in admin_verbs.cpp.
std::span<const AdminVerb> accessKeyVerbs();
std::span<const AdminVerb> banVerbs();
std::span<const AdminVerb> nodeVerbs();
std::span<const AdminVerb> routeVerbs();
std::span<const AdminVerb> overviewVerbs();
std::span<const AdminVerb> privacyVerbs();
std::span<const AdminVerb> serverVerbs();
std::span<const AdminVerb> sessionVerbs();

/// All of them.
const std::vector<AdminVerb> &adminVerbs();
/// How the running server is; `live` is there.
protocol::Json statusOf(const AdminScene &scene);
/// Null: there is no such verb.
const AdminVerb *findAdminVerb(std::string_view name);

/// The parameters of a verb, strictly: every member must be one of `names`.
/// `read(FieldReader &, T &)` reads them.
template <typename T, typename Read>
Result<T> adminParams(const protocol::Json &params, std::initializer_list<std::string_view> names,
                      Read read)
{
    for (const auto &member : params.items()) {
        if (std::find(names.begin(), names.end(), member.key()) == names.end())
            return unexpected(ErrorCode::InvalidArgument, "a parameter that is not known here");
    }
    Result<T> decoded = protocol::decodeDocument<T>(
        params, nullptr, std::nullopt,
        [&read](const protocol::Json &json, const protocol::Place &place, T &out) {
            protocol::FieldReader reader(json, place);
            read(reader, out);
        });
    if (!decoded)
        return unexpected(ErrorCode::InvalidArgument, decoded.error().detail);
    return decoded;
}

/// Where the storage's answer goes: `next` is called with it, on this thread.
template <typename T, typename Next>
Stored<T> whenStored(Next next)
{
    // A verb belongs to nobody who could go before it is answered: the answer keeps its own
    // context.
    auto context = std::make_unique<QObject>();
    QObject *const address = context.get();
    return {address, [context = std::move(context),
                      next = std::move(next)](const Result<T> &answer) { next(answer); }};
}

/// Answers `{}` when the change is in force, in the running server, too.
inline Stored<void> replyWhenInForce(const AdminScene &scene, AdminReply reply)
{
    return whenStored<void>([takeUp = scene.takeUp, reply](const Result<void> &done) {
        if (!done)
            return reply(unexpected(done.error()));
        takeUp([reply] { reply(protocol::Json::object()); });
    });
}

} // namespace higgs::server
