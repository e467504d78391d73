// SPDX-License-Identifier: GPL-3.0-or-later
// Small files that are there whole or not at all: written aside, checked to the end, renamed, and
// owned by whoever owns their directory.
#pragma once

#include "shared/base/result.h"

#include <string>
#include <string_view>
#include <sys/types.h>

namespace higgs {

/// Replaces `path` in one step: "<path>.new" is written, synchronised and closed, each of which may
/// be where a full disk shows, then renamed, and the directory is synchronised. Whatever fails
/// leaves the old file, and no new one. Permission or System; the detail names the file.
Result<void> replaceFile(const std::string &path, std::string_view text, mode_t mode);

/// As replaceFile(), and what stands there now (a file, a directory, a link) is kept beside as
/// "<path>.damaged", or with a number behind it. Its new path. Whatever fails leaves the old one
/// where it is.
Result<std::string> replaceKeeping(const std::string &path, std::string_view text, mode_t mode);

/// Puts what stands there aside under such a name, and leaves nothing in its place.
Result<std::string> putAside(const std::string &path);

/// Root working in a service's directory must not leave files that the service cannot open: gives
/// the open file to the owner of the directory that `path` is in. Nothing for anybody but root.
Result<void> giveToDirectoryOwner(int fd, const std::string &path);

/// The directory part of a path, "." where it has none.
std::string directoryOf(const std::string &path);

} // namespace higgs
