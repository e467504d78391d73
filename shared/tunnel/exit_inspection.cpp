// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/exit_inspection.h"

#include "shared/tunnel/command.h"
#include "shared/tunnel/exit_answers.h"
#include "shared/tunnel/exit_canary.h"
#include "shared/tunnel/exit_fuse.h"
#include "shared/tunnel/exit_ruleset.h"
#include "shared/tunnel/ip_text.h"
#include "shared/tunnel/network_state.h"
#include "shared/tunnel/sysctl.h"

#include <algorithm>
#include <sstream>

namespace higgs {

namespace {

/// The first line of one text that the other does not have at its place, as a sentence.
std::string firstDifference(const std::string &ours, const std::string &found)
{
    if (ours == found)
        return {};
    std::istringstream left(ours);
    std::istringstream right(found);
    std::string expected;
    std::string seen;
    while (std::getline(left, expected)) {
        const bool more = static_cast<bool>(std::getline(right, seen));
        if (more && seen == expected)
            continue;
        const std::size_t text = std::min(expected.find_first_not_of(" \t"), expected.size());
        return "missing or changed: " + expected.substr(text);
    }
    return "there are rules that are not ours";
}

Result<AttackedHome> homeToAttack(const ExitPolicy &policy, const ExitSurroundings &around)
{
    AttackedHome home;
    home.network4 = policy.network4;
    if (readSysctl("net/ipv6/conf/all/forwarding"))
        home.network6 = policy.network6;
    home.gateways = policy.gateways;
    home.publicAddresses = policy.router.addresses;
    home.nearby = around.nearby;
    home.nearby.insert(home.nearby.end(), policy.router.networks.begin(),
                       policy.router.networks.end());
    home.allowed = policy.exitAllow;
    home.ipv6 = around.ipv6;
    for (const char *family : {"-4", "-6"}) {
        const auto json = runCommand("ip", {family, "-j", "route", "show", "default"});
        auto routers = json ? parseDefaultGateways(*json)
                            : Result<std::vector<IpAddress>>(unexpected(json.error()));
        if (!routers)
            return unexpected(routers.error());
        home.routers.insert(home.routers.end(), routers->begin(), routers->end());
    }
    auto own = machineAddresses();
    if (!own)
        return unexpected(own.error());
    home.ownAddresses = std::move(*own);
    return home;
}

} // namespace

Result<std::string> listExitRules()
{
    auto policy = runCommand("nft", {"-s", "list", "table", "inet", ExitTableName});
    if (!policy)
        return policy;
    const auto fuse = runCommand("nft", {"-s", "-t", "list", "table", "inet", FuseTableName});
    if (!fuse)
        return unexpected(fuse.error());
    std::string text = *policy + *fuse;
    // Where the kernel has this family.
    if (const auto arp = runCommand("nft", {"-s", "list", "table", "arp", "higgs_node"}))
        text += *arp;
    return text;
}

Result<std::string> ExitInspection::foreignChange() const
{
    const auto now = listExitRules();
    if (!now) // not there, or not to be listed
        return "the table is gone: " + now.error().detail;
    std::string difference = firstDifference(listing, *now);
    if (difference.empty())
        difference = barrier.change();
    if (difference.empty() && !guard.stands())
        difference = "the guard of WireGuard's port is gone or changed";
    return difference;
}

bool ExitInspection::isOutdated() const
{
    auto bridges = guestBridges(interfaceName);
    std::erase(bridges, around.egress);
    return bridges != around.bridges || !answersAreLed(policy);
}

Result<ExitSafety> ExitInspection::attack() const
{
    if (around.egress.empty())
        return unexpected(ErrorCode::InvalidArgument, "apply() comes before attack()");
    const auto home = homeToAttack(policy, around);
    if (!home)
        return unexpected(home.error());
    auto trials = attackExit(interfaceName, *home);
    if (!trials)
        return unexpected(trials.error());
    auto changed = foreignChange();
    if (!changed)
        return unexpected(changed.error());
    const bool unknown = !policy.network4.address.isNull() && !policy.router.known4;
    std::string detail = answersFault(policy, interfaceName, around.egress, around.ipv6);
    if (detail.empty())
        detail = waysFault(policy, interfaceName, around.egress, around.ipv6);
    return ExitSafety{wallNow(), std::move(*trials), std::move(*changed), unknown,
                      std::move(detail)};
}

} // namespace higgs
