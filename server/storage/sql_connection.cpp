// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sql_connection.h"
#include "server/storage/sql_fault.h"

#include "server/storage/database_copy.h"
#include "server/storage/migrations.h"
#include "server/storage/postgres_fault.h"
#include "shared/base/durable_file.h"
#include "shared/base/log.h"
#include "shared/base/regular_file.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QUuid>
#include <QVariant>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace higgs::server {

namespace {

// Shorter than the API's patience with the storage (Limits::storageAnswer), so that a lock or a
// dead server becomes an error of this call and not a pile of waiting ones.
constexpr int BusyTimeoutMs = 1200;
constexpr int ConnectTimeoutSeconds = 2;
// A peer that is gone without a word: what was sent is not acknowledged, or a keepalive is not.
constexpr int UserTimeoutMs = 3000;

Result<void> execute(QSqlDatabase &database, const QString &statement)
{
    QSqlQuery query(database);
    if (!query.exec(statement))
        return unexpected(ErrorCode::Unavailable, sqlFaultText(query.lastError()));
    return {};
}

} // namespace

SqlStorage::Connection::Connection(DatabaseUrl url)
    : m_url(std::move(url)), m_name(QUuid::createUuid().toString(QUuid::WithoutBraces))
{}

SqlStorage::Connection::~Connection()
{
    close();
}

Result<void> SqlStorage::Connection::open()
{
    if (m_open)
        return {};
    if (m_left)
        return unexpected(ErrorCode::Cancelled, "left behind");
    const bool sqlite = m_url.kind == DatabaseUrl::Kind::Sqlite;
    const QString driver = sqlite ? QStringLiteral("QSQLITE") : QStringLiteral("QPSQL");
    if (!QSqlDatabase::isDriverAvailable(driver))
        return unexpected(ErrorCode::System,
                          "the Qt database driver " + driver.toStdString() + " is not installed");
    Result<void> opened;
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(driver, m_name);
        m_open = true;
        m_opening = sqlite;
        opened = sqlite ? openSqlite(database) : openPostgres(database);
        if (opened && m_url.claim)
            opened =
                sqlite ? m_url.claim->takeFile(m_url.path) : m_url.claim->takePostgres(database);
        if (opened && !m_migrated)
            opened = migrate(database, [this, &database](int from, int to) {
                return beforeMigration(database, from, to);
            });
        // After the schema of a new file, which would stand on the disk twice.
        if (opened && sqlite)
            opened = execute(database, QStringLiteral("PRAGMA journal_mode=WAL"));
        m_migrating = false;
        m_opening = false;
        m_statements.use(database);
    }
    if (!opened) {
        close();
        return unexpected(opened.error().code,
                          "cannot use " + m_url.toString() + ": " + opened.error().detail);
    }
    m_migrated = true;
    return {};
}

Result<void> SqlStorage::Connection::beforeMigration(QSqlDatabase &database, int from, int to)
{
    m_migrating = true;
    if (m_url.kind == DatabaseUrl::Kind::Postgres) {
        log::warning("storage", "the schema changes, without a copy", {{"from", from}, {"to", to}});
        return {};
    }
    const std::string copy = m_url.path + ".schema-" + std::to_string(from);
    // Of an earlier attempt: each step is done whole or not at all.
    std::remove(copy.c_str());
    if (const Result<void> copied = copyDatabaseInto(database, copy); !copied)
        return unexpected(ErrorCode::System,
                          "its schema has to change, and no copy can be kept before: " +
                              copied.error().detail);
    log::warning("storage", "the schema changes", {{"from", from}, {"to", to}, {"copy", copy}});
    return {};
}

void SqlStorage::Connection::close()
{
    if (!m_open)
        return;
    m_open = false;
    m_statements.clear();
    QSqlDatabase::database(m_name, false).close();
    QSqlDatabase::removeDatabase(m_name);
}

