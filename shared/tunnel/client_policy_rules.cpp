// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/client_policy_rules.h"

#include "shared/tunnel/client_marks.h"
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

constexpr std::uint32_t UsualStep = 10;

/// As `ip rule add` and `ip rule delete` take it: by all of its parts.
std::string textOf(const PolicyRule &rule)
{
    std::string text = " pref " + std::to_string(rule.priority);
    if (rule.mark)
        text += (rule.inverted ? " not fwmark " : " fwmark ") + hexMark(*rule.mark);
    if (rule.users)
        text += " uidrange " + rule.users->toString();
    if (rule.to)
        text += " to " + rule.to->toString();
    if (!rule.ipProtocol.empty())
        text +=
            rule.ipProtocol == "udp" ? " ipproto 17" : " ipproto 6"; // no name needs /etc/protocols
    if (rule.toPort != 0)
        text += " dport " + std::to_string(rule.toPort);
    text += " table " + rule.table + (rule.suppressDefault ? " suppress_prefixlength 0" : "");
    return text + (rule.protocol.empty() ? "\n" : " protocol " + rule.protocol + "\n");
}

bool isIn(const std::vector<PolicyRule> &rules, const PolicyRule &rule)
{
    return std::find(rules.begin(), rules.end(), rule) != rules.end();
}

/// The daemon's mark on other users' sockets leads into our table, too. Not on those of user 0: to
/// look up the way back of what comes in, the kernel asks as that one.
std::vector<UserRange> usersBut(std::uint32_t daemon)
{
    constexpr std::uint32_t Last = UINT32_MAX - 1; // the one above means nobody
    std::vector<UserRange> others;
    if (daemon > 1)
        others.push_back({1, daemon - 1});
    if (daemon < Last)
        others.push_back({daemon + 1, Last});
    return others;
}

/// To the local table, and of everything: the kernel's own, or one that took its place.
bool isLocal(const PolicyRule &rule)
{
    return rule.table == "local" && !rule.foreign && !rule.vrf && !rule.inverted && !rule.mark &&
           !rule.to && !rule.users && rule.ipProtocol.empty() && rule.toPort == 0;
}

bool needsLocal(const std::vector<PolicyRule> &present, std::uint32_t first)
{
    return std::none_of(present.begin(), present.end(), [first](const PolicyRule &rule) {
        return isLocal(rule) && rule.protocol != ClientRuleProtocol && rule.priority < first;
    });
}

IpPrefix prefixOf(std::string_view text)
{
    return IpPrefix::parse(text).value_or(IpPrefix());
}

} // namespace

std::vector<PolicyRule> policyRules(const ClientNetworkOptions &options, const BlockPolicy &policy,
                                    const TunnelRoutes &routes, Family family,
                                    const RulePlaces &places)
{
    PolicyRule ours;
    ours.protocol = ClientRuleProtocol;
    std::vector<PolicyRule> rules;
    const auto add = [&](std::uint32_t place, const std::string &table) -> PolicyRule & {
        PolicyRule &rule = rules.emplace_back(ours);
        rule.priority = place;
        rule.table = table;
        return rule;
    };
    const std::string inside = std::to_string(options.table);
    if (places.local)
        add(*places.local, "local");
    if (policy.excludeGid)
        add(places.exclude, "main").mark = options.excludeMark;
    if (policy.allowLan) {
        for (const InsideService &service : insideServices(routes, family)) {
            PolicyRule &rule = add(places.inside, inside);
            rule.to = IpPrefix{service.host, service.host.isV4() ? 32U : 128U};
            rule.ipProtocol = service.protocol;
            rule.toPort = service.port;
        }
        for (const std::string_view prefix : lanPrefixes(family)) {
            PolicyRule &rule = add(places.lan, "main");
            rule.to = prefixOf(prefix);
            rule.suppressDefault = true;
        }
        // No route but the default one may lead there; a router goes no further with it.
        if (family == Family::V4)
            add(places.lan, "main").to = prefixOf(Ssdp);
    }
    PolicyRule &tunnel = add(places.tunnel, inside);
    tunnel.inverted = true;
    tunnel.mark = options.mark;
    for (const UserRange &users : usersBut(options.uid)) {
        PolicyRule &rule = add(places.tunnel + 1, inside);
        rule.mark = options.mark;
        rule.users = users;
    }
    return rules;
}

