// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/admin/admin_socket.h"

#include "shared/base/log.h"

namespace higgs::server {

namespace {

void run(const AdminVerb &verb, const AdminScene &scene, control::ControlCall call)
{
    // What is changed by an operator is told, with who it was; no parameter, it may be personal.
    log::info("admin", "command",
              {{"verb", verb.name}, {"uid", call.peer().uid}, {"pid", call.peer().pid}});
    const auto open = std::make_shared<control::ControlCall>(std::move(call));
    verb.run(scene, open->params(),
             [open](const Result<protocol::Json> &outcome) { open->answer(outcome); });
}

} // namespace

AdminSocket::AdminSocket(AdminScene scene, QObject *parent)
    : QObject(parent), m_scene(std::move(scene))
{
    for (const AdminVerb &verb : adminVerbs())
        m_server.addMethod(std::string(verb.name), [this, &verb](control::ControlCall call) {
            run(verb, m_scene, std::move(call));
        });
}

Result<void> AdminSocket::listen(const std::string &dataDirectory)
{
    auto place = AdminPlace::of(dataDirectory);
    if (!place)
        return unexpected(place.error());
    m_place.emplace(std::move(*place));
    const Result<void> listening = m_server.listen(m_place->path(), {}, control::Admission::Nobody);
    if (listening || listening.error().code != ErrorCode::AlreadyExists)
        return listening;
    return unexpected(ErrorCode::AlreadyExists,
                      "another boson-server runs with the data directory " + dataDirectory +
                          ": stop it, or choose another directory with --data-dir");
}

} // namespace higgs::server
