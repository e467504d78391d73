// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/exit_answers.h"

#include "shared/tunnel/client_routing.h"
#include "shared/tunnel/command.h"
#include "shared/tunnel/ip_json.h"

#include <algorithm>

namespace higgs {

namespace {

// RTM_NEWRULE's FRA_PROTOCOL of ours; nobody has given this number away (rt_protos). A client of
// this product has another one.
constexpr std::string_view AnswerProtocol = "73";

// Of the kernel's own rule for the main table.
constexpr std::uint32_t MainPriority = 32'766;

// Who answers guests. Well-known addresses that are always global unicast; only looked up. One in
// each half of the Internet, as default routes in halves may lead out by two cards.
constexpr std::array World4 = {"1.1.1.1", "208.67.222.222"};
constexpr std::array World6 = {"2606:4700:4700::1111", "2001:4860:4860::8888"};

std::vector<IpPrefix> guestsOf(const ExitPolicy &policy, IpAddress::Family family)
{
    const IpPrefix &network = family == IpAddress::Family::V4 ? policy.network4 : policy.network6;
    return network.address.isNull() || !hasFamily(family) ? std::vector<IpPrefix>()
                                                          : std::vector{network};
}

/// Those that may lead answers elsewhere before the main table is asked.
bool mayLeadAway(const PolicyRule &rule)
{
    const bool local = rule.priority == 0 && rule.table == "local";
    return !local && !rule.vrf && rule.priority < MainPriority && !isAnswerRule(rule);
}

bool isOfClient(const PolicyRule &rule)
{
    return rule.protocol == ClientRuleProtocol;
}

/// Lines that make our rules `wanted`; what is added comes first: at no moment is there less than
/// before.
std::string batchOf(const std::vector<PolicyRule> &wanted, const std::vector<PolicyRule> &present)
{
    std::vector<PolicyRule> ours;
    std::copy_if(present.begin(), present.end(), std::back_inserter(ours), isAnswerRule);
    return ruleAdditions(wanted, ours) + ruleDeletions(ours, wanted);
}

/// In one family. No `guests`: nobody is led.
Result<void> lead(const char *flag, const IpPrefix *guests)
{
    const auto present = everyRule(flag);
    if (!present)
        return unexpected(present.error());
    const auto wanted = guests ? answerRules(*guests, *present) : std::vector<PolicyRule>();
    return runIpBatch(flag, batchOf(wanted, *present));
}

bool hasRuleOfClient(const char *flag)
{
    const auto present = everyRule(flag);
    return present && std::any_of(present->begin(), present->end(), isOfClient);
}

/// A guest's address, as the answer's way is looked up for it.
IpAddress someGuest(const IpPrefix &network)
{
    std::array<std::uint8_t, 16> bytes{};
    const ByteSpan base = network.address.bytes();
    std::copy(base.begin(), base.end(), bytes.begin());
    constexpr std::uint8_t Step = 2; // behind the gateway
    bytes.at(base.size() - 1) = static_cast<std::uint8_t>(bytes.at(base.size() - 1) + Step);
    const std::span<const std::uint8_t, 16> all(bytes);
    return network.address.isV4() ? IpAddress::v4(all.first<4>()) : IpAddress::v6(all);
}

const auto &worldOf(IpAddress::Family family)
{
    return family == IpAddress::Family::V4 ? World4 : World6;
}

/// Whether guests leave by this family: switched off meanwhile, it carries nobody.
bool carriesGuests(IpAddress::Family family, const std::string &tunnel, bool ipv6)
{
    return family == IpAddress::Family::V4 ||
           (ipv6 && readSysctl("net/ipv6/conf/" + tunnel + "/disable_ipv6") != "1");
}

/// "eth0 and eth1"
std::string listed(const std::vector<std::string> &names)
{
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i)
        text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
    return text;
}

} // namespace

bool isAnswerRule(const PolicyRule &rule)
{
    return rule.protocol == AnswerProtocol && rule.table == "main" && rule.to && !rule.mark &&
           !rule.inverted && !rule.foreign;
}

std::vector<PolicyRule> answerRules(const IpPrefix &guests, const std::vector<PolicyRule> &present)
{
    std::optional<std::uint32_t> first;
    for (const PolicyRule &rule : present) {
        // The client moves before whoever stands before it: nobody would ever be done.
        if (mayLeadAway(rule) && !isOfClient(rule))
            first = std::min(rule.priority, first.value_or(rule.priority));
    }
    if (!first)
        return {};
    PolicyRule ours;
    // Nobody can stand before a rule of priority 0 that came earlier.
    ours.priority = std::max(*first, 2U) - 1;
    ours.to = guests;
    ours.table = "main";
    ours.protocol = AnswerProtocol;
    return {ours};
}

std::string answersLeader(const std::vector<PolicyRule> &present)
{
    for (const PolicyRule &rule : present) {
        if (mayLeadAway(rule) && isOfClient(rule))
            return "HiggsVPN is connected on this computer: disconnect it while this computer "
                   "shares";
        if (mayLeadAway(rule))
            return "another program's routing rule of priority " + std::to_string(rule.priority) +
                   (rule.table.empty() ? std::string() : " (table " + rule.table + ")") +
                   " comes first: see 'ip rule'";
    }
    return {};
}

