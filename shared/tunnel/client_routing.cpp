// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/client_routing.h"

#include "shared/base/log.h"
#include "shared/tunnel/client_forwarding.h"
#include "shared/tunnel/command.h"
#include "shared/tunnel/machine_routes.h"

#include <algorithm>
#include <unistd.h>

namespace higgs {

using Family = IpAddress::Family;

Result<void> runIpBatch(const char *family, const std::string &batch)
{
    if (batch.empty())
        return {};
    const auto done = runCommand("ip", {family, "-force", "-batch", "-"}, batch);
    if (!done)
        return unexpected(done.error());
    return {};
}

bool hasFamily(Family family)
{
    return family == Family::V4 || ::access("/proc/sys/net/ipv6", F_OK) == 0;
}

Result<std::vector<PolicyRule>> everyRule(const char *family)
{
    const auto json = runCommand("ip", {family, "-j", "rule", "show"});
    if (!json)
        return unexpected(json.error());
    return parseRules(*json);
}

Result<std::vector<PolicyRule>> ownRules(const char *family, const RuleOwner &owner)
{
    auto rules = everyRule(family);
    if (rules)
        std::erase_if(*rules, [&owner](const PolicyRule &rule) { return !isOurs(rule, owner); });
    return rules;
}

Result<void> removeRules(const char *family, const RuleOwner &owner)
{
    const auto present = ownRules(family, owner);
    if (!present)
        return unexpected(present.error());
    const auto done = runIpBatch(family, ruleRemovalBatch(*present, owner));
    if (done)
        return done;
    // Gone meanwhile, by somebody else's hand or that of a killed daemon's last command.
    const auto after = ownRules(family, owner);
    return after && after->empty() ? Result<void>() : done;
}

namespace {

const char *flagOf(Family family)
{
    return family == Family::V4 ? "-4" : "-6";
}

Result<std::vector<TableRoute>> routesIn(Family family, std::uint32_t table)
{
    const auto json =
        runCommand("ip", {flagOf(family), "-j", "route", "show", "table", std::to_string(table)});
    if (!json)
        return unexpected(json.error());
    return parseTableRoutes(*json);
}

std::vector<TableRoute> localRoutes(Family family, const ClientSurroundings &around)
{
    std::vector<TableRoute> routes;
    for (const LocalNetwork &network : around.locals) {
        for (const IpPrefix &prefix : network.prefixes) {
            if (prefix.address.family() == family)
                routes.push_back({prefix, network.interfaceName});
        }
    }
    return routes;
}

bool isIn(const std::vector<TableRoute> &routes, const TableRoute &route)
{
    return std::find(routes.begin(), routes.end(), route) != routes.end();
}

/// Whether our table has the way to nowhere, the one into the tunnel if `device` is named, those to
/// the machine's own guests, and no others.
bool tableStands(Family family, std::uint32_t table, const std::string &device,
                 const ClientSurroundings &around)
{
    const auto present = routesIn(family, table);
    if (!present)
        return false;
    std::vector<TableRoute> wanted = localRoutes(family, around);
    wanted.push_back({std::nullopt, ""});
    if (!device.empty())
        wanted.push_back({std::nullopt, device});
    const auto all = [](const auto &some, const auto &others) {
        return std::all_of(some.begin(), some.end(),
                           [&others](const TableRoute &route) { return isIn(others, route); });
    };
    return all(wanted, *present) && all(*present, wanted);
}

} // namespace

bool routesStand(const RuleOwner &owner, const MadeRules &made, const TunnelRoutes &routes,
                 const std::string &device, const ClientSurroundings &around)
{
    return std::all_of(Families.begin(), Families.end(), [&](const auto &each) {
        const auto &[family, flag] = each;
        if (!hasFamily(family))
            return true;
        auto rules = everyRule(flag);
        const auto &before = made[family == Family::V6];
        if (!rules || !before)
            return false;
        if (!placesHold(before->places, *rules, owner))
            return false;
        std::erase_if(*rules, [&owner](const PolicyRule &rule) { return !isOurs(rule, owner); });
        return areSame(*rules, before->rules) &&
               tableStands(family, owner.table, carries(routes, family) ? device : std::string(),
                           around);
    });
}

void routeLocals(Family family, std::uint32_t table, const ClientSurroundings &around)
{
    const auto wanted = localRoutes(family, around);
    std::string batch;
    if (const auto present = routesIn(family, table)) {
        for (const TableRoute &route : *present) {
            if (route.to && !isIn(wanted, route))
                batch += "route delete " + route.to->toString() + " dev " + route.device +
                         " table " + std::to_string(table) + "\n";
        }
    }
    batch += localRouteBatch(around, table, family);
    if (batch.empty())
        return;
    const auto done = runCommand("ip", {flagOf(family), "-force", "-batch", "-"}, batch);
    if (!done)
        log::info("tunnel", "a network of guests has no way", {{"error", done.error().detail}});
}

namespace {

/// The kernel shows frames between a bridge's ports to the rules of both families.
bool showsBridged()
{
    return readSysctl("net/bridge/bridge-nf-call-iptables") == "1" &&
           readSysctl("net/bridge/bridge-nf-call-ip6tables") == "1";
}

std::vector<BesideGuests> guestsBeside(const std::string &links, const std::set<std::string> &ways)
{
    std::vector<StationTable> stations;
    for (const std::string &card : stationCards(links)) {
        if (auto shown = runCommand("bridge", {"-j", "fdb", "show", "dev", card}))
            stations.push_back({card, std::move(*shown)});
    }
    auto found = parseBeside(links, ways, stations);
    if (!found)
        return {};
    for (BesideGuests &each : *found)
        each.held = each.bridged && showsBridged();
    return *found;
}

} // namespace

Result<LinksAndWays> showLinksAndWays()
{
    const auto links = runCommand("ip", {"-j", "-d", "address", "show"});
    auto ways = links ? waysOut() : Result<std::set<std::string>>(unexpected(links.error()));
    if (!ways)
        return unexpected(ways.error());
    return LinksAndWays{*links, std::move(*ways)};
}

ClientSurroundings lookAround(const std::string &tunnel)
{
    const auto shown = showLinksAndWays();
    auto found = shown ? parseSurroundings(shown->links, shown->ways, tunnel)
                       : Result<ClientSurroundings>(unexpected(shown.error()));
    if (found) {
        found->beside = guestsBeside(shown->links, shown->ways);
        return *found;
    }
    log::warning("tunnel", "networks of containers are not known, and stay blocked",
                 {{"error", found.error().detail}});
    return {};
}

Result<void> removeRoutes(const RuleOwner &owner)
{
    Result<void> total;
    for (const auto &[family, flag] : Families) {
        if (!hasFamily(family))
            continue;
        if (const auto removed = removeRules(flag, owner); total && !removed)
            total = removed;
        // Fails for a table that never had a route, which is as good.
        static_cast<void>(
            runCommand("ip", {flag, "route", "flush", "table", std::to_string(owner.table)}));
    }
    return total;
}

bool addressesStand(const TunnelRoutes &routes, const std::string &device)
{
    const auto json = runCommand("ip", {"-j", "address", "show", "dev", device});
    const auto present = json ? parseGlobalAddresses(*json)
                              : Result<std::vector<IpAddress>>(unexpected(json.error()));
    return present && std::all_of(routes.addresses.begin(), routes.addresses.end(),
                                  [&present](const InterfaceAddress &each) {
                                      return std::find(present->begin(), present->end(),
                                                       each.address) != present->end();
                                  });
}

Result<void> putAddresses(const TunnelRoutes &routes, const std::string &device)
{
    std::string batch = "link set dev " + device + " up\n";
    for (const InterfaceAddress &each : routes.addresses)
        batch += "address replace " + each.toString() + " dev " + device +
                 (each.address.isV6() ? " nodad\n" : "\n");
    const auto done = runCommand("ip", {"-force", "-batch", "-"}, batch); // of both families
    if (!done)
        return unexpected(done.error());
    return {};
}

void forgetWaitingPackets()
{
    for (const auto &[family, flag] : Families) {
        if (!hasFamily(family))
            continue;
        const auto done = runCommand("ip", {flag, "neigh", "flush", "nud", "incomplete"});
        if (!done)
            log::warning("tunnel", "waiting packets stay", {{"error", done.error().detail}});
    }
}

std::vector<SysctlValue> wantedSysctls()
{
    // Replies to marked sockets are looked up with their mark.
    std::vector<SysctlValue> wanted{{"net/ipv4/conf/all/src_valid_mark", "1"}};
    // A strict reverse path filter drops DHCP's answers, as everything unmarked leads into the
    // tunnel. The larger of "all" and the interface counts: 2 is loose.
    const auto names = sysctlInterfaces("net/ipv4/conf");
    if (std::any_of(names.begin(), names.end(), [](const std::string &name) {
            return readSysctl("net/ipv4/conf/" + name + "/rp_filter") == "1";
        }))
        wanted.push_back({"net/ipv4/conf/all/rp_filter", "2"});
    // Nobody on the LAN learns by ARP that the tunnel's address is here.
    const auto arpIgnore = readSysctl("net/ipv4/conf/all/arp_ignore");
    if (arpIgnore == "0" || arpIgnore == "1")
        wanted.push_back({"net/ipv4/conf/all/arp_ignore", "2"});
    return wanted;
}

void writeSysctlsWarning(std::span<const SysctlValue> settings)
{
    for (const SysctlValue &setting : settings) {
        if (const auto written = writeSysctl(setting); !written)
            log::warning("tunnel", "kernel setting stays", {{"error", written.error().detail}});
    }
}

Result<std::string> tableNow(const std::string &table, bool withHandles)
{
    const std::size_t space = table.find(' ');
    return runCommand("nft", {withHandles ? "-sa" : "-s", "list", "table", table.substr(0, space),
                              table.substr(space + 1)});
}

std::string tablesNow(bool withNat)
{
    std::string text;
    for (const char *table : {ClientTable, ClientNatTable}) {
        if (table == ClientNatTable && !withNat)
            continue;
        text += tableNow(table).value_or(std::string(NoTable));
    }
    return text;
}

} // namespace higgs
