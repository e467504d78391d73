// SPDX-License-Identifier: GPL-3.0-or-later
// Small files that somebody else wrote, read without ever waiting for what is none.
#pragma once

#include "shared/base/result.h"

#include <string>

namespace higgs {

/// The whole file. A pipe, a device or a directory is InvalidArgument ("is not a regular file"),
/// and so is one of more than `most` bytes; none is waited for. What is not there is NotFound, all
/// else Permission or System. The detail names the file.
Result<std::string> readRegularFile(const std::string &path, std::size_t most);

/// The same judgement, for a library that opens the file by itself.
Result<void> requireRegularFile(const std::string &path);

} // namespace higgs
