// SPDX-License-Identifier: GPL-3.0-or-later
// Who works on a database: one server, as a second one would know nothing of the first one's
// sessions and give their places and addresses away; or several that act as one.
#pragma once

#include "shared/base/result.h"

#include <atomic>
#include <cstdint>
#include <string>

class QSqlDatabase;
class QSqlQuery;

namespace higgs::server {

/// Held until it is destroyed, or the process ends however it does. AlreadyExists: another server
/// has it.
class DatabaseClaim
{
public:
    DatabaseClaim() = default;
    /// Others that claim it so may work on it, too, but none of the same `instance`.
    explicit DatabaseClaim(std::string instance) : m_sharedAs(std::move(instance)) {}
    DatabaseClaim(const DatabaseClaim &) = delete;
    DatabaseClaim &operator=(const DatabaseClaim &) = delete;
    ~DatabaseClaim();

    /// A lock on a file beside SQLite's, as closing a descriptor of that one would drop SQLite's
    /// own locks.
    Result<void> takeFile(const std::string &path);
    /// An advisory lock of this session of PostgreSQL's, which goes with the connection; waits for
    /// the session's lock_timeout, so that a server that was killed just now is not in the way.
    /// A session that this claim held it with before, and whose connection has been given up, is
    /// ended first: PostgreSQL may believe in it for long after its peer is out of reach.
    Result<void> takePostgres(QSqlDatabase &database);

private:
    void endFormer(QSqlDatabase &database) const;
    bool lock(QSqlQuery &query) const;

    const std::string m_sharedAs; ///< empty: nobody else may
    int m_fd = -1;
    // Of the session that has the lock. Atomic, as a storage thread that was left behind may still
    // come back to it.
    std::atomic<std::int64_t> m_backend{0};      ///< its process; 0: none
    std::atomic<std::int64_t> m_backendStart{0}; ///< microseconds, so that no other is taken for it
};

} // namespace higgs::server
