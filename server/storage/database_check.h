// SPDX-License-Identifier: GPL-3.0-or-later
// Reading a whole SQLite file through, which takes as long as the file is large: by command only.
#pragma once

#include "server/storage/sql_storage.h"

namespace higgs::server {

/// Also beside a running server, and changes nothing. Malformed with what is wrong; NotFound: there
/// is no such file; InvalidArgument: PostgreSQL has its own tools for it.
Result<void> checkDatabase(const DatabaseUrl &url);

} // namespace higgs::server
