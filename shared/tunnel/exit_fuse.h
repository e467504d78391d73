// SPDX-License-Identifier: GPL-3.0-or-later
// The fuse against scans: a guest who reaches for too many addresses at once gets no new connection
// for a minute. Beside it each guest's share of the ports that all guests leave from. Pure.
#pragma once

#include "shared/base/endpoint.h"

#include <string>
#include <vector>

namespace higgs {

inline constexpr const char *FuseTableName = "higgs_fuse";
inline constexpr const char *FuseTable = "inet higgs_fuse";

/// Destinations that a guest may reach for at once, and then in a second: more than a browser with
/// a window full of tabs (some 300 hosts), far less than a scan.
constexpr unsigned FuseBurst = 300;
constexpr unsigned FuseRate = 15;

/// Connections that a guest may have at a time over each of IPv4 and IPv6. A heavy browser has
/// under 600, a busy file-sharing program under 1,000.
constexpr unsigned GuestConnections = 1'500;
/// New ones that it may begin at once, and then in a second. A closed one keeps its port for
/// PortMemory seconds: with these one guest can never have all ports towards one server.
constexpr unsigned GuestConnectionBurst = 1'200;
constexpr unsigned GuestConnectionRate = 15;
/// The kernel's nf_conntrack_tcp_timeout_time_wait; UDP is forgotten sooner or as late.
constexpr unsigned PortMemory = 120;

/// Replaces the fuse's table; for `nft -f -`. The kernel keeps no destination there, only for a
/// minute which of 4,096 numbers, hashes of addresses under a seed of its own, a guest has used.
std::string fuseRuleset(const std::string &tunnel);
std::string fuseRulesetRemoval();

/// The guests in `nft -j list set inet higgs_fuse cut4|cut6`: those who are cut now. Total.
std::vector<IpAddress> parseCutGuests(std::string_view json);

} // namespace higgs
