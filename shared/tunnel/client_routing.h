// SPDX-License-Identifier: GPL-3.0-or-later
// The client's part of the machine's policy routing, by ip(8): read, made, removed; and the
// settings of the kernel that go with it.
#pragma once

#include "shared/tunnel/client_ruleset.h"
#include "shared/tunnel/sysctl.h"

#include <array>
#include <utility>

namespace higgs {

/// With the option of ip(8).
inline constexpr std::array Families{std::pair{IpAddress::Family::V4, "-4"},
                                     std::pair{IpAddress::Family::V6, "-6"}};

/// This kernel has it.
bool hasFamily(IpAddress::Family family);

/// Lines for `ip -batch -`; the first that fails ends it.
Result<void> runIpBatch(const char *family, const std::string &batch);

/// Our rules of one family, as the kernel has them.
Result<std::vector<PolicyRule>> ownRules(const char *family, const RuleOwner &owner);
Result<void> removeRules(const char *family, const RuleOwner &owner);

/// Whether our table has the way to nowhere, and the one into the tunnel if `device` is named.
bool tableStands(const char *family, std::uint32_t table, const std::string &device);

/// Rules and table, of both families.
Result<void> removeRoutes(const RuleOwner &owner);

/// Packets that wait for a neighbour's address passed the firewall before the block, or while the
/// local network was let out, and would leave seconds after it.
void forgetWaitingPackets();

/// What the kernel must do differently while the block is up; `conf` of all interfaces together.
std::vector<SysctlValue> wantedSysctls();

} // namespace higgs
