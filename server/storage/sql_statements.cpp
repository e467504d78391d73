// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sql_statements.h"

#include "server/storage/sql_bans.h"
#include "server/storage/sql_rows.h"

#include <QSqlDatabase>
#include <QSqlQuery>

namespace higgs::server::sql {

QVariant text(const std::string &value)
{
    return QString::fromStdString(value);
}

/// One statement with its values; the number of rows it changed.
Result<int> change(QSqlDatabase &database, const QString &statement,
                   std::initializer_list<QVariant> values)
{
    QSqlQuery query(database);
    query.prepare(statement);
    for (const QVariant &value : values)
        query.addBindValue(value);
    if (!query.exec())
        return failed(query);
    return query.numRowsAffected();
}

Result<void> done(const Result<int> &changed)
{
    if (!changed)
        return unexpected(changed.error());
    return {};
}

Result<bool> keyIsTaken(QSqlDatabase &database, const NodeRecord &node)
{
    QSqlQuery query(database);
    query.prepare(QStringLiteral("SELECT 1 FROM nodes WHERE public_key = ? AND node_id <> ?"));
    query.addBindValue(text(node.publicKey.text()));
    query.addBindValue(text(node.id.text()));
    if (!query.exec())
        return failed(query);
    return query.next();
}

Result<StoredState> readAll(QSqlDatabase &database, WallTime now)
{
    StoredState state;
    auto nodes = readNodes(database);
    if (!nodes)
        return unexpected(nodes.error());
    auto sessions = readSessions(database, now);
    if (!sessions)
        return unexpected(sessions.error());
    auto keys = readAccessKeys(database);
    if (!keys)
        return unexpected(keys.error());
    auto orders = readOrders(database);
    if (!orders)
        return unexpected(orders.error());
    auto bans = readBans(database);
    if (!bans)
        return unexpected(bans.error());
    const auto revision = readAdminRevision(database);
    if (!revision)
        return unexpected(revision.error());
    state.nodes = std::move(*nodes);
    state.sessions = std::move(*sessions);
    state.accessKeys = std::move(*keys);
    state.orders = std::move(*orders);
    state.bans = std::move(*bans);
    state.adminRevision = *revision;
    return state;
}

} // namespace higgs::server::sql