std::string ruleAdditions(const std::vector<PolicyRule> &wanted,
                          const std::vector<PolicyRule> &present)
{
    std::string batch;
    for (const PolicyRule &rule : wanted) {
        if (!isIn(present, rule))
            batch += "rule add" + textOf(rule);
    }
    return batch;
}

std::string ruleDeletions(const std::vector<PolicyRule> &present,
                          const std::vector<PolicyRule> &wanted)
{
    std::string batch;
    for (const PolicyRule &rule : present) {
        if (!isIn(wanted, rule))
            batch += "rule delete" + textOf(rule);
    }
    return batch;
}

std::string clientRouteBatch(const ClientNetworkOptions &options, const TunnelRoutes &routes,
                             Family family, const std::vector<PolicyRule> &wanted,
                             const std::vector<PolicyRule> &present)
{
    const std::string table = " table " + std::to_string(options.table) + "\n";
    std::string batch =
        std::string("route replace unreachable default metric ") + LastResortMetric + table;
    batch += ruleAdditions(wanted, present);
    // Of scope link it would also say by what card a gateway is reached that somebody names without
    // one: a route of the machine's own would lead into the tunnel, and go with it.
    if (carries(routes, family))
        batch += "route replace default dev " + options.interfaceName +
                 (family == Family::V4 ? " scope global" : "") + table;
    return batch + ruleDeletions(present, wanted);
}

bool areSame(const std::vector<PolicyRule> &some, const std::vector<PolicyRule> &others)
{
    return std::is_permutation(some.begin(), some.end(), others.begin(), others.end());
}

RulePlaces placesBefore(std::optional<std::uint32_t> others)
{
    const RulePlaces usual;
    if (!others || *others > usual.tunnel)
        return usual;
    constexpr std::uint32_t Count = 5; // the last two stand at one place and the next
    const std::uint32_t step = *others > Count * UsualStep ? UsualStep : 1;
    // Nobody can stand before a rule of priority 0 that came earlier.
    const std::uint32_t first = *others > Count ? *others - Count * step : 1;
    return {first, first + step, first + 2 * step, first + 3 * step};
}

RulePlaces placesAmong(const std::vector<PolicyRule> &present, const RuleOwner &owner)
{
    RulePlaces places = placesBefore(firstOfOthers(present, owner));
    if (needsLocal(present, places.exclude))
        places.local = places.exclude - 1;
    return places;
}

bool placesHold(const RulePlaces &places, const std::vector<PolicyRule> &present,
                const RuleOwner &owner)
{
    const auto others = firstOfOthers(present, owner);
    if (needsLocal(present, places.exclude) && !places.local)
        return false;
    return !others || *others > places.tunnel || placesBefore(others).exclude == places.exclude;
}

bool isOurs(const PolicyRule &rule, const RuleOwner &owner)
{
    if (rule.foreign)
        return false;
    if (isLocal(rule))
        return rule.protocol == ClientRuleProtocol;
    const bool main = rule.table == "main";
    if (rule.table == std::to_string(owner.table)) {
        // The mark is new at each start, and the table's number nobody else's.
        const bool toTunnel = rule.inverted != rule.users.has_value() && rule.mark && !rule.to;
        return toTunnel || (!rule.inverted && rule.to && !rule.mark && !rule.users);
    }
    if (!main || rule.inverted || rule.users)
        return false;
    if (rule.mark)
        return rule.mark == owner.excludeMark && !rule.to;
    // Others write such rules as well: ours say whose they are. An older version's did not.
    if (!rule.to || (rule.protocol != ClientRuleProtocol && rule.priority != RulePlaces().lan))
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
        if (!isLocal(rule) && !rule.vrf && !isOurs(rule, owner))
            first = std::min(rule.priority, first.value_or(rule.priority));
    }
    return first;
}

std::string ruleRemovalBatch(const std::vector<PolicyRule> &present, const RuleOwner &owner)
{
    std::vector<PolicyRule> ours;
    std::copy_if(present.begin(), present.end(), std::back_inserter(ours),
                 [&owner](const PolicyRule &rule) { return isOurs(rule, owner); });
    return ruleDeletions(ours, {});
}

} // namespace higgs
