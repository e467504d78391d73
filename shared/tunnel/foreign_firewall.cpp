// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/foreign_firewall.h"

#include "shared/tunnel/exit_canary.h"
#include "shared/tunnel/exit_network.h"
#include "shared/tunnel/interface_address.h"
#include "shared/tunnel/ip_json.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace higgs {

namespace {

using nlohmann::json;

constexpr const char *Comment = "higgs-exit";
constexpr const char *DockerChain = "DOCKER-USER"; // Docker's manual, "Packet filtering"
constexpr const char *UfwChain = "ufw-user-forward";

/// Names go into a command: of letters, digits and "-_." only.
bool isPlain(std::string_view name)
{
    return !name.empty() && name.size() < 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    });
}

bool isFamily(std::string_view family)
{
    return family == "ip" || family == "ip6" || family == "inet";
}

std::vector<json> entriesOf(std::string_view text)
{
    const json document = parseProgramJson(text);
    if (!document.is_object() || !document.contains("nftables") || !document["nftables"].is_array())
        return {};
    std::vector<json> entries;
    for (const json &entry : document["nftables"]) {
        if (entry.is_object())
            entries.push_back(entry);
    }
    return entries;
}

bool hasAny(const json &rule, std::initializer_list<const char *> statements)
{
    const auto expressions = rule.find("expr");
    return expressions != rule.end() && expressions->is_array() &&
           std::any_of(expressions->begin(), expressions->end(), [&statements](const json &each) {
               return each.is_object() &&
                      std::any_of(statements.begin(), statements.end(),
                                  [&each](const char *name) { return each.contains(name); });
           });
}

bool refuses(const json &rule)
{
    return hasAny(rule, {"drop", "reject"});
}

using TableName = std::pair<std::string, std::string>;

struct Tables
{
    std::map<TableName, std::set<std::string>> chains;
    std::set<TableName> refusing;
};

Tables tablesOf(const std::vector<json> &entries)
{
    Tables tables;
    for (const json &entry : entries) {
        if (const auto chain = entry.find("chain"); chain != entry.end() && chain->is_object())
            tables.chains[{textOf(*chain, "family"), textOf(*chain, "table")}].insert(
                textOf(*chain, "name"));
        if (const auto rule = entry.find("rule");
            rule != entry.end() && rule->is_object() && refuses(*rule))
            tables.refusing.insert({textOf(*rule, "family"), textOf(*rule, "table")});
    }
    return tables;
}

std::string passes(const std::string &place, const std::string &tunnel)
{
    std::string text;
    for (const std::string &name : {tunnel, canaryInterface(tunnel)})
        text += "insert rule " + place + " iifname \"" + name + "\" counter accept comment \"" +
                Comment + "\"\n";
    return text + "insert rule " + place + " oifname \"" + tunnel + "\" counter accept comment \"" +
           Comment + "\"\n";
}

} // namespace

std::vector<ForwardObstacle> parseObstacles(std::string_view text)
{
    const std::vector<json> entries = entriesOf(text);
    const Tables tables = tablesOf(entries);
    std::vector<ForwardObstacle> found;
    for (const json &entry : entries) {
        const auto chain = entry.find("chain");
        if (chain == entry.end() || !chain->is_object() || textOf(*chain, "hook") != "forward" ||
            textOf(*chain, "type") != "filter")
            continue;
        ForwardObstacle obstacle{ForwardObstacle::Kind::Other, textOf(*chain, "family"),
                                 textOf(*chain, "table"), textOf(*chain, "name")};
        const TableName table{obstacle.family, obstacle.table};
        if (!isFamily(obstacle.family) || !isPlain(obstacle.table) || !isPlain(obstacle.chain) ||
            obstacle.table.starts_with("higgs_") ||
            (textOf(*chain, "policy") != "drop" && !tables.refusing.contains(table)))
            continue;
        const std::set<std::string> &chains = tables.chains.at(table);
        if (std::any_of(chains.begin(), chains.end(), [](const std::string &name) {
                return name.ends_with(UfwChain) || name.ends_with("ufw6-user-forward");
            }))
            obstacle.kind = ForwardObstacle::Kind::Ufw;
        else if (chains.contains(DockerChain))
            obstacle.kind = ForwardObstacle::Kind::Docker;
        else if (obstacle.table == "firewalld")
            obstacle.kind = ForwardObstacle::Kind::Firewalld;
        found.push_back(std::move(obstacle));
    }
    return found;
}

