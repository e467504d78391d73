// SPDX-License-Identifier: GPL-3.0-or-later
// Rows and records: how each record is bound to a statement and read back from a result.
#pragma once

#include "server/storage/records.h"
#include "shared/base/result.h"

#include <QVariant>

class QSqlDatabase;
class QSqlQuery;

namespace higgs::server::sql {

/// Unavailable with the driver's own words on one line.
Unexpected failed(const QSqlQuery &query);

/// Runs one statement with its values; what it found is read from the query.
Result<QSqlQuery> asked(QSqlDatabase &database, const char *statement,
                        std::initializer_list<QVariant> values);

Result<std::vector<NodeRecord>> readNodes(QSqlDatabase &database);
/// Of these, those that are there; the ids are few.
Result<std::vector<NodeRecord>> readNodes(QSqlDatabase &database, const std::vector<NodeId> &ids);
/// Those that have neither ended nor expired.
Result<std::vector<SessionRecord>> readSessions(QSqlDatabase &database, WallTime now);
/// Of these, those that have not ended.
Result<std::vector<SessionRecord>> readSessions(QSqlDatabase &database,
                                                const std::vector<SessionId> &ids);
Result<std::vector<AccessKeyRecord>> readAccessKeys(QSqlDatabase &database);
/// The oldest first.
Result<std::vector<NodeOrder>> readOrders(QSqlDatabase &database);
Result<std::int64_t> readAdminRevision(QSqlDatabase &database);

Result<void> writeNode(QSqlDatabase &database, const NodeRecord &node);
/// In place of an earlier one of its kind for that node.
Result<void> writeOrder(QSqlDatabase &database, const NodeOrder &order);
Result<void> raiseAdminRevision(QSqlDatabase &database);

} // namespace higgs::server::sql
