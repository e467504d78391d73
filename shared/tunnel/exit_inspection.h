// SPDX-License-Identifier: GPL-3.0-or-later
// What a node looks at on its machine while guests go on: whether its rules stand, and whether they
// hold. It owns all that it needs, so that another thread may do it.
#pragma once

#include "shared/base/result.h"
#include "shared/tunnel/exit_attack.h"
#include "shared/tunnel/exit_barrier_link.h"
#include "shared/tunnel/exit_network.h"
#include "shared/tunnel/exit_surroundings.h"
#include "shared/tunnel/port_guard.h"

#include <string>

namespace higgs {

/// As `nft` shows the rules of the exit and its fuse, without what changes by itself.
Result<std::string> listExitRules();

/// What is in force, as it was put there. All questions start programs and wait for them.
struct ExitInspection
{
    /// Empty if the rules in force are ours, else the first that differs. Another program may have
    /// flushed them (a firewall that reloads does).
    [[nodiscard]] Result<std::string> foreignChange() const;
    /// Sends what a malicious guest would through the rules in force, and compares those with what
    /// was put in force. Takes some hundred milliseconds; two at a time would disturb each other.
    [[nodiscard]] Result<ExitSafety> attack() const;
    /// Whether other bridges lead to this machine's containers than those that are let through (a
    /// network card may have been put into one of them), or our routing rules have to be put back
    /// before others'.
    [[nodiscard]] bool isOutdated() const;

    std::string interfaceName;
    ExitPolicy policy;
    ExitSurroundings around;
    std::string listing; ///< listExitRules(), right after they were put in force
    ExitBarrierLink barrier;
    PortGuard guard;
};

} // namespace higgs
