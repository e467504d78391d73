// SPDX-License-Identifier: GPL-3.0-or-later
// The canary: sends the packets of a malicious guest through the machine's real routes and rules,
// and notes which would have reached somebody. None does: each is dropped at its last hook.
#pragma once

#include "shared/tunnel/exit_attack.h"
#include "shared/tunnel/exit_ruleset.h"

namespace higgs {

/// Of its table, in the family inet.
inline constexpr const char *CanaryTableName = "higgs_canary";

/// The canary's own TUN interface, which the exit rules treat as the tunnel: `tunnel` and a letter,
/// cut to what the kernel takes.
std::string canaryInterface(const std::string &tunnel);

/// The rules that note and drop what comes through; for `nft -f -`. Pure.
std::string canaryRuleset(const std::string &interfaceName, const AttackedHome &home);
std::string canaryRulesetRemoval();

/// Attacks `home` and returns the trials, without rulesDetail. Blocks for some ten milliseconds.
/// Needs CAP_NET_ADMIN and /dev/net/tun, and the exit rules of `tunnel` in force. What it puts on
/// the machine is gone when it returns, and after a crash with the process, but for a table that
/// restore() takes away.
Result<std::vector<ExitTrial>> attackExit(const std::string &tunnel, const AttackedHome &home);

} // namespace higgs
