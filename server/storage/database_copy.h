// SPDX-License-Identifier: GPL-3.0-or-later
// A whole copy of an SQLite database while it is worked on: its file alone lacks what is in the
// journal beside it, and of a young database that is everything.
#pragma once

#include "server/storage/sql_storage.h"

class QSqlDatabase;

namespace higgs::server {

/// Writes what `database` holds at this moment to `path` (0600, synchronised), which must not be
/// there. Nobody who works on the database is kept from it. The error names the file.
Result<void> copyDatabaseInto(QSqlDatabase &database, const std::string &path);

/// The same of the file of `url`. NotFound: there is none; InvalidArgument: PostgreSQL has its own.
Result<void> copyDatabase(const DatabaseUrl &url, const std::string &path);

/// The schema of an SQLite file; 0: it has none of ours. Malformed: it is no database.
Result<int> schemaOf(const std::string &path);

} // namespace higgs::server