bool isClientHere()
{
    return std::any_of(Families.begin(), Families.end(), [](const auto &each) {
        return hasFamily(each.first) && hasRuleOfClient(each.second);
    });
}

std::string parseWayOut(std::string_view json)
{
    const auto list = parseIpArray(json);
    return list && !list->empty() ? textOf(list->front(), "dev") : std::string();
}

std::vector<std::string> parseWaysOut(std::string_view json)
{
    const auto list = parseIpArray(json);
    std::vector<std::string> ways;
    const auto note = [&ways](const nlohmann::json &hop) {
        const std::string device = textOf(hop, "dev");
        if (!device.empty() && std::find(ways.begin(), ways.end(), device) == ways.end())
            ways.push_back(device);
    };
    if (!list || list->empty())
        return ways;
    const nlohmann::json &route = list->front();
    note(route);
    const auto hops = route.find("nexthops");
    if (hops == route.end() || !hops->is_array())
        return ways;
    for (const nlohmann::json &hop : *hops) {
        const auto flags = hop.is_object() ? hop.find("flags") : hop.end();
        const bool dead = hop.is_object() && flags != hop.end() && flags->is_array() &&
                          std::find(flags->begin(), flags->end(), "dead") != flags->end();
        if (hop.is_object() && !dead)
            note(hop);
    }
    return ways;
}

std::vector<std::string> waysOut(IpAddress::Family family, const std::vector<std::string> &whose)
{
    std::vector<std::string> ways;
    for (const char *host : worldOf(family)) {
        const char *flag = family == IpAddress::Family::V4 ? "-4" : "-6";
        // The whole route, with each of its next hops. A kernel that keeps these to itself
        // (net.ipv4.nexthop_compat_mode) tells at least by which one this host is reached.
        for (const bool whole : {true, false}) {
            std::vector<std::string> words = {flag, "-j", "route", "get"};
            if (whole)
                words.emplace_back("fibmatch");
            words.emplace_back(host);
            words.insert(words.end(), whose.begin(), whose.end());
            const auto shown = runCommand("ip", words);
            const auto found = shown ? parseWaysOut(*shown) : std::vector<std::string>();
            for (const std::string &device : found) {
                if (std::find(ways.begin(), ways.end(), device) == ways.end())
                    ways.push_back(device);
            }
            if (!found.empty())
                break;
        }
    }
    return ways;
}

bool answersAreLed(const ExitPolicy &policy)
{
    return std::all_of(Families.begin(), Families.end(), [&policy](const auto &each) {
        const auto &[family, flag] = each;
        for (const IpPrefix &guests : guestsOf(policy, family)) {
            const auto present = everyRule(flag);
            if (present && !batchOf(answerRules(guests, *present), *present).empty())
                return false;
        }
        return true;
    });
}

Result<void> leadAnswers(const ExitPolicy &policy)
{
    Result<void> total;
    for (const auto &[family, flag] : Families) {
        for (const IpPrefix &guests : guestsOf(policy, family)) {
            if (const auto done = lead(flag, &guests); !done && total)
                total = done;
        }
    }
    return total;
}

Result<void> removeAnswerRules()
{
    Result<void> total;
    for (const auto &[family, flag] : Families) {
        if (!hasFamily(family))
            continue;
        if (const auto done = lead(flag, nullptr); !done && total)
            total = done;
    }
    return total;
}

std::string answersFault(const ExitPolicy &policy, const std::string &tunnel,
                         const std::string &egress, bool ipv6)
{
    for (const auto &[family, flag] : Families) {
        if (!carriesGuests(family, tunnel, ipv6))
            continue;
        for (const IpPrefix &guests : guestsOf(policy, family)) {
            const auto way =
                runCommand("ip", {flag, "-j", "route", "get", someGuest(guests).toString(), "from",
                                  worldOf(family).front(), "iif", egress});
            const std::string device = way ? parseWayOut(*way) : std::string();
            if (device == tunnel)
                continue;
            const auto rules = everyRule(flag);
            const std::string who = rules ? answersLeader(*rules) : std::string();
            return std::string("answers to guests ") +
                   (device.empty() ? "go nowhere" : "go by " + device) +
                   (who.empty() ? ", as this machine is routed" : ", as " + who);
        }
    }
    return {};
}

std::string waysFault(const ExitPolicy &policy, const std::string &tunnel,
                      const std::string &egress, bool ipv6)
{
    for (const auto &[family, flag] : Families) {
        if (!carriesGuests(family, tunnel, ipv6))
            continue;
        for (const IpPrefix &guests : guestsOf(policy, family)) {
            const auto ways =
                waysOut(family, {"from", someGuest(guests).toString(), "iif", tunnel});
            // None: the self-test's controls do not come through, and tell.
            if (std::all_of(ways.begin(), ways.end(),
                            [&egress](const std::string &way) { return way == egress; }))
                continue;
            const std::string ip = family == IpAddress::Family::V4 ? "ip" : "ip -6";
            return "this machine's routes lead guests out by " + listed(ways) +
                   ", and sharing is by " + egress + " alone: give them a way of their own, '" +
                   ip + " route add default via ROUTER dev " + egress + " table 73' and '" + ip +
                   " rule add from " + guests.toString() + " lookup 73'";
        }
    }
    return {};
}

} // namespace higgs
