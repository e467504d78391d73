// SPDX-License-Identifier: GPL-3.0-or-later
// Files of a backup: copied to the end, told apart by their digests, exchanged all or none.
#pragma once

#include "shared/base/result.h"

#include <string>
#include <utility>
#include <vector>

namespace higgs::server {

/// Something has this name, whatever it is.
bool isThere(const std::string &path);
/// Hex SHA-256 of a regular file of any size. Errors name the file.
Result<std::string> digestOfFile(const std::string &path);
/// A regular file of any size to a new one (0600, synchronised, of its directory's owner).
Result<void> copyFile(const std::string &from, const std::string &to);
/// With the files in it; no directories.
void removeDirectory(const std::string &path);

/// Many files in place of others: all of them or none, whatever fails and whenever the process
/// ends. The new ones are copied aside first; then a journal says what is to be renamed, and from
/// that moment on finish() brings it about.
class FileExchange
{
public:
    /// `away`: the name of a directory beside each file that gives way, which it is moved to.
    /// `journal`: a file that is not there.
    FileExchange(std::string away, std::string journal)
        : m_away(std::move(away)), m_journal(std::move(journal))
    {}
    ~FileExchange();
    FileExchange(const FileExchange &) = delete;
    FileExchange &operator=(const FileExchange &) = delete;

    /// Nothing where there is no such file.
    void putAway(const std::string &path);
    void bringIn(const std::string &from, const std::string &to);
    /// The directories with what gave way. The first fault of all that was asked for.
    Result<std::vector<std::string>> commit();

    /// Ends what a process did not that had this journal: true where there was one.
    static Result<bool> finish(const std::string &journal);
    /// The directory beside `path` that new files wait in; left behind by who came no further.
    static std::string waitingBeside(const std::string &path);

private:
    using Renames = std::vector<std::pair<std::string, std::string>>; ///< from, to

    Result<std::string> placeBeside(const std::string &path, const std::string &name,
                                    std::vector<std::string> &made);
    Result<void> writeJournal() const;
    Result<void> perform();
    void undo();
    void note(const Result<void> &done);

    std::string m_away;
    std::string m_journal;
    std::vector<std::string> m_made;    ///< of what gives way
    std::vector<std::string> m_waiting; ///< of what comes in
    Renames m_old;
    Renames m_new;
    Result<void> m_state;
    bool m_committed = false;
};

} // namespace higgs::server
