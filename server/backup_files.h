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

/// Many files in place of others: the first fault makes all that was done undone.
class FileExchange
{
public:
    /// `away`: the name of a directory beside each file that gives way, which it is moved to.
    explicit FileExchange(std::string away) : m_away(std::move(away)) {}
    ~FileExchange();
    FileExchange(const FileExchange &) = delete;
    FileExchange &operator=(const FileExchange &) = delete;

    /// Nothing where there is no such file.
    void putAway(const std::string &path);
    void bringIn(const std::string &from, const std::string &to);
    /// The directories with what gave way. The first fault of all that was asked for.
    Result<std::vector<std::string>> commit();

private:
    Result<std::string> placeBeside(const std::string &path);
    void undo();
    void note(const Result<void> &done);

    std::string m_away;
    std::vector<std::string> m_made;
    std::vector<std::pair<std::string, std::string>> m_moved; ///< from, to
    std::vector<std::string> m_brought;
    Result<void> m_state;
    bool m_committed = false;
};

} // namespace higgs::server
