// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/database_copy.h"

#include "server/storage/sql_fault.h"
#include "shared/base/durable_file.h"
#include "shared/base/regular_file.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QVariant>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <unistd.h>

namespace higgs::server {

namespace {

constexpr int BusyTimeoutMs = 5000;

Unexpected fault(const std::string &path, const char *text)
{
    return unexpected(ErrorCode::System, path + ": " + text);
}

/// VACUUM INTO leaves what it wrote to the system to write down, some time.
Result<void> synchronise(const std::string &path)
{
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fault(path, std::strerror(errno));
    const bool done = ::fsync(fd) == 0;
    const int error = errno;
    ::close(fd);
    if (!done)
        return fault(path, std::strerror(error));
    return {};
}

/// `work` on a connection of its own to the file.
template <typename T>
Result<T> onFile(const std::string &path, const char *more,
                 const std::function<Result<T>(QSqlDatabase &)> &work)
{
    if (const auto regular = requireRegularFile(path); !regular)
        return unexpected(regular.error());
    const QString name = QStringLiteral("copy");
    std::optional<Result<T>> answer;
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
        database.setDatabaseName(QString::fromStdString(path));
        database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=%1").arg(BusyTimeoutMs) +
                                   QLatin1String(more));
        if (database.open())
            answer = work(database);
        else
            answer = unexpected(sqlFaultCode(database.lastError()),
                                path + ": " + sqlFaultText(database.lastError()));
        database.close();
    }
    QSqlDatabase::removeDatabase(name);
    return std::move(*answer);
}

} // namespace

Result<void> copyDatabaseInto(QSqlDatabase &database, const std::string &path)
{
    // An empty file is taken, and is nobody else's from its first moment.
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return fault(path, std::strerror(errno));
    const Result<void> given = giveToDirectoryOwner(fd, path);
    ::close(fd);
    if (!given)
        return given;
    QSqlQuery query(database);
    query.prepare(QStringLiteral("VACUUM INTO ?"));
    query.addBindValue(QString::fromStdString(path));
    if (!query.exec()) {
        // Of an attempt that failed: a full disk most of all.
        ::unlink(path.c_str());
        return unexpected(sqlFaultCode(query.lastError()),
                          path + ": " + sqlFaultText(query.lastError()));
    }
    return synchronise(path);
}

Result<void> copyDatabase(const DatabaseUrl &url, const std::string &path)
{
    if (url.kind == DatabaseUrl::Kind::Postgres)
        return unexpected(ErrorCode::InvalidArgument, "PostgreSQL has its own for that: pg_dump");
    return onFile<void>(
        url.path, "", [&path](QSqlDatabase &database) { return copyDatabaseInto(database, path); });
}

Result<int> schemaOf(const std::string &path)
{
    return onFile<int>(path, ";QSQLITE_OPEN_READONLY", [&path](QSqlDatabase &db) -> Result<int> {
        QSqlQuery query(db);
        const auto ask = [&](const char *question) {
            return query.exec(QString::fromLatin1(question)) && query.next();
        };
        if (!ask("SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_version'"))
            return unexpected(sqlFaultCode(query.lastError()),
                              path + ": " + sqlFaultText(query.lastError()));
        if (query.value(0).toInt() == 0)
            return 0;
        if (!ask("SELECT COALESCE(MAX(version), 0) FROM schema_version"))
            return unexpected(sqlFaultCode(query.lastError()),
                              path + ": " + sqlFaultText(query.lastError()));
        return query.value(0).toInt();
    });
}

} // namespace higgs::server
