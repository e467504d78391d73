// SPDX-License-Identifier: GPL-3.0-or-later
// The tables of boson-server, as an append-only list of steps that SQLite and PostgreSQL both run.
#pragma once

#include "shared/base/result.h"

class QSqlDatabase;

namespace higgs::server {

/// Brings the database to this program's version, each step in a transaction. InvalidArgument for
/// a database that a newer program made.
Result<void> migrate(QSqlDatabase &database);

} // namespace higgs::server
