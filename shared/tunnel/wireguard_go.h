// SPDX-License-Identifier: GPL-3.0-or-later
// wireguard-go as a foreground child of ours, from its start to the moment it takes configuration.
#pragma once

#include "shared/tunnel/child_process.h"

namespace higgs {

/// Blocks until the interface and its UAPI socket are there (tens of milliseconds). Unavailable
/// with the program's last words when it ends before that; Timeout after five seconds.
Result<std::unique_ptr<ChildProcess>> startWireguardGo(EpollSet &epoll,
                                                       const std::string &interfaceName);

/// Removes the UAPI socket of a wireguard-go that was killed; one that still listens stays.
void removeStaleUapiSocket(const std::string &interfaceName);

/// wireguard-go leaves its UDP sockets at the kernel's default buffers, which overflow in bursts;
/// its parent may reach into it and enlarge them. To be called when the interface is up. False
/// where the kernel forbids that: slower, not broken.
bool enlargeSocketBuffersOf(const ChildProcess &child);

} // namespace higgs
