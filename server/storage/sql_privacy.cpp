// SPDX-License-Identifier: GPL-3.0-or-later
// What is kept of people, and that it can go.
#include "server/storage/sql_calls.h"
#include "server/storage/sql_rows.h"
#include "server/storage/sql_statements.h"

#include <QSqlDatabase>
#include <QSqlQuery>

namespace higgs::server {

namespace {

struct Kind
{
    const char *what;
    const char *from;   ///< a table, and which rows of it
    const char *ofNode; ///< the column that names the node; null: it is nobody's
};

constexpr Kind Kinds[] = {
    {"nodes", "nodes WHERE 1 = 1", "node_id"},
    {"orders", "node_orders WHERE 1 = 1", "node_id"},
    {"liveSessions", "sessions WHERE status = 'active'", "node_id"},
    {"clientAddresses", "sessions WHERE client_mapped IS NOT NULL", "node_id"},
    {"endedSessions", "sessions WHERE status <> 'active'", "node_id"},
    {"journalledSessions", "session_journal WHERE 1 = 1", "node_id"},
    {"metricsHours", "metrics_hours WHERE 1 = 1", "node_id"},
    {"metricsMinutes", "metrics WHERE 1 = 1", "node_id"},
    {"bannedNodes", "bans WHERE kind = 'node'", "subject"},
    {"bannedNetworks", "bans WHERE kind = 'network'", nullptr},
};

// Sessions before nodes, as a crash between two of them is none: it is one transaction.
constexpr const char *Erasures[] = {
    "DELETE FROM sessions WHERE node_id = ?",
    "DELETE FROM session_journal WHERE node_id = ?",
    "DELETE FROM metrics WHERE node_id = ?",
    "DELETE FROM metrics_hours WHERE node_id = ?",
    "DELETE FROM node_orders WHERE node_id = ?",
    "DELETE FROM bans WHERE kind = 'node' AND subject = ?",
    "DELETE FROM nodes WHERE node_id = ?",
};

Result<KeptRows> countOf(QSqlDatabase &database, const Kind &kind,
                         const std::optional<NodeId> &node)
{
    QSqlQuery query(database);
    QString statement = QStringLiteral("SELECT COUNT(*) FROM ") + QLatin1String(kind.from);
    if (node)
        statement += QStringLiteral(" AND %1 = ?").arg(QLatin1String(kind.ofNode));
    query.prepare(statement);
    if (node)
        query.addBindValue(sql::text(node->text()));
    if (!query.exec() || !query.next())
        return sql::failed(query);
    return KeptRows{kind.what, query.value(0).toLongLong()};
}

} // namespace

void SqlStorage::countKept(const std::optional<NodeId> &node, Stored<std::vector<KeptRows>> reply)
{
    using Counts = std::vector<KeptRows>;
    post<Counts>(std::move(reply), [node](Connection &connection) {
        return connection.run<Counts>(Connection::Access::Read,
                                      [&node](QSqlDatabase &db) -> Result<Counts> {
                                          Counts counts;
                                          for (const Kind &kind : Kinds) {
                                              if (node && kind.ofNode == nullptr)
                                                  continue;
                                              const auto count = countOf(db, kind, node);
                                              if (!count)
                                                  return unexpected(count.error());
                                              counts.push_back(*count);
                                          }
                                          return counts;
                                      });
    });
}

void SqlStorage::eraseNode(const NodeId &node, Stored<void> reply)
{
    const auto erase = [node](QSqlDatabase &db) -> Result<void> {
        for (const char *statement : Erasures) {
            const auto erased =
                sql::change(db, QString::fromLatin1(statement), {sql::text(node.text())});
            if (!erased)
                return unexpected(erased.error());
        }
        return sql::raiseAdminRevision(db);
    };
    post<void>(std::move(reply), [erase](Connection &connection) -> Result<void> {
        if (const Result<void> ready = connection.overwriteDeleted(true); !ready)
            return ready;
        const Result<void> erased = connection.run<void>(Connection::Access::Write, erase);
        const Result<void> back = connection.overwriteDeleted(false);
        if (!erased || !back)
            return erased ? back : erased;
        return connection.emptyJournal();
    });
}

} // namespace higgs::server
