// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/home_router.h"

#include "shared/tunnel/netlink_attributes.h"
#include "shared/tunnel/owned_fd.h"
#include "shared/tunnel/route_dump.h"

#include <array>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace higgs {

namespace {

using Family = IpAddress::Family;

std::optional<DefaultRoute> askDefaultRoute(Family family)
{
    DefaultRouteReader reader(family);
    if (!dumpRoutes(family, [&reader](ByteSpan datagram) { return reader.read(datagram); }))
        return std::nullopt;
    return reader.best();
}

/// What has frames: no tunnel, no dialled line. A tap is some program's.
bool isNetworkCard(const std::string &name)
{
    const OwnedFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    if (!fd.isOpen() || ::ioctl(fd.get(), SIOCGIFHWADDR, &request) != 0 ||
        request.ifr_hwaddr.sa_family != ARPHRD_ETHER)
        return false;
    ethtool_drvinfo driver{};
    driver.cmd = ETHTOOL_GDRVINFO;
    request.ifr_data = reinterpret_cast<char *>(&driver);
    return ::ioctl(fd.get(), SIOCETHTOOL, &request) != 0 ||
           std::string_view(driver.driver) != "tun";
}

/// From which address packets to the Internet leave by this interface.
IpAddress ownAddress(Family family, const std::string &interface, std::optional<std::uint32_t> mark)
{
    // Addresses far away; nothing is sent.
    const Endpoint far{family == Family::V4 ? *IpAddress::parse("198.41.0.4")
                                            : *IpAddress::parse("2001:503:ba3e::2:30"),
                       9};
    const OwnedFd fd(
        ::socket(family == Family::V4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_storage storage{};
    const socklen_t length = far.toSockaddr(storage);
    if (!fd.isOpen() ||
        (mark && ::setsockopt(fd.get(), SOL_SOCKET, SO_MARK, &*mark, sizeof *mark) != 0) ||
        ::setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, interface.c_str(),
                     static_cast<socklen_t>(interface.size() + 1)) != 0 ||
        ::connect(fd.get(), reinterpret_cast<const sockaddr *>(&storage), length) != 0)
        return {};
    socklen_t size = sizeof storage;
    if (::getsockname(fd.get(), reinterpret_cast<sockaddr *>(&storage), &size) != 0)
        return {};
    return Endpoint::fromSockaddr(reinterpret_cast<const sockaddr *>(&storage)).address;
}

} // namespace

/// False: broken.
bool DefaultRouteReader::readRoute(ByteReader body)
{
    const auto head = takeNative<rtmsg>(body);
    if (!head)
        return false;
    DefaultRoute route;
    std::uint32_t table = head->rtm_table;
    const std::size_t size = IpAddress::any(m_family).bytes().size();
    const bool whole = forNetlinkAttributes(body, [&](unsigned short type, ByteSpan payload) {
        if (type == RTA_TABLE)
            table = netlinkNumber(payload).value_or(0);
        else if (type == RTA_GATEWAY && payload.size() == size)
            route.gateway =
                size == 4 ? IpAddress::v4(payload.first<4>()) : IpAddress::v6(payload.first<16>());
        else if (type == RTA_OIF)
            route.device = netlinkNumber(payload).value_or(0);
        else if (type == RTA_PRIORITY)
            route.metric = netlinkNumber(payload).value_or(0);
    });
    const bool meant = head->rtm_family == (m_family == Family::V4 ? AF_INET : AF_INET6) &&
                       table == RT_TABLE_MAIN && head->rtm_dst_len == 0 &&
                       head->rtm_type == RTN_UNICAST && (head->rtm_flags & RTM_F_CLONED) == 0;
    if (whole && meant && (!m_best || route.metric < m_best->metric))
        m_best = route;
    return whole;
}

Result<bool> DefaultRouteReader::read(ByteSpan datagram)
{
    return readRouteMessages(datagram, [this](ByteReader body) { return readRoute(body); });
}

std::optional<HomeRouter> findHomeRouter(Family family, std::optional<std::uint32_t> mark)
{
    const std::optional<DefaultRoute> route = askDefaultRoute(family);
    if (!route || route->gateway.isNull() || route->device == 0)
        return std::nullopt;
    std::array<char, IF_NAMESIZE> name{};
    if (::if_indextoname(route->device, name.data()) == nullptr || !isNetworkCard(name.data()))
        return std::nullopt;
    HomeRouter router{route->gateway, route->device, name.data(), {}};
    router.own = ownAddress(family, router.interfaceName, mark);
    if (router.own.isNull() || (family == Family::V6 && !isGlobalUnicast(router.own)))
        return std::nullopt;
    return router;
}

} // namespace higgs
