// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/database_check.h"

#include "server/storage/sql_fault.h"
#include "shared/base/regular_file.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QVariant>

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

} // namespace higgs::server
