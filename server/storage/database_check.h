// SPDX-License-Identifier: GPL-3.0-or-later
// Reading a whole SQLite file through, which takes as long as the file is large: by command only.
#pragma once

#include "server/storage/sql_storage.h"

namespace higgs::server {

/// Also beside a running server, and changes nothing. Malformed with what is wrong; NotFound: there
/// is no such file; InvalidArgument: PostgreSQL has its own tools for it.
Result<void> checkDatabase(const DatabaseUrl &url);

/// What a server would find that starts now.
struct DatabaseState
{
    enum class Kind {
        Good,     ///< or not there yet, where the server makes it
        Away,     ///< may come
        Unusable, ///< stays so until somebody changes something
    };
    Kind kind = Kind::Good;
    std::string why; ///< of Good: that the schema will change, or that it was not looked at
};

/// Changes nothing, and waits for some seconds at most. Nothing is said of a file that is not
/// there.
DatabaseState inspectDatabase(const DatabaseUrl &url);

} // namespace higgs::server
