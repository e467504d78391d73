// SPDX-License-Identifier: GPL-3.0-or-later
// A TUN interface of our own, without packet information: one IP packet a read or write, or with
// the kernel's offloads several in one.
#pragma once

#include "shared/base/result.h"
#include "shared/tunnel/owned_fd.h"

#include <string>

namespace higgs {

enum class TunFraming {
    Bare,
    OffloadHeaders, ///< an OffloadHeader stands before each packet, either way
};

/// Non-blocking; the interface goes with the descriptor. Permission; System. It is not up yet.
Result<OwnedFd> openTunInterface(const std::string &name, TunFraming framing = TunFraming::Bare);

/// Another interface of ours beside `tunnel`: its name and `letter`, cut to what the kernel takes,
/// with `other` where that would be the tunnel's own name. Pure.
std::string nameBeside(const std::string &tunnel, char letter, char other);

} // namespace higgs
