// SPDX-License-Identifier: GPL-3.0-or-later
// The statements that the calls of the storage are made of. On the storage's thread.
#pragma once

#include "server/storage/records.h"
#include "shared/base/result.h"

#include <QString>
#include <QVariant>
#include <initializer_list>
#include <string>

class QSqlDatabase;

namespace higgs::server::sql {

QVariant text(const std::string &value);
/// One statement with its values; the number of rows it changed.
Result<int> change(QSqlDatabase &database, const QString &statement,
                   std::initializer_list<QVariant> values);
/// Without the number.
Result<void> done(const Result<int> &changed);
/// Whether another node has this one's key.
Result<bool> keyIsTaken(QSqlDatabase &database, const NodeRecord &node);
/// Whoever counts what is called `what` at this moment waits until this transaction is over. SQLite
/// has one writer anyway.
Result<void> lockCount(QSqlDatabase &database, const std::string &what);
/// Forbidden: the claim's key has as many homes as it may without this one.
Result<void> checkHomes(QSqlDatabase &database, const NodeClaim &claim);
/// All that a server takes up when it starts.
Result<StoredState> readAll(QSqlDatabase &database, WallTime now);

} // namespace higgs::server::sql
