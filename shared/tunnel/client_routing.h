// SPDX-License-Identifier: GPL-3.0-or-later
// The client's part of the machine's policy routing, by ip(8): read, made, removed; and the
// settings of the kernel that go with it.
#pragma once

#include "shared/tunnel/client_policy_rules.h"
#include "shared/tunnel/client_ruleset.h"
#include "shared/tunnel/command.h"
#include "shared/tunnel/sysctl.h"

#include <array>
#include <span>
#include <utility>

namespace higgs {

/// With the option of ip(8).
inline constexpr std::array Families{std::pair{IpAddress::Family::V4, "-4"},
                                     std::pair{IpAddress::Family::V6, "-6"}};

/// This kernel has it.
bool hasFamily(IpAddress::Family family);

/// Lines for `ip -batch -`; one that fails is the error, and the others are done all the same.
Result<void> runIpBatch(const char *family, const std::string &batch);

/// The rules of one family, as the kernel has them: everybody's, and ours.
Result<std::vector<PolicyRule>> everyRule(const char *family);
Result<std::vector<PolicyRule>> ownRules(const char *family, const RuleOwner &owner);
Result<void> removeRules(const char *family, const RuleOwner &owner);

/// Our rules of one family, as they were last made.
struct MadeRulesOfFamily
{
    std::vector<PolicyRule> rules;
    RulePlaces places;
};
using MadeRules = std::array<std::optional<MadeRulesOfFamily>, Families.size()>;

/// Whether the rules are those, nobody's stands before them that could stand behind, and our table
/// has the way to nowhere, the one into the tunnel's
/// device for the families that it carries, those to the machine's own guests, and no others.
bool routesStand(const RuleOwner &owner, const MadeRules &made, const TunnelRoutes &routes,
                 const std::string &device, const ClientSurroundings &around);
/// Whether the tunnel's interface has all the addresses of `routes`; and gives them to it again.
bool addressesStand(const TunnelRoutes &routes, const std::string &device);
Result<void> putAddresses(const TunnelRoutes &routes, const std::string &device);
/// Makes the ways to the guests what they have to be. One whose bridge has just gone is left out.
void routeLocals(IpAddress::Family family, std::uint32_t table, const ClientSurroundings &around);

/// As parseSurroundings() takes them.
struct LinksAndWays
{
    std::string links;
    std::set<std::string> ways;
};
Result<LinksAndWays> showLinksAndWays();

/// What the kernel shows of them; none when it cannot be asked, so that nothing passes to them.
ClientSurroundings lookAround(const std::string &tunnel);

/// Rules and table, of both families.
Result<void> removeRoutes(const RuleOwner &owner);

/// Packets that wait for a neighbour's address passed the firewall before the block, or while the
/// local network was let out, and would leave seconds after it.
void forgetWaitingPackets();

/// What the kernel must do differently while the block is up; `conf` of all interfaces together.
std::vector<SysctlValue> wantedSysctls();

/// Hardening, not the lock itself: a container that may not write these still blocks all leaks.
void writeSysctlsWarning(std::span<const SysctlValue> settings);

/// In the place of a table that is not there.
inline constexpr std::string_view NoTable = "none\n";
/// "inet name" as nft prints it, without what it has counted. `withHandles`: and with the kernel's
/// numbers, which the same table has not once it was restored.
Result<std::string> tableNow(const std::string &table, bool withHandles = false);
/// Those of the block, each as tableNow().
std::string tablesNow(bool withNat);

} // namespace higgs
