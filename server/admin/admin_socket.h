// SPDX-License-Identifier: GPL-3.0-or-later
// The running server's end of the admin socket: a control socket for root and the server's own user
// alone, that offers the table of verbs.
#pragma once

#include "server/admin/admin_place.h"
#include "server/admin/admin_verbs.h"
#include "server/admin/audit_log.h"
#include "shared/control/control_server.h"

#include <QTimer>

namespace higgs::server {

class AdminSocket : public QObject
{
    Q_OBJECT

public:
    explicit AdminSocket(AdminScene scene, QObject *parent = nullptr);

    /// Holds the data directory's lock from now on, so that only one server works on it:
    /// AlreadyExists when another one does.
    Result<void> listen(const std::string &dataDirectory);

    /// Does a verb for the operator's page, and notes it as that. NotFound: there is none of that
    /// name. What the answer needs must outlive it.
    void perform(std::string_view verb, const protocol::Json &params, AdminReply reply);

private:
    void run(const AdminVerb &verb, control::ControlCall call);
    void forgetOld();

    AdminScene m_scene;
    std::shared_ptr<AuditLog> m_audit; ///< shared with calls that are not answered yet
    QTimer m_forget;
    std::optional<AdminPlace> m_place; ///< outlives the socket, whose path it is
    control::ControlServer m_server;
};

} // namespace higgs::server
