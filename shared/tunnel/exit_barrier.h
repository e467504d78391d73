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

/// How many networks of a family the program has room for, with global addresses: the others are
/// closed by the list of those.
constexpr std::size_t MaxBarrierNetworks4 = 96;
constexpr std::size_t MaxBarrierNetworks6 = 72;

/// How many networks of a family the rules have: they are given to nft, and listed, at every
/// change.
constexpr std::size_t MaxRulesNetworks = 4'096;

/// A home's networks as rules and barrier are to have them: merged, and those with global addresses
/// covered by shorter ones where they are more than the barrier has room for. Guests then do not
/// reach some of the Internet, but never more than three hundredths of it; a family whose networks
/// would need more is covered for the rules alone.
std::vector<IpPrefix> boundedNetworks(std::vector<IpPrefix> networks);

/// How many of `nearby` the barrier leaves to the rules, as there are too many: the smallest ones.
std::size_t networksBeyondBarrier(const ExitSurroundings &surroundings);

/// To be loaded with direct-action: its verdicts are TC_ACT_OK and TC_ACT_SHOT. Coarser than the
/// nftables rules, and first: it knows addresses and protocols, no ports but the gateways'. For a
/// load beyond the packet's end the kernel ends such a program with TC_ACT_OK, so lengths are
/// checked before. TooLarge: the owner's exceptions, or the router's networks, are over
/// MaxBarrierLength.
Result<BarrierProgram> exitBarrier(const ExitPolicy &policy, const ExitSurroundings &surroundings);

} // namespace higgs
