// SPDX-License-Identifier: GPL-3.0-or-later
// The second barrier before the home, as a classic BPF program for the tunnel interface's ingress:
// what guests must never reach is dropped there, also while another program has flushed nftables.
// Pure.
#pragma once

#include "shared/tunnel/barrier_code.h"
#include "shared/tunnel/exit_ruleset.h"

namespace higgs {

/// What a program may have: a message of `tc` holds no more than 16 KB. The kernel takes 4,096.
constexpr std::size_t MaxBarrierLength = 1'800;

/// To be loaded with direct-action: its verdicts are TC_ACT_OK and TC_ACT_SHOT. Coarser than the
/// nftables rules, and first: it knows addresses and protocols, no ports but the gateways'. For a
/// load beyond the packet's end the kernel ends such a program with TC_ACT_OK, so lengths are
/// checked before. TooLarge: over MaxBarrierLength, for a machine with hundreds of routes.
Result<BarrierProgram> exitBarrier(const ExitPolicy &policy, const ExitSurroundings &surroundings);

} // namespace higgs
