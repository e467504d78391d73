// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/admin/admin_socket.h"

#include "shared/base/log.h"

namespace higgs::server {

namespace {

constexpr auto ForgetInterval = std::chrono::hours(1);

} // namespace

AdminSocket::AdminSocket(AdminScene scene, QObject *parent)
    : QObject(parent), m_scene(std::move(scene))
{
    m_forget.setInterval(ForgetInterval);
    connect(&m_forget, &QTimer::timeout, this, &AdminSocket::forgetOld);
    for (const AdminVerb &verb : adminVerbs())
        m_server.addMethod(std::string(verb.name), [this, &verb](control::ControlCall call) {
            run(verb, std::move(call));
        });
}

void AdminSocket::run(const AdminVerb &verb, control::ControlCall call)
{
    // What is changed by an operator is told, with who it was; no parameter, it may be personal.
    log::info("admin", "command",
              {{"verb", verb.name}, {"uid", call.peer().uid}, {"pid", call.peer().pid}});
    const auto open = std::make_shared<control::ControlCall>(std::move(call));
    verb.run(m_scene, open->params(),
             [open, &verb, audit = m_audit](const Result<protocol::Json> &outcome) {
                 audit->note(verb, open->params(), open->peer(), outcome);
                 open->answer(outcome);
             });
}

void AdminSocket::perform(std::string_view name, const protocol::Json &params, AdminReply reply)
{
    const AdminVerb *verb = findAdminVerb(name);
    if (verb == nullptr)
        return reply(unexpected(ErrorCode::NotFound, "there is no such verb"));
    if (!AuditLog::onlyTells(*verb))
        log::info("admin", "command", {{"verb", name}, {"by", "page"}});
    verb->run(m_scene, params,
              [verb, params, reply = std::move(reply),
               audit = m_audit](const Result<protocol::Json> &outcome) {
                  if (audit)
                      audit->note(*verb, params, {}, outcome, "page");
                  reply(outcome);
              });
}

void AdminSocket::forgetOld()
{
    const auto days = m_scene.live->settings.limits.auditDays;
    m_audit->keepSince(wallNow() - std::chrono::hours(24 * days));
}

Result<void> AdminSocket::listen(const std::string &dataDirectory)
{
    auto place = AdminPlace::of(dataDirectory);
    if (!place)
        return unexpected(place.error());
    m_place.emplace(std::move(*place));
    m_audit = std::make_shared<AuditLog>(dataDirectory);
    const Result<void> listening = m_server.listen(m_place->path(), {}, control::Admission::Nobody);
    if (listening) {
        m_forget.start();
        forgetOld();
    }
    if (listening || listening.error().code != ErrorCode::AlreadyExists)
        return listening;
    return unexpected(ErrorCode::AlreadyExists,
                      "another boson-server runs with the data directory " + dataDirectory +
                          ": stop it, or choose another directory with --data-dir");
}

} // namespace higgs::server
