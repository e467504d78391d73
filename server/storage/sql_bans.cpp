// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sql_bans.h"

#include "server/storage/sql_rows.h"
#include "shared/crypto/sha256.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QString>
#include <QVariant>
#include <algorithm>
#include <array>

namespace higgs::server {

std::string clientGroupOfKey(std::string_view name)
{
    return toHex(sha256(asBytes("key|" + std::string(name))));
}

std::string_view keyPartOf(std::string_view clientGroup)
{
    constexpr std::size_t Digest = 64; // hex SHA-256
    const std::string_view part = clientGroup.substr(0, Digest);
    const bool isHex = std::all_of(part.begin(), part.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
    return part.size() == Digest && isHex ? part : std::string_view();
}

namespace sql {

namespace {

constexpr std::array KindNames{
    std::pair{BanRecord::Kind::Key, "key"},
    std::pair{BanRecord::Kind::Node, "node"},
    std::pair{BanRecord::Kind::Network, "network"},
};

QString nameOf(BanRecord::Kind kind)
{
    const auto *const named = std::find_if(KindNames.begin(), KindNames.end(),
                                           [kind](const auto &each) { return each.first == kind; });
    return QString::fromLatin1(named->second);
}

QVariant text(const std::string &value)
{
    return QString::fromStdString(value);
}

std::string string(const QSqlQuery &query, int column)
{
    return query.value(column).toString().toStdString();
}

/// The number of rows that one statement changed.
Result<int> run(QSqlDatabase &database, const char *statement,
                std::initializer_list<QVariant> values)
{
    const Result<QSqlQuery> done = asked(database, statement, values);
    if (!done)
        return unexpected(done.error());
    return done->numRowsAffected();
}

Result<void> done(const Result<int> &changed)
{
    if (!changed)
        return unexpected(changed.error());
    return {};
}

Result<std::string> keyOfNode(QSqlDatabase &database, const std::string &node)
{
    QSqlQuery query(database);
    query.prepare(QStringLiteral("SELECT public_key FROM nodes WHERE node_id = ?"));
    query.addBindValue(text(node));
    if (!query.exec())
        return failed(query);
    return query.next() ? string(query, 0) : std::string();
}

} // namespace

Result<std::vector<BanRecord>> readBans(QSqlDatabase &database)
{
    QSqlQuery query(database);
    if (!query.exec(QStringLiteral("SELECT kind, subject, node_key, reason, created_at, expires_at"
                                   " FROM bans ORDER BY created_at, subject")))
        return failed(query);
    std::vector<BanRecord> bans;
    while (query.next()) {
        const auto *const named =
            std::find_if(KindNames.begin(), KindNames.end(),
                         [&query](const auto &each) { return string(query, 0) == each.second; });
        if (named == KindNames.end())
            continue;
        BanRecord ban{named->first,
                      string(query, 1),
                      string(query, 2),
                      string(query, 3),
                      {query.value(4).toLongLong()},
                      {}};
        if (!query.isNull(5))
            ban.until = WallTime{query.value(5).toLongLong()};
        bans.push_back(std::move(ban));
    }
    return bans;
}

Result<void> writeBan(QSqlDatabase &database, BanRecord ban)
{
    if (ban.kind == BanRecord::Kind::Node) {
        auto key = keyOfNode(database, ban.subject);
        if (!key)
            return unexpected(key.error());
        ban.nodeKey = std::move(*key);
    }
    return done(run(database,
                    "INSERT INTO bans (kind, subject, node_key, reason, created_at, expires_at)"
                    " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (kind, subject) DO UPDATE SET"
                    " node_key = CASE WHEN excluded.node_key = '' THEN bans.node_key"
                    " ELSE excluded.node_key END, reason = excluded.reason,"
                    " created_at = excluded.created_at, expires_at = excluded.expires_at",
                    {nameOf(ban.kind), text(ban.subject), text(ban.nodeKey), text(ban.reason),
                     static_cast<qlonglong>(ban.createdAt.ms),
                     ban.until ? QVariant(static_cast<qlonglong>(ban.until->ms))
                               : QVariant(QMetaType(QMetaType::LongLong))}));
}

Result<void> deleteBan(QSqlDatabase &database, BanRecord::Kind kind, const std::string &subject)
{
    const Result<int> removed = run(database, "DELETE FROM bans WHERE kind = ? AND subject = ?",
                                    {nameOf(kind), text(subject)});
    if (removed && *removed == 0)
        return unexpected(ErrorCode::NotFound, "it is not banned");
    return done(removed);
}

Result<void> deleteEndedBans(QSqlDatabase &database, WallTime now)
{
    return done(
        run(database, "DELETE FROM bans WHERE expires_at <= ?", {static_cast<qlonglong>(now.ms)}));
}

Result<void> endSessionsWhere(QSqlDatabase &database, const char *column, const QVariant &value,
                              SessionEnd how)
{
    const std::string ends =
        "UPDATE session_journal SET ended = ? WHERE ended IS NULL AND session_id IN"
        " (SELECT session_id FROM sessions WHERE status = 'active' AND " +
        std::string(column) + " = ?)";
    const auto journalled =
        run(database, ends.c_str(), {static_cast<qlonglong>(wallNow().ms), value});
    if (!journalled)
        return unexpected(journalled.error());
    const std::string statement =
        "UPDATE sessions SET status = ?, client_id = '', client_group = '', client_key = NULL,"
        " client_mapped = NULL WHERE " +
        std::string(column) + " = ?";
    return done(run(database, statement.c_str(),
                    {text(how == SessionEnd::Closed ? "closed" : "error"), value}));
}

Result<void> endSessionsOfKey(QSqlDatabase &database, const std::string &name)
{
    // The digest, and whatever a client's own part is behind it.
    return endSessionsWhere(database, "SUBSTR(client_group, 1, 64)", text(clientGroupOfKey(name)),
                            SessionEnd::Closed);
}

Result<void> endSessionsOfNode(QSqlDatabase &database, const NodeId &node)
{
    return endSessionsWhere(database, "node_id", text(node.text()), SessionEnd::Closed);
}

} // namespace sql

} // namespace higgs::server
