// SPDX-License-Identifier: GPL-3.0-or-later
// A command's way to the server: its admin socket while it runs, else the database that it left.
#pragma once

#include "server/storage/sql_storage.h"
#include "shared/control/blocking_control_client.h"

namespace higgs::server {

/// Whether this process may believe the files of a server's data directory, and its database if
/// that is a file. Permission: a sentence for the operator (data_place.h).
Result<void> mayUseFiles(const std::string &dataDirectory, const DatabaseUrl &database);

class AdminLine
{
public:
    /// Longer than the server waits for its storage.
    static constexpr Milliseconds Patience = Seconds(10);

    /// NotFound: no server runs on that directory and there is no database, which a command never
    /// makes. Permission: a server runs, and this user may not speak to it; or somebody else may
    /// have put there what is found.
    static Result<AdminLine> open(const std::string &dataDirectory, const DatabaseUrl &database);

    /// Does the verb, here or there. Errors are sentences for the operator.
    Result<protocol::Json> call(std::string_view verb, const protocol::Json &params);

private:
    AdminLine() = default;
    Result<protocol::Json> callHere(std::string_view verb, const protocol::Json &params);

    std::unique_ptr<control::BlockingControlClient> m_server; ///< null: none runs
    std::unique_ptr<SqlStorage> m_storage;
    std::string m_directory; ///< of the server's data
};

} // namespace higgs::server
