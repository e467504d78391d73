// SPDX-License-Identifier: GPL-3.0-or-later
// One QtSql connection on the storage thread: opened, checked, and opened anew after a failure.
#pragma once

#include "server/storage/sql_storage.h"

#include <QString>

namespace higgs::server {

/// All calls on one thread, which must also be the one that destroys it.
class SqlStorage::Connection
{
public:
    explicit Connection(DatabaseUrl url);
    ~Connection();

    /// Open and migrated after this; the error is one line for the operator.
    Result<void> open();
    void close();
    /// Runs `work` in a transaction; a failure of the database closes the connection.
    Result<void> run(const std::function<Result<void>(QSqlDatabase &)> &work);

private:
    Result<void> openSqlite(QSqlDatabase &database);
    Result<void> openPostgres(QSqlDatabase &database);
    [[nodiscard]] bool fileIsGone() const;

    DatabaseUrl m_url;
    QString m_name;
    bool m_open = false;
    bool m_migrated = false;
};

} // namespace higgs::server
