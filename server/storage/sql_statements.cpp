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

Result<void> lockCount(QSqlDatabase &database, const std::string &what)
{
    if (database.driverName() != QLatin1String("QPSQL"))
        return {};
    const auto locked =
        asked(database, "SELECT pg_advisory_xact_lock(hashtext('boson-count'), hashtext(?))",
              {text(what)});
    if (!locked)
        return unexpected(locked.error());
    return {};
}

Result<void> checkHomes(QSqlDatabase &database, const NodeClaim &claim)
{
    const NodeRecord &node = claim.node;
    if (claim.homesOfKey == 0 || node.accessKey.empty())
        return {};
    if (const auto locked = lockCount(database, node.accessKey); !locked)
        return locked;
    Result<QSqlQuery> homes =
        asked(database, "SELECT node_id FROM nodes WHERE access_key = ?", {text(node.accessKey)});
    if (!homes)
        return unexpected(homes.error());
    std::size_t others = 0;
    for (; homes->next(); ++others) {
        if (homes->value(0).toString().toStdString() == node.id.text())
            return {};
    }
    if (others >= claim.homesOfKey)
        return unexpected(ErrorCode::Forbidden, "the access key has as many homes as it may");
    return {};
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
