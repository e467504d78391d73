// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/database_claim.h"
#include "server/storage/sql_fault.h"

#include "shared/base/durable_file.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QString>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace higgs::server {

namespace {

// PostgreSQL's lock_not_available and query_canceled: the session's time-outs.
constexpr const char *LockTimeout = "55P03";
constexpr const char *StatementTimeout = "57014";

Unexpected taken()
{
    return unexpected(ErrorCode::AlreadyExists,
                      "another boson-server works on it; stop that one, or give this one a "
                      "database of its own (several act as one where all have --redis)");
}

} // namespace

DatabaseClaim::~DatabaseClaim()
{
    if (m_fd >= 0)
        ::close(m_fd);
}

Result<void> DatabaseClaim::takeFile(const std::string &path)
{
    if (m_fd >= 0)
        return {};
    const std::string name = path + ".lock";
    const int fd = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return unexpected(ErrorCode::Permission, name + ": " + std::strerror(errno));
    const Result<void> given = giveToDirectoryOwner(fd, name);
    const bool locked = ::flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (!given || !locked) {
        ::close(fd);
        return locked ? given : Result<void>(taken());
    }
    m_fd = fd;
    return {};
}

bool DatabaseClaim::lock(QSqlQuery &query) const
{
    if (m_sharedAs.empty())
        return query.exec(QStringLiteral("SELECT pg_advisory_lock(hashtext('boson-server'))"));
    if (!query.exec(QStringLiteral("SELECT pg_advisory_lock_shared(hashtext('boson-server'))")))
        return false;
    query.prepare(QStringLiteral("SELECT pg_advisory_lock(hashtext('boson-server'), hashtext(?))"));
    query.addBindValue(QString::fromStdString(m_sharedAs));
    return query.exec();
}

void DatabaseClaim::endFormer(QSqlDatabase &database) const
{
    if (m_backend == 0)
        return;
    QSqlQuery query(database);
    query.prepare(QStringLiteral(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ? AND pid <> "
        "pg_backend_pid() AND (extract(epoch FROM backend_start) * 1000000)::bigint = ?"));
    query.addBindValue(static_cast<qlonglong>(m_backend));
    query.addBindValue(static_cast<qlonglong>(m_backendStart));
    query.exec(); // what it cannot end keeps the lock, and is told by that
}

Result<void> DatabaseClaim::takePostgres(QSqlDatabase &database)
{
    QSqlQuery query(database);
    // A server whose machine is gone without a word is noticed within half a minute.
    for (const auto *setting : {"SET tcp_keepalives_idle TO 10", "SET tcp_keepalives_interval TO 5",
                                "SET tcp_keepalives_count TO 3"})
        query.exec(QString::fromLatin1(setting)); // not over a Unix socket, which needs none
    endFormer(database);
    if (lock(query)) {
        if (query.exec(
                QStringLiteral("SELECT pid, (extract(epoch FROM backend_start) * 1000000)::bigint "
                               "FROM pg_stat_activity WHERE pid = pg_backend_pid()")) &&
            query.next()) {
            m_backendStart = query.value(1).toLongLong();
            m_backend = query.value(0).toLongLong();
        }
        return {};
    }
    const QSqlError error = query.lastError();
    const QString code = error.nativeErrorCode();
    if (code == QLatin1String(LockTimeout) || code == QLatin1String(StatementTimeout))
        return taken();
    return unexpected(ErrorCode::Unavailable, sqlFaultText(error));
}

} // namespace higgs::server
