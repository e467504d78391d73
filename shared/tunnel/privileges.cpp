// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/privileges.h"

#include "shared/tunnel/command.h"
#include "shared/tunnel/owned_fd.h"

#include <cerrno>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/syscall.h>

namespace higgs {

bool hasNetAdmin()
{
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3]{};
    if (::syscall(SYS_capget, &header, sets) != 0)
        return false;
    return (sets[CAP_TO_INDEX(CAP_NET_ADMIN)].effective & CAP_TO_MASK(CAP_NET_ADMIN)) != 0;
}

Result<void> checkTunnelPrivileges(TunnelKind kind)
{
    if (!hasNetAdmin())
        return unexpected(ErrorCode::Permission,
                          "CAP_NET_ADMIN is missing: start the service by its systemd unit, or as "
                          "root");
    for (const char *program : {"ip", "nft"}) {
        if (const auto found = findProgram(program); !found)
            return unexpected(found.error());
    }
    const bool byWg = kind == TunnelKind::Kernel || kind == TunnelKind::WireguardGo;
    if (const auto found = findProgram("wg"); byWg && !found)
        return unexpected(found.error());
    if (kind == TunnelKind::Kernel)
        return {};
    // With Auto the kernel's own WireGuard would do; asking for it is only possible by making one.
    const OwnedFd tun(::open("/dev/net/tun", O_RDWR | O_CLOEXEC));
    if (kind != TunnelKind::Auto && !tun.isOpen())
        return unexpected(ErrorCode::Permission, describeErrno("open /dev/net/tun", errno));
    if (const auto found = findProgram("wireguard-go"); kind == TunnelKind::WireguardGo && !found)
        return unexpected(found.error());
    return {};
}

} // namespace higgs
