// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/database_check.h"

#include "server/storage/database_copy.h"
#include "server/storage/migrations.h"
#include "server/storage/postgres_fault.h"
#include "server/storage/sql_fault.h"
#include "shared/base/durable_file.h"
#include "shared/base/regular_file.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QVariant>
#include <sys/stat.h>
#include <unistd.h>

namespace higgs::server {

namespace {

Result<void> quickCheck(QSqlDatabase database)
{
    if (!database.open())
        return unexpected(sqlFaultCode(database.lastError()), sqlFaultText(database.lastError()));
    QSqlQuery query(database);
    if (!query.exec(QStringLiteral("PRAGMA quick_check(1)")) || !query.next())
        return unexpected(sqlFaultCode(query.lastError()), sqlFaultText(query.lastError()));
    const QString found = query.value(0).toString();
    if (found != QLatin1String("ok"))
        return unexpected(ErrorCode::Malformed,
                          found.simplified().toStdString() + ": restore it from a backup");
    return {};
}

} // namespace

Result<void> checkDatabase(const DatabaseUrl &url)
{
    if (url.kind == DatabaseUrl::Kind::Postgres)
        return unexpected(ErrorCode::InvalidArgument,
                          "PostgreSQL has its own for that: pg_amcheck, data checksums");
    if (const auto regular = requireRegularFile(url.path); !regular)
        return regular;
    const QString name = QStringLiteral("check");
    Result<void> checked;
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
        database.setDatabaseName(QString::fromStdString(url.path));
        database.setConnectOptions(QStringLiteral("QSQLITE_OPEN_READONLY"));
        checked = quickCheck(database);
        database.close();
    }
    QSqlDatabase::removeDatabase(name);
    return checked;
}

namespace {

DatabaseState ofSchema(int schema)
{
    if (schema > latestSchema())
        return {DatabaseState::Kind::Unusable, "it was made by a newer boson-server"};
    if (schema > 0 && schema < latestSchema())
        return {DatabaseState::Kind::Good,
                "the database is of an earlier version, and will be changed at the next start"};
    return {};
}

DatabaseState inspectPostgres(const DatabaseUrl &url, QSqlDatabase database)
{
    database.setDatabaseName(QString::fromStdString(url.name));
    database.setUserName(QString::fromStdString(url.user));
    database.setPassword(QString::fromStdString(url.password));
    database.setConnectOptions(QStringLiteral("connect_timeout=2;") +
                               QString::fromStdString(url.connectOptions()));
    if (!database.open()) {
        std::string why = sqlFaultText(database.lastError());
        return {isOperatorsFault(why) ? DatabaseState::Kind::Unusable : DatabaseState::Kind::Away,
                std::move(why)};
    }
    QSqlQuery query(database);
    // A database without tables is one that the server has not been on.
    if (!query.exec(QStringLiteral("SELECT to_regclass('schema_version')")) || !query.next())
        return {DatabaseState::Kind::Away, sqlFaultText(query.lastError())};
    if (query.isNull(0))
        return {};
    if (!query.exec(QStringLiteral("SELECT COALESCE(MAX(version), 0) FROM schema_version")) ||
        !query.next())
        return {DatabaseState::Kind::Away, sqlFaultText(query.lastError())};
    return ofSchema(query.value(0).toInt());
}

/// SQLite makes and opens files beside the database, whatever their names lead to: where others can
/// put something in their place, root would write where they want.
bool mayOthersPutFiles(const std::string &directory)
{
    struct stat status = {};
    return ::stat(directory.c_str(), &status) == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

DatabaseState inspectSqlite(const std::string &path)
{
    struct stat status = {};
    // What does not stand there is made; what is no file is told elsewhere.
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0)
        return {};
    if (::geteuid() == 0 && mayOthersPutFiles(directoryOf(path)))
        return {DatabaseState::Kind::Good,
                path +
                    " was not looked into, as others than its owner may write to its directory: "
                    "chmod go-w " +
                    directoryOf(path)};
    const Result<int> schema = schemaOf(path);
    if (!schema)
        return {schema.error().code == ErrorCode::Unavailable ? DatabaseState::Kind::Away
                                                              : DatabaseState::Kind::Unusable,
                schema.error().detail};
    return ofSchema(*schema);
}

} // namespace

DatabaseState inspectDatabase(const DatabaseUrl &url)
{
    if (url.kind == DatabaseUrl::Kind::Sqlite)
        return inspectSqlite(url.path);
    const QString name = QStringLiteral("inspect");
    DatabaseState state;
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QPSQL"), name);
        state = database.isValid() ? inspectPostgres(url, database)
                                   : DatabaseState{DatabaseState::Kind::Unusable,
                                                   "the Qt database driver QPSQL is not installed"};
        database.close();
    }
    QSqlDatabase::removeDatabase(name);
    return state;
}

} // namespace higgs::server
