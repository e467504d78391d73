// SPDX-License-Identifier: GPL-3.0-or-later
// Access keys: accounts with what the operator allows them.
#include "server/storage/sql_bans.h"
#include "server/storage/sql_calls.h"
#include "server/storage/sql_rows.h"
#include "server/storage/sql_statements.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QVariant>

namespace higgs::server {

namespace {

using sql::text;

QVariant timeOrNone(const std::optional<WallTime> &time)
{
    return time ? QVariant(static_cast<qlonglong>(time->ms))
                : QVariant(QMetaType(QMetaType::LongLong));
}

QVariant numberOrNone(const std::optional<unsigned> &number)
{
    return number ? QVariant(static_cast<int>(*number)) : QVariant(QMetaType(QMetaType::Int));
}

std::optional<WallTime> timeAt(const QSqlQuery &query, int column)
{
    return query.isNull(column) ? std::nullopt
                                : std::optional(WallTime{query.value(column).toLongLong()});
}

std::optional<unsigned> numberAt(const QSqlQuery &query, int column)
{
    const int value = query.value(column).toInt();
    return query.isNull(column) || value < 1 ? std::nullopt
                                             : std::optional(static_cast<unsigned>(value));
}

/// What `changed` one row, or has found none of that name.
Result<void> oneChanged(QSqlDatabase &db, const Result<int> &changed)
{
    if (!changed)
        return unexpected(changed.error());
    if (*changed == 0)
        return unexpected(ErrorCode::NotFound, "no key of that name");
    return sql::raiseAdminRevision(db);
}

} // namespace

Result<std::vector<AccessKeyRecord>> sql::readAccessKeys(QSqlDatabase &database)
{
    QSqlQuery query(database);
    if (!query.exec(QStringLiteral("SELECT name, digest, created_at, note, expires_at, last_used,"
                                   " max_sessions, relay_mbps, purpose FROM access_keys"
                                   " ORDER BY name")))
        return failed(query);
    std::vector<AccessKeyRecord> keys;
    while (query.next()) {
        AccessKeyRecord key;
        key.name = query.value(0).toString().toStdString();
        key.digest = query.value(1).toString().toStdString();
        key.createdAt = {query.value(2).toLongLong()};
        key.note = query.value(3).toString().toStdString();
        key.expiresAt = timeAt(query, 4);
        key.lastUsed = timeAt(query, 5);
        key.maxSessions = numberAt(query, 6);
        key.relayMbps = numberAt(query, 7);
        // A word that is not known here is a right that is not known here.
        key.purpose =
            keyPurposeOf(query.value(8).toString().toStdString()).value_or(KeyPurpose::Use);
        keys.push_back(std::move(key));
    }
    if (query.lastError().isValid())
        return failed(query);
    return keys;
}

void SqlStorage::addAccessKey(const AccessKeyRecord &key, Stored<void> reply)
{
    submit<void>(std::move(reply), [key](QSqlDatabase &db) -> Result<void> {
        const auto added = sql::change(
            db,
            QStringLiteral("INSERT INTO access_keys (name, digest, created_at, note, expires_at,"
                           " max_sessions, relay_mbps, purpose)"
                           " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                           " ON CONFLICT (name) DO NOTHING"),
            {text(key.name), text(key.digest), static_cast<qlonglong>(key.createdAt.ms),
             text(key.note), timeOrNone(key.expiresAt), numberOrNone(key.maxSessions),
             numberOrNone(key.relayMbps), text(std::string(toString(key.purpose)))});
        if (!added)
            return unexpected(added.error());
        if (*added == 0)
            return unexpected(ErrorCode::AlreadyExists, "there is a key of that name");
        return sql::raiseAdminRevision(db);
    });
}

void SqlStorage::replaceAccessKey(const AccessKeyRecord &key, Stored<void> reply)
{
    submit<void>(std::move(reply), [key](QSqlDatabase &db) -> Result<void> {
        return oneChanged(
            db,
            sql::change(
                db,
                QStringLiteral("UPDATE access_keys SET digest = ?, created_at = ? WHERE name = ?"),
                {text(key.digest), static_cast<qlonglong>(key.createdAt.ms), text(key.name)}));
    });
}

void SqlStorage::setAccessKey(const AccessKeyRecord &key, Stored<void> reply)
{
    submit<void>(std::move(reply), [key](QSqlDatabase &db) -> Result<void> {
        return oneChanged(
            db, sql::change(db,
                            QStringLiteral("UPDATE access_keys SET note = ?, expires_at = ?,"
                                           " max_sessions = ?, relay_mbps = ?, purpose = ?"
                                           " WHERE name = ?"),
                            {text(key.note), timeOrNone(key.expiresAt),
                             numberOrNone(key.maxSessions), numberOrNone(key.relayMbps),
                             text(std::string(toString(key.purpose))), text(key.name)}));
    });
}

void SqlStorage::removeAccessKey(const std::string &name, Stored<void> reply)
{
    submit<void>(std::move(reply), [name](QSqlDatabase &db) -> Result<void> {
        const Result<void> removed =
            oneChanged(db, sql::change(db, QStringLiteral("DELETE FROM access_keys WHERE name = ?"),
                                       {text(name)}));
        return removed ? sql::endSessionsOfKey(db, name) : removed;
    });
}

void SqlStorage::touchAccessKeys(const std::vector<std::pair<std::string, WallTime>> &used,
                                 Stored<void> reply)
{
    submit<void>(std::move(reply), [used](QSqlDatabase &db) -> Result<void> {
        for (const auto &[name, at] : used) {
            const auto touched = sql::change(
                db, QStringLiteral("UPDATE access_keys SET last_used = ? WHERE name = ?"),
                {static_cast<qlonglong>(at.ms), text(name)});
            if (!touched)
                return unexpected(touched.error());
        }
        return {};
    });
}

} // namespace higgs::server
