// SPDX-License-Identifier: GPL-3.0-or-later
// The tables of boson-server, as an append-only list of steps that SQLite and PostgreSQL both run.
#pragma once

#include "shared/base/result.h"

#include <functional>

class QSqlDatabase;

namespace higgs::server {

/// Called before a database that has something in it is changed; its error leaves it as it is.
using BeforeMigration = std::function<Result<void>(int from, int to)>;

/// Brings the database to this program's version, each step in a transaction. InvalidArgument for
/// a database that a newer program made.
Result<void> migrate(QSqlDatabase &database, const BeforeMigration &before);

/// The schema of this program.
int latestSchema();

} // namespace higgs::server
