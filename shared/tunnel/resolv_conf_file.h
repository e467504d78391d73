// SPDX-License-Identifier: GPL-3.0-or-later
// /etc/resolv.conf on the disk: read as it is, replaced, put back.
#pragma once

#include "shared/tunnel/resolv_conf.h"

namespace higgs {

/// The file, the link, or the fact that there is none.
Result<ResolvConf> readResolvConf();

/// What a program reading the file sees; "" when there is nothing to see.
std::string resolvConfText();

/// The same of one that was read before; "" when there is nothing to see any more.
std::string resolvConfText(const ResolvConf &file);

/// By rename; in place where the file is a mount point (as `ip netns exec` makes it) or its
/// directory is not ours to write. Permission says why, and what to do about it.
Result<void> replaceResolvConf(const std::string &content);

/// Back to `original`, if what is there now is ours.
Result<void> restoreResolvConf(const ResolvConf &original);

} // namespace higgs
