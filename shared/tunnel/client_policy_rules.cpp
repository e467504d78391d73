// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/client_policy_rules.h"

#include "shared/tunnel/client_ruleset.h"

#include <algorithm>

namespace higgs {

using Family = IpAddress::Family;

namespace {

// Of the groups that the LAN setting lets out, the one that the kernel looks up a route for:
// link-local ones need none.
constexpr std::string_view Ssdp = "239.255.255.250/32";

// Worse than any metric a tunnel's route has: what is left when the interface is gone.
constexpr const char *LastResortMetric = "4294967294";

// RTM_NEWRULE's FRA_PROTOCOL of ours; nobody has given this number away (rt_protos).
constexpr std::string_view RuleProtocol = "72";

constexpr std::uint32_t UsualStep = 10;

} // namespace

std::string clientRouteBatch(const ClientNetworkOptions &options, const BlockPolicy &policy,
                             const TunnelRoutes &routes, Family family, const RulePlaces &places)
{
    const std::string table = " table " + std::to_string(options.table) + "\n";
    std::string batch;
    const auto rule = [&batch](std::uint32_t place, const std::string &what) {
        batch += "rule add pref " + std::to_string(place) + " " + what + " protocol " +
                 std::string(RuleProtocol) + "\n";
    };
    const std::string inside = "table " + std::to_string(options.table);
    // First the way to nowhere, then the rules that lead into the table, then the tunnel.
    batch += std::string("route replace unreachable default metric ") + LastResortMetric + table;
    if (policy.excludeGid)
        rule(places.exclude, "fwmark " + hexMark(options.excludeMark) + " table main");
    if (policy.allowLan) {
        for (const IpAddress &host : insideHosts(routes, family))
            rule(places.inside, "to " + host.toString() + " " + inside);
        for (const std::string_view prefix : lanPrefixes(family))
            rule(places.lan, "to " + std::string(prefix) + " table main suppress_prefixlength 0");
        // No route but the default one may lead there; a router goes no further with it.
        if (family == Family::V4)
            rule(places.lan, "to " + std::string(Ssdp) + " table main");
    }
    rule(places.tunnel, "not fwmark " + hexMark(options.mark) + " " + inside);
    if (carries(routes, family))
        batch += "route replace default dev " + options.interfaceName + table;
    return batch;
}

RulePlaces placesBefore(std::optional<std::uint32_t> others)
{
    const RulePlaces usual;
    if (!others || *others > usual.tunnel)
        return usual;
    constexpr std::uint32_t Count = 4;
    const std::uint32_t step = *others > Count * UsualStep ? UsualStep : 1;
    // Nobody can stand before a rule of priority 0 that came earlier.
    const std::uint32_t first = *others > Count ? *others - Count * step : 1;
    return {first, first + step, first + 2 * step, first + 3 * step};
}

bool isOurs(const PolicyRule &rule, const RuleOwner &owner)
{
    if (rule.foreign)
        return false;
    const bool main = rule.table == "main";
    if (rule.table == std::to_string(owner.table)) {
        // The mark is new at each start, and the table's number nobody else's.
        const bool toTunnel = rule.inverted && rule.mark && !rule.to;
        return toTunnel || (!rule.inverted && rule.to && !rule.mark);
    }
    if (!main || rule.inverted)
        return false;
    if (rule.mark)
        return rule.mark == owner.excludeMark && !rule.to;
    // Others write such rules as well: ours say whose they are. An older version's did not.
    if (!rule.to || (rule.protocol != RuleProtocol && rule.priority != RulePlaces().lan))
        return false;
    const auto lan = lanPrefixes(rule.to->address.family());
    const auto prefix = rule.to->toString();
    return (rule.suppressDefault && std::find(lan.begin(), lan.end(), prefix) != lan.end()) ||
           (!rule.suppressDefault && prefix == Ssdp);
}

std::optional<std::uint32_t> firstOfOthers(const std::vector<PolicyRule> &present,
                                           const RuleOwner &owner)
{
    std::optional<std::uint32_t> first;
    for (const PolicyRule &rule : present) {
        const bool local = rule.priority == 0 && rule.table == "local" && !rule.foreign &&
                           !rule.inverted && !rule.mark && !rule.to;
        if (!local && !rule.vrf && !isOurs(rule, owner))
            first = std::min(rule.priority, first.value_or(rule.priority));
    }
    return first;
}

std::string ruleRemovalBatch(const std::vector<PolicyRule> &present, const RuleOwner &owner)
{
    std::string batch;
    for (const PolicyRule &rule : present) {
        if (!isOurs(rule, owner))
            continue;
        batch += "rule delete pref " + std::to_string(rule.priority);
        if (rule.mark)
            batch += (rule.inverted ? " not fwmark " : " fwmark ") + hexMark(*rule.mark);
        if (rule.to)
            batch += " to " + rule.to->toString();
        batch += " table " + rule.table + (rule.suppressDefault ? " suppress_prefixlength 0" : "");
        batch += (rule.protocol.empty() ? "" : " protocol " + rule.protocol) + "\n";
    }
    return batch;
}

} // namespace higgs