std::string remedyFor(const std::vector<ForwardObstacle> &obstacles, const std::string &tunnel,
                      const std::string &egress)
{
    const std::string canary = canaryInterface(tunnel);
    std::vector<std::string> said;
    for (const ForwardObstacle &each : obstacles) {
        std::string text;
        switch (each.kind) {
        case ForwardObstacle::Kind::Docker:
            text = "Docker's: run 'iptables -I DOCKER-USER -i " + tunnel +
                   " -j ACCEPT; iptables -I "
                   "DOCKER-USER -i " +
                   canary + " -j ACCEPT; iptables -I DOCKER-USER -o " + tunnel + " -j ACCEPT'";
            break;
        case ForwardObstacle::Kind::Ufw:
            text = "ufw: run 'ufw route allow in on " + tunnel + " out on " + egress +
                   "; ufw route allow in on " + canary + " out on " + egress;
            // What guests ask this machine itself, which ufw refuses as it is delivered.
            for (const std::string &name : {tunnel, canary})
                text += "; ufw allow in on " + name + " to any port " +
                        std::to_string(GatewayStunPort) + " proto udp";
            text += "'";
            break;
        case ForwardObstacle::Kind::Firewalld:
            text = "firewalld: run 'firewall-cmd --permanent --zone=trusted --add-interface=" +
                   tunnel + "; firewall-cmd --permanent --zone=trusted --add-interface=" + canary +
                   "; firewall-cmd --permanent --new-policy=higgs; firewall-cmd --permanent "
                   "--policy=higgs --add-ingress-zone=trusted; firewall-cmd --permanent "
                   "--policy=higgs --add-egress-zone=ANY; firewall-cmd --permanent --policy=higgs "
                   "--set-target=ACCEPT; firewall-cmd --reload'";
            break;
        case ForwardObstacle::Kind::Other: {
            const std::string place = each.family + " " + each.table + " " + each.chain;
            text = "the table '" + each.family + " " + each.table + "': run 'nft insert rule " +
                   place + " iifname { " + tunnel + ", " + canary + " } accept; nft insert rule " +
                   place + " oifname " + tunnel + " accept'";
            break;
        }
        }
        if (std::find(said.begin(), said.end(), text) == said.end())
            said.push_back(text);
    }
    std::string all;
    for (const std::string &each : said)
        all += (all.empty() ? "" : "; and ") + each;
    return all;
}

std::vector<SuspectTable> parseSuspects(std::string_view text)
{
    const std::vector<ForwardObstacle> obstacles = parseObstacles(text);
    std::vector<SuspectTable> found;
    for (const json &entry : entriesOf(text)) {
        const auto rule = entry.find("rule");
        const auto chain = entry.find("chain");
        const bool loses = rule != entry.end() && rule->is_object() &&
                           hasAny(*rule, {"drop", "reject", "notrack"});
        const bool closed =
            chain != entry.end() && chain->is_object() && textOf(*chain, "policy") == "drop";
        if (!loses && !closed)
            continue;
        const json &at = loses ? *rule : *chain;
        SuspectTable suspect{textOf(at, "family"), textOf(at, "table")};
        const bool known = std::any_of(
            obstacles.begin(), obstacles.end(), [&suspect](const ForwardObstacle &each) {
                return each.family == suspect.family && each.table == suspect.table;
            });
        if (!known && isPlain(suspect.family) && isPlain(suspect.table) &&
            !suspect.table.starts_with("higgs_") &&
            std::find(found.begin(), found.end(), suspect) == found.end())
            found.push_back(std::move(suspect));
    }
    return found;
}

std::string remedyFor(const std::vector<SuspectTable> &suspects)
{
    constexpr std::size_t Most = 4;
    std::string text;
    for (std::size_t i = 0; i < std::min(suspects.size(), Most); ++i)
        text += (i == 0 ? "look at what it loses: 'nft list table " : "', 'nft list table ") +
                suspects[i].family + " " + suspects[i].table;
    return text.empty() ? text : text + "'";
}

std::string passRules(const ForwardObstacle &obstacle, const std::string &tunnel)
{
    if (obstacle.kind != ForwardObstacle::Kind::Docker || !checkInterfaceName(tunnel))
        return {};
    return passes(obstacle.family + " " + obstacle.table + " " + DockerChain, tunnel);
}

std::string passRulesRemoval(std::string_view text)
{
    std::string removal;
    for (const json &entry : entriesOf(text)) {
        const auto rule = entry.find("rule");
        if (rule == entry.end() || !rule->is_object() || textOf(*rule, "comment") != Comment)
            continue;
        const std::array names{textOf(*rule, "family"), textOf(*rule, "table"),
                               textOf(*rule, "chain")};
        const auto handle = rule->find("handle");
        if (!isFamily(names[0]) || !isPlain(names[1]) || !isPlain(names[2]) ||
            handle == rule->end() || !handle->is_number_unsigned())
            continue;
        removal += "delete rule " + names[0] + " " + names[1] + " " + names[2] + " handle " +
                   std::to_string(handle->get<std::uint64_t>()) + "\n";
    }
    return removal;
}

} // namespace higgs
