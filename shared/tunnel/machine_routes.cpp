// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/machine_routes.h"

#include "shared/base/prefix_list.h"
#include "shared/tunnel/client_routing.h"
#include "shared/tunnel/netlink_attributes.h"
#include "shared/tunnel/route_dump.h"

#include <array>
#include <map>
#include <net/if.h>
#include <sys/socket.h>

namespace higgs {

namespace {

using Family = IpAddress::Family;

// 0.0.0.0/1, 2000::/3 and the like are default routes in parts.
constexpr unsigned MinSpecificLength = 8;

bool readHops(ByteReader hops, MachineRoute &route)
{
    while (hops.remaining() > 0) {
        const auto head = takeNative<rtnexthop>(hops);
        if (!head || head->rtnh_len < sizeof(rtnexthop))
            return false;
        const auto attributes = hops.bytes(head->rtnh_len - sizeof(rtnexthop));
        if (!attributes)
            return false;
        route.devices.push_back(static_cast<std::uint32_t>(head->rtnh_ifindex));
        route.byRouter = true; // or by several ways, which is as good
        hops.skip(
            std::min(RTNH_ALIGN(head->rtnh_len) - std::size_t(head->rtnh_len), hops.remaining()));
    }
    return true;
}

/// False: broken. A family that is none of ours has a null address.
bool readRoute(ByteReader body, MachineRoute &route, bool &cloned)
{
    const auto head = takeNative<rtmsg>(body);
    if (!head)
        return false;
    const Family family = head->rtm_family == AF_INET    ? Family::V4
                          : head->rtm_family == AF_INET6 ? Family::V6
                                                         : Family::None;
    route = {};
    cloned = (head->rtm_flags & RTM_F_CLONED) != 0;
    route.unicast = head->rtm_type == RTN_UNICAST;
    IpAddress target = family == Family::None ? IpAddress() : IpAddress::any(family);
    bool good = true;
    const bool whole = forNetlinkAttributes(body, [&](unsigned short type, ByteSpan payload) {
        if (type == RTA_DST && payload.size() == target.bytes().size())
            target = payload.size() == 4 ? IpAddress::v4(payload.first<4>())
                                         : IpAddress::v6(payload.first<16>());
        else if (type == RTA_GATEWAY || type == RTA_VIA)
            route.byRouter = true;
        else if (type == RTA_OIF)
            route.devices.push_back(netlinkNumber(payload).value_or(0));
        else if (type == RTA_MULTIPATH)
            good = readHops(ByteReader(payload), route) && good;
    });
    if (!whole || !good || head->rtm_dst_len > 8 * target.bytes().size())
        return whole && good && target.isNull();
    if (target.isNull())
        return true;
    route.to = networkAround(target, head->rtm_dst_len);
    return true;
}

std::string nameOf(std::uint32_t device)
{
    std::array<char, IF_NAMESIZE> name{};
    return ::if_indextoname(device, name.data()) != nullptr ? name.data() : std::string();
}

Result<void> forEachRoute(const EachRoute &each)
{
    for (const auto &[family, flag] : Families) {
        if (!hasFamily(family))
            continue;
        if (const auto read = forEachRoute(family, each); !read)
            return read;
    }
    return {};
}

} // namespace

Result<bool> readRoutes(ByteSpan datagram, const EachRoute &each)
{
    MachineRoute route;
    return readRouteMessages(datagram, [&](ByteReader body) {
        bool cloned = false;
        if (!readRoute(body, route, cloned))
            return false;
        if (!cloned && !route.to.address.isNull())
            each(route);
        return true;
    });
}

bool isSpecific(const MachineRoute &route)
{
    return route.unicast && route.to.length >= MinSpecificLength;
}

Result<void> forEachRoute(Family family, const EachRoute &each)
{
    return dumpRoutes(family, [&each](ByteSpan datagram) { return readRoutes(datagram, each); });
}

Result<std::set<std::string>> waysOut()
{
    std::set<std::uint32_t> devices;
    const auto read = forEachRoute([&devices](const MachineRoute &route) {
        if (route.byRouter || route.to.length == 0)
            devices.insert(route.devices.begin(), route.devices.end());
    });
    if (!read)
        return unexpected(read.error());
    std::set<std::string> names;
    for (const std::uint32_t device : devices)
        names.insert(nameOf(device));
    return names;
}

Result<std::vector<IpPrefix>> specificNetworks(const std::set<std::string> &except)
{
    std::vector<IpPrefix> networks;
    std::map<std::uint32_t, bool> meant{{0, true}};
    const auto read = forEachRoute([&](const MachineRoute &route) {
        if (!isSpecific(route))
            return;
        const std::uint32_t device = route.devices.empty() ? 0 : route.devices.front();
        auto known = meant.find(device);
        if (known == meant.end()) {
            const std::string name = nameOf(device);
            known = meant.emplace(device, !name.empty() && !except.contains(name)).first;
        }
        if (known->second)
            networks.push_back(route.to);
    });
    if (!read)
        return unexpected(read.error());
    return networks;
}

} // namespace higgs
