// SPDX-License-Identifier: GPL-3.0-or-later
// One server works on a database: a second one would know nothing of the first one's sessions and
// give their places and addresses away.
#pragma once

#include "shared/base/result.h"

#include <string>

class QSqlDatabase;

namespace higgs::server {

/// Held until it is destroyed, or the process ends however it does. AlreadyExists: another server
/// has it.
class DatabaseClaim
{
public:
    DatabaseClaim() = default;
    DatabaseClaim(const DatabaseClaim &) = delete;
    DatabaseClaim &operator=(const DatabaseClaim &) = delete;
    ~DatabaseClaim();

    /// A lock on a file beside SQLite's, as closing a descriptor of that one would drop SQLite's
    /// own locks.
    Result<void> takeFile(const std::string &path);
    /// An advisory lock of this session of PostgreSQL's, which goes with the connection; waits for
    /// the session's lock_timeout, so that a server that was killed just now is not in the way.
    static Result<void> takePostgres(QSqlDatabase &database);

private:
    int m_fd = -1;
};

} // namespace higgs::server
