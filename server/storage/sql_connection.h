// SPDX-License-Identifier: GPL-3.0-or-later
// One QtSql connection on the storage thread: opened, checked, and opened anew after a failure.
#pragma once

#include "server/storage/database_claim.h"
#include "server/storage/sql_storage.h"

#include <QString>
#include <atomic>

namespace higgs::server {

/// Device and inode; {0, 0} for no file.
using FileIdentity = std::pair<std::uint64_t, std::uint64_t>;

/// All calls on one thread, which must also be the one that destroys it.
class SqlStorage::Connection
{
public:
    explicit Connection(DatabaseUrl url);
    ~Connection();

    /// From any thread: nothing that runs is committed, and nothing is opened any more.
    void leave() { m_left = true; }
    [[nodiscard]] bool isLeft() const { return m_left; }
    /// From any thread: a file is being read through before it is used.
    [[nodiscard]] bool isChecking() const { return m_checking; }

    /// Open and migrated after this; the error is one line for the operator.
    Result<void> open();
    void close();
    /// Runs `work` in a transaction; a failure of the database closes the connection.
    Result<void> run(const std::function<Result<void>(QSqlDatabase &)> &work);

private:
    Result<void> openSqlite(QSqlDatabase &database);
    Result<void> openPostgres(QSqlDatabase &database);
    /// Which file the path names now, or that of SQLite's beside it.
    [[nodiscard]] FileIdentity file(const char *suffix = "") const;
    void putJournalAside() const;
    Result<void> openFile();

    DatabaseUrl m_url;
    QString m_name;
    bool m_open = false;
    bool m_migrated = false;
    FileIdentity m_file;    ///< that is open
    FileIdentity m_journal; ///< what SQLite has not moved into it yet
    std::atomic<bool> m_left = false;
    std::atomic<bool> m_checking = false;
};

} // namespace higgs::server
