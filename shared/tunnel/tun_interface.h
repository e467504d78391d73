// SPDX-License-Identifier: GPL-3.0-or-later
// A TUN interface of our own, without packet information: one IP packet a read or write.
#pragma once

#include "shared/base/result.h"
#include "shared/tunnel/owned_fd.h"

#include <string>

namespace higgs {

/// Non-blocking; the interface goes with the descriptor. Permission; System. It is not up yet.
Result<OwnedFd> openTunInterface(const std::string &name);

/// Another interface of ours beside `tunnel`: its name and `letter`, cut to what the kernel takes,
/// with `other` where that would be the tunnel's own name. Pure.
std::string nameBeside(const std::string &tunnel, char letter, char other);

} // namespace higgs
