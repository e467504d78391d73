// SPDX-License-Identifier: GPL-3.0-or-later
// A backup is a directory with all that makes a server this one: database, keys, certificate, and a
// manifest that says what belongs to it. Made whole or not at all, also while the server runs.
#pragma once

#include "server/config.h"

namespace higgs::server {

/// What a backup has, and what there is to say of it.
struct BackupReport
{
    std::vector<std::string> files;
    std::vector<std::string> remarks; ///< sentences for the operator
};

/// `directory` must not be there yet, or be empty. NotFound: there is no server's data.
Result<BackupReport> makeBackup(const Config &config, const std::string &directory);

/// Puts what `directory` has in place of what the data directory has, which is kept beside in
/// "replaced-TIME". AlreadyExists: a server runs. Malformed: the backup is not whole, or of a newer
/// program. Whatever fails leaves all as it was; a process that ends in the middle leaves all as it
/// was, or what finishRestore() ends.
Result<BackupReport> restoreBackup(const Config &config, const std::string &directory);

/// Before anything of the data directory is read: ends a restore that was cut off. True: there was
/// one. AlreadyExists: it is under way.
Result<bool> finishRestore(const Config &config);

} // namespace higgs::server
