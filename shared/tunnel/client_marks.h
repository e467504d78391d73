// SPDX-License-Identifier: GPL-3.0-or-later
// What the firewall lets out by a mark, and whose socket it has to be. Parts of the kill switch's
// text. A mark alone is anybody's who has CAP_NET_RAW, as containers often do, and may be read from
// `ip rule`: the owner of the socket is asked for beside it, always.
#pragma once

#include "shared/tunnel/client_network.h"

#include <cstdint>
#include <string>

namespace higgs {

/// As nft and ip write a mark.
std::string hexMark(std::uint32_t mark);

/// A match of the daemon's own packets.
std::string ownMark(const ClientNetworkOptions &options);

/// The mark follows the connection to its replies, so that a reverse path filter finds the way that
/// they really came (with src_valid_mark).
std::string markChains(const ClientNetworkOptions &options);

/// Marks what programs of the group send, so that it is routed again, by the main table. A mark
/// that a packet brings along means nothing, whoever set it. Their questions for names stay inside:
/// outside they would tell the LAN where everybody goes. A connection keeps its way when its
/// program has ended and the kernel says goodbye for it, in packets that have no owner; whoever
/// else sends from the port that it has left (`!=` is not true where there is no owner) is not let
/// out by it.
std::string excludeChain(const ClientNetworkOptions &options, const BlockPolicy &policy);

/// For the output chain. Whatever has set the mark since: the owner's group is asked for again.
/// What the kernel sends for a program that has ended has no owner, and is known by its connection.
std::string leaveOutside(const std::string &mark, std::uint32_t gid);

} // namespace higgs