Result<void> SqlStorage::Connection::openSqlite(QSqlDatabase &database)
{
    // The driver would say "out of memory" or "unable to open": find the plain reason first.
    if (const auto regular = requireRegularFile(m_url.path);
        !regular && regular.error().code == ErrorCode::InvalidArgument)
        return regular;
    const int fd = ::open(m_url.path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return unexpected(ErrorCode::Permission, std::strerror(errno));
    // SQLite gives its other files to whom this one belongs.
    const Result<void> given = giveToDirectoryOwner(fd, m_url.path);
    ::close(fd);
    if (!given)
        return given;
    m_file = file();
    database.setDatabaseName(QString::fromStdString(m_url.path));
    database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=%1").arg(BusyTimeoutMs));
    if (!database.open())
        return unexpected(ErrorCode::Unavailable, sqlFaultText(database.lastError()));
    for (const auto *pragma :
         {"PRAGMA synchronous=NORMAL", "PRAGMA foreign_keys=ON",
          "PRAGMA secure_delete=FAST"}) { // what is deleted is overwritten where that costs nothing
        const Result<void> done = execute(database, QString::fromLatin1(pragma));
        if (!done)
            return done;
    }
    return {};
}

Result<void> SqlStorage::Connection::openPostgres(QSqlDatabase &database)
{
    database.setDatabaseName(QString::fromStdString(m_url.name));
    database.setUserName(QString::fromStdString(m_url.user));
    database.setPassword(QString::fromStdString(m_url.password));
    // What the operator wrote comes last, and so counts.
    database.setConnectOptions(
        QStringLiteral("connect_timeout=%1;tcp_user_timeout=%2;keepalives=1;keepalives_idle=5;"
                       "keepalives_interval=2;keepalives_count=3;")
            .arg(ConnectTimeoutSeconds)
            .arg(UserTimeoutMs) +
        QString::fromStdString(m_url.connectOptions()));
    if (!database.open()) {
        std::string why = sqlFaultText(database.lastError());
        // Who has just written it is told; what stops a server that runs may be mended beside it.
        const bool refused = !m_migrated && isOperatorsFault(why);
        return unexpected(refused ? ErrorCode::InvalidArgument : ErrorCode::Unavailable,
                          std::move(why));
    }
    for (const auto *statement : {"SET client_min_messages TO warning",
                                  "SET statement_timeout TO 1200", "SET lock_timeout TO 1200"}) {
        const Result<void> done = execute(database, QString::fromLatin1(statement));
        if (!done)
            return done;
    }
    return {};
}

Result<void> SqlStorage::Connection::overwriteDeleted(bool on)
{
    if (const Result<void> opened = openFile(); !opened)
        return opened;
    if (m_url.kind == DatabaseUrl::Kind::Postgres)
        return {};
    QSqlDatabase database = QSqlDatabase::database(m_name, false);
    QSqlQuery query(database);
    // It answers with a row, which has to be read before a transaction ends.
    if (!query.exec(QStringLiteral("PRAGMA secure_delete=%1")
                        .arg(on ? QLatin1String("ON") : QLatin1String("FAST"))))
        return unexpected(ErrorCode::Unavailable, sqlFaultText(query.lastError()));
    return {};
}

Result<void> SqlStorage::Connection::emptyJournal()
{
    if (m_url.kind == DatabaseUrl::Kind::Postgres)
        return {};
    QSqlDatabase database = QSqlDatabase::database(m_name, false);
    QSqlQuery query(database);
    if (!query.exec(QStringLiteral("PRAGMA wal_checkpoint(TRUNCATE)")) || !query.next())
        return unexpected(ErrorCode::Unavailable, sqlFaultText(query.lastError()));
    if (query.value(0).toInt() != 0)
        return unexpected(ErrorCode::Unavailable,
                          "it is done, but the journal beside the database still has what was "
                          "there, as somebody reads it: do it again");
    return {};
}

FileIdentity SqlStorage::Connection::file(const char *suffix) const
{
    struct stat status = {};
    if (::stat((m_url.path + suffix).c_str(), &status) != 0)
        return {};
    return {status.st_dev, status.st_ino};
}

/// SQLite leaves its journal where it is when the file has been exchanged, and would apply it to
/// the new one. It is kept under another name, as it belongs to what was put aside.
void SqlStorage::Connection::putJournalAside() const
{
    if (m_journal == FileIdentity() || file("-wal") != m_journal)
        return; // there is none, or the new file brought its own
    const std::string journal = m_url.path + "-wal";
    std::rename(journal.c_str(), (journal + ".replaced").c_str());
    std::remove((m_url.path + "-shm").c_str());
}

Result<void> SqlStorage::Connection::openFile()
{
    // SQLite goes on writing into a file that has been unlinked, or that another one has taken the
    // name of: that is a lost database, and the one that is there now may be older than its
    // program.
    if (m_url.kind == DatabaseUrl::Kind::Sqlite && m_migrated && file() != m_file) {
        close();
        if (file().second == 0)
            return unexpected(ErrorCode::Unavailable, "the database file is gone");
        putJournalAside();
        m_migrated = false;
    }
    const Result<void> opened = open();
    if (!opened)
        return unexpected(ErrorCode::Unavailable, opened.error().detail);
    if (m_url.kind == DatabaseUrl::Kind::Sqlite)
        m_journal = file("-wal");
    return {};
}

Result<void> SqlStorage::Connection::begin(QSqlDatabase &database, Access access) const
{
    if (m_url.kind == DatabaseUrl::Kind::Sqlite && access == Access::Write)
        return execute(database, QStringLiteral("BEGIN IMMEDIATE"));
    if (!database.transaction())
        return unexpected(ErrorCode::Unavailable, sqlFaultText(database.lastError()));
    return {};
}

Result<void>
SqlStorage::Connection::transact(Access access,
                                 const std::function<Result<void>(QSqlDatabase &)> &work)
{
    if (const Result<void> opened = openFile(); !opened)
        return opened;
    Result<void> done;
    bool isGood = true;
    {
        QSqlDatabase database = QSqlDatabase::database(m_name, false);
        done = begin(database, access);
        if (done)
            done = work(database);
        if (done && m_left)
            done = unexpected(ErrorCode::Cancelled, "left behind");
        if (done && monotonicNow() >= m_deadline)
            done = unexpected(ErrorCode::Unavailable, "the database is too slow");
        if (done && !database.commit())
            done = unexpected(ErrorCode::Unavailable, sqlFaultText(database.lastError()));
        // Who has taken ROLLBACK is there; a transaction that never began needs none.
        if (!done)
            isGood = database.rollback() && isRefusalOfOneCall(done.error());
    }
    if (!isGood &&
        (done.error().code == ErrorCode::Unavailable || done.error().code == ErrorCode::Malformed))
        close();
    return done;
}

} // namespace higgs::server
