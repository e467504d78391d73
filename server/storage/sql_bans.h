// SPDX-License-Identifier: GPL-3.0-or-later
// The table of bans, and what a ban or a removal does to the rows of others.
#pragma once

#include "server/storage/records.h"
#include "shared/base/result.h"

class QSqlDatabase;
class QVariant;

namespace higgs::server::sql {

Result<std::vector<BanRecord>> readBans(QSqlDatabase &database);
/// In place of an earlier one of the same subject; a node's public key is looked up.
Result<void> writeBan(QSqlDatabase &database, BanRecord ban);
/// NotFound: it is not banned.
Result<void> deleteBan(QSqlDatabase &database, BanRecord::Kind kind, const std::string &subject);
Result<void> deleteEndedBans(QSqlDatabase &database, WallTime now);
/// Ends those whose `column` is `value`, and forgets who their clients were and where.
Result<void> endSessionsWhere(QSqlDatabase &database, const char *column, const QVariant &value,
                              SessionEnd how);
/// Sessions that a server which does not run must not take up again.
Result<void> endSessionsOfKey(QSqlDatabase &database, const std::string &name);
Result<void> endSessionsOfNode(QSqlDatabase &database, const NodeId &node);

} // namespace higgs::server::sql
