// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/tun_interface.h"

#include "shared/tunnel/command.h"

#include <cerrno>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

namespace higgs {

namespace {

Error deniedOrBroken(const std::string &what)
{
    const int error = errno;
    return {error == EACCES || error == EPERM ? ErrorCode::Permission : ErrorCode::System,
            describeErrno(what, error)};
}

} // namespace

Result<OwnedFd> openTunInterface(const std::string &name, TunFraming framing)
{
    OwnedFd tun(::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (!tun.isOpen())
        return unexpected(deniedOrBroken("open /dev/net/tun"));
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    if (framing == TunFraming::OffloadHeaders)
        request.ifr_flags |= IFF_VNET_HDR;
    if (::ioctl(tun.get(), TUNSETIFF, &request) != 0)
        return unexpected(deniedOrBroken("make the interface " + name));
    return tun;
}

std::string nameBeside(const std::string &tunnel, char letter, char other)
{
    const std::string start = tunnel.substr(0, IFNAMSIZ - 2);
    return start + (tunnel == start + letter ? other : letter);
}

} // namespace higgs
