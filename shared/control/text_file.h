// SPDX-License-Identifier: GPL-3.0-or-later
// Small files that a daemon is pointed at when it starts, and the checks both daemons share.
#pragma once

#include "shared/base/secret.h"

#include <string>

namespace higgs::control {

/// The whole file, without a byte order mark. NotFound, Permission, System, TooLarge beyond `most`
/// bytes, or InvalidArgument when it is no UTF-8 text; the detail names the file.
Result<std::string> readTextFile(const std::string &path, std::size_t most);

/// The same without what was pasted along (pasted_text.h); InvalidArgument when nothing is left.
Result<SecretText> readSecretFile(const std::string &path, std::size_t most);

/// What the kernel takes as a name (IFNAMSIZ) and every tool prints plainly.
bool isInterfaceName(std::string_view name);

} // namespace higgs::control
