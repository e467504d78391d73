// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/client_routing.h"

#include "shared/base/log.h"
#include "shared/tunnel/command.h"

#include <algorithm>
#include <unistd.h>

namespace higgs {

using Family = IpAddress::Family;

Result<void> runIpBatch(const char *family, const std::string &batch)
{
    if (batch.empty())
        return {};
    const auto done = runCommand("ip", {family, "-batch", "-"}, batch);
    if (!done)
        return unexpected(done.error());
    return {};
}

bool hasFamily(Family family)
{
    return family == Family::V4 || ::access("/proc/sys/net/ipv6", F_OK) == 0;
}

Result<std::vector<PolicyRule>> ownRules(const char *family, const RuleOwner &owner)
{
    const auto json = runCommand("ip", {family, "-j", "rule", "show"});
    if (!json)
        return unexpected(json.error());
    auto rules = parseRules(*json);
    if (rules)
        std::erase_if(*rules, [&owner](const PolicyRule &rule) { return !isOurs(rule, owner); });
    return rules;
}

Result<void> removeRules(const char *family, const RuleOwner &owner)
{
    const auto present = ownRules(family, owner);
    if (!present)
        return unexpected(present.error());
    return runIpBatch(family, ruleRemovalBatch(*present, owner));
}

bool tableStands(const char *family, std::uint32_t table, const std::string &device)
{
    const auto text = runCommand("ip", {family, "route", "show", "table", std::to_string(table)});
    return text && text->find("unreachable default ") != std::string::npos &&
           (device.empty() || text->find("default dev " + device + ' ') != std::string::npos);
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

} // namespace higgs
