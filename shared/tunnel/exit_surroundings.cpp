// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/exit_surroundings.h"

#include "shared/base/log.h"
#include "shared/tunnel/client_routing.h"
#include "shared/tunnel/command.h"
#include "shared/tunnel/exit_answers.h"
#include "shared/tunnel/exit_barrier.h"
#include "shared/tunnel/exit_canary.h"
#include "shared/tunnel/ip_text.h"
#include "shared/tunnel/local_networks.h"
#include "shared/tunnel/machine_routes.h"
#include "shared/tunnel/sysctl.h"

#include <algorithm>
#include <net/if.h>
#include <sstream>

namespace higgs {

namespace {

/// The interface that the family's default route uses: the main table's, or else the one by which
/// the kernel leads to the Internet, as the route may be in halves or in a table of its own.
Result<std::optional<std::string>> defaultInterface(IpAddress::Family family,
                                                    const std::string &tunnel)
{
    const char *flag = family == IpAddress::Family::V4 ? "-4" : "-6";
    const auto json = runCommand("ip", {flag, "-j", "route", "show", "default"});
    if (!json)
        return unexpected(json.error());
    auto found = parseDefaultRouteInterface(*json, tunnel);
    // A client's tunnel is no way out of a home.
    if (!found || *found || isClientHere())
        return found;
    for (const std::string &way : waysOut(family)) {
        if (way != tunnel && way != "lo" && checkInterfaceName(way))
            return std::optional(way);
    }
    return found;
}

/// Several next hops lead some of IPv6 out by another card than IPv4: better none of it than a
/// part.
bool leavesByThisAlone(const std::string &egress)
{
    const auto ways = waysOut(IpAddress::Family::V6);
    return std::all_of(ways.begin(), ways.end(),
                       [&egress](const std::string &way) { return way == egress; });
}

Result<std::string> chooseEgress(const ExitPolicy &policy, const std::string &tunnel)
{
    if (!policy.egress.empty() && policy.egress != "auto") {
        if (const auto named = checkInterfaceName(policy.egress); !named)
            return unexpected(named.error());
        if (::if_nametoindex(policy.egress.c_str()) == 0)
            return unexpected(ErrorCode::NotFound, "there is no interface " + policy.egress);
        return policy.egress;
    }
    for (const auto &[family, flag] : Families) {
        const auto found = defaultInterface(family, tunnel);
        if (!found)
            return unexpected(found.error());
        if (*found)
            return **found;
    }
    return unexpected(ErrorCode::Unavailable, "no default route: this machine is offline");
}

bool isUniqueLocal(const IpAddress &address)
{
    return IpPrefix::parse("fc00::/7")->contains(address);
}

/// The IPv6 addresses of the interface by which the world could answer.
std::vector<IpAddress> worldAddresses(const std::string &egress)
{
    const auto json = runCommand("ip", {"-6", "-j", "address", "show", "dev", egress});
    auto addresses = json ? parseGlobalAddresses(*json)
                          : Result<std::vector<IpAddress>>(std::vector<IpAddress>());
    if (!addresses)
        return {};
    std::erase_if(*addresses, isUniqueLocal);
    return *addresses;
}

/// Whether the text of net.ipv4.ip_local_port_range reaches into guests' ports.
bool reachesGuestPorts(const std::string &range)
{
    std::istringstream text(range);
    unsigned first = 0;
    unsigned last = 0;
    return text >> first >> last && last >= FirstGuestPort;
}

} // namespace

Result<std::vector<IpAddress>> machineAddresses()
{
    const auto json = runCommand("ip", {"-j", "address", "show"});
    if (!json)
        return unexpected(json.error());
    return parseGlobalAddresses(*json);
}

Result<std::vector<IpPrefix>> routedNetworks(const std::string &tunnel)
{
    return specificNetworks({tunnel, canaryInterface(tunnel)});
}

std::vector<std::string> guestBridges(const std::string &tunnel)
{
    const auto shown = showLinksAndWays();
    const auto found = shown ? parseSurroundings(shown->links, shown->ways, tunnel)
                             : Result<ClientSurroundings>(unexpected(shown.error()));
    std::vector<std::string> names;
    for (const LocalNetwork &network : found ? found->locals : std::vector<LocalNetwork>())
        names.push_back(network.interfaceName);
    return names;
}

Result<std::vector<IpPrefix>> nearbyNetworks(const std::string &tunnel)
{
    auto near = routedNetworks(tunnel);
    const auto own = machineAddresses();
    if (!near || !own)
        return unexpected(near ? own.error() : near.error());
    for (const IpAddress &address : *own) {
        near->push_back(InterfaceAddress{address, 0}.hostPrefix());
        if (address.isV6() && isGlobalUnicast(address))
            near->push_back(homeNetworkAround(address));
    }
    for (const auto &[family, flag] : Families) {
        if (!hasFamily(family))
            continue;
        // Of all tables: its owner may lead by another one.
        const auto json =
            runCommand("ip", {flag, "-j", "route", "show", "table", "all", "default"});
        const auto routers = json ? parseDefaultGateways(*json)
                                  : Result<std::vector<IpAddress>>(unexpected(json.error()));
        if (!routers)
            return unexpected(routers.error());
        for (const IpAddress &router : *routers)
            near->push_back(InterfaceAddress{router, 0}.hostPrefix());
    }
    return near;
}

Result<ExitSurroundings> lookAround(const ExitPolicy &policy, const std::string &tunnel)
{
    ExitSurroundings around;
    const auto egress = chooseEgress(policy, tunnel);
    if (!egress)
        return unexpected(egress.error());
    around.egress = *egress;
    // Of all tables: a rule may lead guests to any.
    auto nearby = routedNetworks(tunnel);
    if (!nearby)
        return unexpected(nearby.error());
    around.nearby = std::move(*nearby);
    auto own = machineAddresses();
    if (!own)
        return unexpected(own.error());
    around.ownAddresses = std::move(*own);
    // Theirs come and go with the tunnel.
    std::erase_if(around.ownAddresses, [&policy](const IpAddress &address) {
        return std::count(policy.gateways.begin(), policy.gateways.end(), address) > 0;
    });
    around.bridges = guestBridges(tunnel);
    std::erase(around.bridges, around.egress);
    const auto way6 = defaultInterface(IpAddress::Family::V6, tunnel);
    const auto world = worldAddresses(around.egress);
    for (const IpAddress &address : world)
        around.nearby.push_back(homeNetworkAround(address));
    around.nearby = boundedNetworks(std::move(around.nearby));
    around.ipv6 = !policy.network6.address.isNull() && policy.router.known6 && !world.empty() &&
                  way6 && *way6 && **way6 == around.egress && leavesByThisAlone(around.egress);
    return around;
}

void warnOfTakenPorts()
{
    // The same setting holds for IPv6.
    const auto range = readSysctl("net/ipv4/ip_local_port_range");
    if (range && reachesGuestPorts(*range))
        log::warning("tunnel", "this machine's own programs use ports that guests leave from",
                     {{"net.ipv4.ip_local_port_range", *range}, {"guestsFrom", FirstGuestPort}});
}

} // namespace higgs
