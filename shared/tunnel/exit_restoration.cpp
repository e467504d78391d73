// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/exit_restoration.h"

#include "shared/tunnel/bridged_device.h"
#include "shared/tunnel/client_routing.h"
#include "shared/tunnel/command.h"
#include "shared/tunnel/device.h"
#include "shared/tunnel/exit_answers.h"
#include "shared/tunnel/exit_canary.h"
#include "shared/tunnel/exit_forwarding.h"
#include "shared/tunnel/exit_fuse.h"
#include "shared/tunnel/exit_network.h"
#include "shared/tunnel/exit_ruleset.h"
#include "shared/tunnel/foreign_firewall.h"
#include "shared/tunnel/state_file.h"

#include <algorithm>
#include <net/if.h>
#include <sstream>

namespace higgs {

namespace {

using Phrases = std::vector<std::string>;

bool contains(const Phrases &phrases, const std::string &phrase)
{
    return std::find(phrases.begin(), phrases.end(), phrase) != phrases.end();
}

/// What of an exit the machine has now.
struct ExitTraces
{
    Phrases rules;
    Phrases interfaces;
    Phrases settings; ///< that are not what they were
    std::string fault;
};

ExitTraces lookForTraces(const std::optional<ExitState> &state, const Phrases &interfaces)
{
    ExitTraces found;
    const auto tables = runCommand("nft", {"list", "tables"});
    const auto rules =
        tables ? runCommand("nft", {"-a", "-j", "list", "ruleset"}) : Result<std::string>(tables);
    if (!rules)
        found.fault = rules.error().detail;
    if (tables)
        found.rules = exitTables(*tables, interfaces);
    if (rules && !passRulesRemoval(*rules).empty())
        found.rules.emplace_back("rules in Docker's chain DOCKER-USER");
    for (const auto &[family, flag] : Families) {
        const auto present = everyRule(flag);
        for (const PolicyRule &rule : present ? *present : std::vector<PolicyRule>()) {
            if (isAnswerRule(rule))
                found.rules.push_back("routing rule " + std::to_string(rule.priority) + " to " +
                                      rule.to->toString());
        }
    }
    for (const std::string &name : interfaces) {
        if (::if_nametoindex(name.c_str()) != 0)
            found.interfaces.push_back("interface " + name);
    }
    for (const SysctlValue &setting : state ? state->sysctls : std::vector<SysctlValue>()) {
        const auto now = readSysctl(setting.path);
        if (now && *now != setting.value)
            found.settings.push_back("setting " + setting.path + ", was " + setting.value);
    }
    return found;
}

/// How the machine was before, as it was written down; says what it may mean where that is lost.
std::optional<ExitState> readState(const std::string &stateDir, Phrases &failed)
{
    const StateFile file(exitStatePath(stateDir));
    const auto text = file.load();
    if (!text) {
        failed.push_back("kernel settings: " + text.error().detail);
        return std::nullopt;
    }
    if (!*text)
        return std::nullopt;
    auto state = decodeExitState(**text);
    if (state)
        return std::move(*state);
    failed.push_back("kernel settings: what they were is lost, as " + file.path() + " is damaged" +
                     (isForwarding4() ? "; IPv4 is still forwarded" : ""));
    if (const auto removed = file.remove(); !removed) // it helps nobody any more
        failed.push_back(removed.error().detail);
    return std::nullopt;
}

void sortOut(const Phrases &before, const Phrases &after, const std::string &reason,
             ExitRestoration &told)
{
    for (const std::string &phrase : before) {
        if (!contains(after, phrase))
            told.undone.push_back(phrase);
    }
    for (const std::string &phrase : after)
        told.failed.push_back(phrase + (reason.empty() ? "" : " (" + reason + ")"));
}

void keep(Result<void> done, std::string &reason)
{
    if (!done && reason.empty())
        reason = done.error().detail;
}

} // namespace

Phrases exitTables(std::string_view listing, const Phrases &interfaces)
{
    Phrases ours{
        std::string("table inet ") + ExitTableName, std::string("table inet ") + FuseTableName,
        std::string("table inet ") + CanaryTableName, std::string("table arp ") + ExitTableName};
    for (const std::string &name : interfaces)
        ours.push_back("table inet " + portGuardTable(name));
    Phrases found;
    std::istringstream lines{std::string(listing)};
    for (std::string line; std::getline(lines, line);) {
        if (contains(ours, line))
            found.push_back(line);
    }
    return found;
}

ExitRestoration restoreExit(const std::string &stateDir, const std::string &interfaceName)
{
    ExitRestoration told;
    const std::optional<ExitState> state = readState(stateDir, told.failed);
    Phrases interfaces;
    for (const std::string &name : {interfaceName, state ? state->interfaceName : std::string()}) {
        if (!name.empty() && !contains(interfaces, name))
            interfaces.push_back(name);
    }
    const ExitTraces before = lookForTraces(state, interfaces);
    const bool needed = state && isNeededByOthers(*state);
    // The interface first: nobody passes any more when the rules go.
    std::string noInterface;
    for (const std::string &name : interfaces)
        keep(removeStaleDevice(name), noInterface);
    std::string noRules;
    keep(ExitNetwork({stateDir, interfaceName}).restore(), noRules);
    const ExitTraces after = lookForTraces(state, interfaces);
    if (!after.fault.empty())
        told.failed.push_back("firewall rules: " + after.fault);
    sortOut(before.rules, after.rules, noRules, told);
    sortOut(before.interfaces, after.interfaces, noInterface, told);
    if (needed && !after.settings.empty())
        told.left.emplace_back("forwarding, as containers or virtual machines need it");
    else
        sortOut(before.settings, after.settings, noRules, told);
    return told;
}

} // namespace higgs
