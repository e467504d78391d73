// SPDX-License-Identifier: GPL-3.0-or-later
// What several servers on one database need of it besides their sessions.
#include "server/storage/sql_calls.h"
#include "server/storage/sql_rows.h"
#include "server/storage/sql_statements.h"

#include <QSqlDatabase>
#include <QSqlQuery>

namespace higgs::server {

using sql::change;
using sql::text;

namespace {

Result<std::string> oneText(QSqlDatabase &db, const char *statement,
                            std::initializer_list<QVariant> values)
{
    Result<QSqlQuery> found = sql::asked(db, statement, values);
    if (!found)
        return unexpected(found.error());
    return found->next() ? found->value(0).toString().toStdString() : std::string();
}

/// One server at a time comes, so that two that are new take neither one number nor two secrets.
Result<void> lockOthersOut(QSqlDatabase &db)
{
    if (db.driverName() != QLatin1String("QPSQL"))
        return {};
    QSqlQuery query(db);
    if (!query.exec(QStringLiteral("LOCK TABLE instances IN EXCLUSIVE MODE")))
        return sql::failed(query);
    return {};
}

Result<ClusterEntry> takeUp(QSqlDatabase &db, ClusterEntry entry)
{
    if (const auto locked = lockOthersOut(db); !locked)
        return unexpected(locked.error());
    const QVariant instance = text(entry.instance.text());
    const auto added = change(
        db,
        QStringLiteral("INSERT INTO instances (instance, number) VALUES (?,"
                       " (SELECT COALESCE(MAX(known.number), 0) + 1 FROM instances AS known))"
                       " ON CONFLICT (instance) DO NOTHING"),
        {instance});
    if (!added)
        return unexpected(added.error());
    const auto number = oneText(db, "SELECT number FROM instances WHERE instance = ?", {instance});
    if (!number)
        return unexpected(number.error());
    entry.number = QString::fromStdString(*number).toUInt();
    for (auto &[name, value] : entry.secrets) {
        const auto shared = change(db,
                                   QStringLiteral("INSERT INTO shared_secrets (name, value) VALUES"
                                                  " (?, ?) ON CONFLICT (name) DO NOTHING"),
                                   {text(name), text(value)});
        if (!shared)
            return unexpected(shared.error());
        const auto inForce =
            oneText(db, "SELECT value FROM shared_secrets WHERE name = ?", {text(name)});
        if (!inForce)
            return unexpected(inForce.error());
        value = *inForce;
    }
    return entry;
}

} // namespace

void SqlStorage::loadRows(const std::vector<NodeId> &nodes, const std::vector<SessionId> &sessions,
                          Stored<StoredState> reply)
{
    post<StoredState>(std::move(reply), [nodes, sessions](Connection &connection) {
        return connection.run<StoredState>(
            Connection::Access::Read, [&nodes, &sessions](QSqlDatabase &db) -> Result<StoredState> {
                auto foundNodes = sql::readNodes(db, nodes);
                if (!foundNodes)
                    return unexpected(foundNodes.error());
                auto foundSessions = sql::readSessions(db, sessions);
                if (!foundSessions)
                    return unexpected(foundSessions.error());
                StoredState state;
                state.nodes = std::move(*foundNodes);
                state.sessions = std::move(*foundSessions);
                return state;
            });
    });
}

void SqlStorage::join(const ClusterEntry &entry, Stored<ClusterEntry> reply)
{
    submit<ClusterEntry>(std::move(reply), [entry](QSqlDatabase &db) { return takeUp(db, entry); });
}

} // namespace higgs::server
