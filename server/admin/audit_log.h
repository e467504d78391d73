// SPDX-License-Identifier: GPL-3.0-or-later
// What operators have changed, who it was and whether it was done: "audit.log" in the data
// directory, a JSON object a line, bounded in bytes and kept as long as the operator chose.
#pragma once

#include "server/admin/admin_verbs.h"
#include "shared/base/work_thread.h"
#include "shared/control/control_socket.h"

namespace higgs::server {

/// Files are written on a thread of its own, as a filesystem may not answer.
class AuditLog
{
public:
    /// Two files of this, the newer and the older.
    static constexpr std::size_t FileBytes = std::size_t{2} * 1024 * 1024;

    explicit AuditLog(std::string directory);
    /// Waits for what is under way, a second at most.
    ~AuditLog();

    /// What `verb` was asked for, and what became of it. Nothing for one that only tells. `by`: in
    /// place of `who`, where that is no process.
    void note(const AdminVerb &verb, const protocol::Json &params, const control::ControlPeer &who,
              const Result<protocol::Json> &outcome, std::string_view by = {});
    static bool onlyTells(const AdminVerb &verb);
    /// Forgets what is older.
    void keepSince(WallTime oldest);

    /// The lines, oldest first; what is no line of ours is left out. `directory`: of the server.
    static Result<std::vector<protocol::Json>> read(const std::string &directory);

private:
    void append(std::string line);
    /// Of a node that is erased nothing is kept here either.
    void forgetNode(const std::string &node);

    std::string m_directory;
    WorkThread m_thread;
};

} // namespace higgs::server
