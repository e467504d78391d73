// SPDX-License-Identifier: GPL-3.0-or-later
// One QtSql connection on the storage thread: opened, checked, and opened anew after a failure.
#pragma once

#include "server/storage/database_claim.h"
#include "server/storage/prepared_statements.h"
#include "server/storage/sql_storage.h"

#include <QString>
#include <atomic>
#include <optional>

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
    /// From any thread: a file is being made ready, its journal and its schema.
    [[nodiscard]] bool isOpening() const { return m_opening; }
    /// From any thread: and that takes as long as it is large.
    [[nodiscard]] bool isMigrating() const { return m_migrating; }

    /// Of the call that comes next: whoever asks is told then that it failed, so that nothing is
    /// committed any more.
    void setDeadline(Monotonic deadline) { m_deadline = deadline; }

    /// Open and migrated after this; the error is one line for the operator.
    Result<void> open();
    void close();
    /// What a transaction does. SQLite has one writer at a time, and fails at once who reads first
    /// and wants to write when somebody else has: so who will write says so at its beginning.
    enum class Access { Read, Write };
    /// Runs `work` in a transaction; a failure of the database closes the connection.
    template <typename T>
    Result<T> run(Access access, const std::function<Result<T>(QSqlDatabase &)> &work)
    {
        std::optional<Result<T>> answer;
        const Result<void> ran = transact(access, [&](QSqlDatabase &database) -> Result<void> {
            answer = work(database);
            if (!*answer)
                return unexpected(answer->error());
            return {};
        });
        // A commit that failed overrules what the work believed.
        if (!ran)
            return unexpected(ran.error());
        return std::move(*answer);
    }
    /// Whether whole pages that become free are overwritten as well, which costs their writing.
    Result<void> overwriteDeleted(bool on);
    /// What was deleted is gone from the files, too: SQLite's journal is emptied. Unavailable:
    /// somebody reads. PostgreSQL has its own ways.
    Result<void> emptyJournal();
    /// Of this connection, while a transaction runs.
    [[nodiscard]] sql::PreparedStatements &statements() { return m_statements; }

private:
    Result<void> transact(Access access, const std::function<Result<void>(QSqlDatabase &)> &work);
    [[nodiscard]] Result<void> begin(QSqlDatabase &database, Access access) const;
    /// A copy, and a line in the log: whoever goes back to an older program needs the one, and who
    /// wonders the other.
    Result<void> beforeMigration(QSqlDatabase &database, int from, int to);
    Result<void> openSqlite(QSqlDatabase &database);
    Result<void> openPostgres(QSqlDatabase &database);
    /// Which file the path names now, or that of SQLite's beside it.
    [[nodiscard]] FileIdentity file(const char *suffix = "") const;
    void putJournalAside() const;
    Result<void> openFile();

    DatabaseUrl m_url;
    QString m_name;
    sql::PreparedStatements m_statements;
    bool m_open = false;
    bool m_migrated = false;
    FileIdentity m_file;    ///< that is open
    FileIdentity m_journal; ///< what SQLite has not moved into it yet
    Monotonic m_deadline = Monotonic::max();
    std::atomic<bool> m_left = false;
    std::atomic<bool> m_opening = false;
    std::atomic<bool> m_migrating = false;
};

} // namespace higgs::server
