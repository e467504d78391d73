// SPDX-License-Identifier: GPL-3.0-or-later
// Whom a blocked machine can ask for names: what its files say, and not the forwarder on loopback,
// whose own questions the block holds back.
#pragma once

#include "shared/net/name_lookup.h"
#include "shared/tunnel/resolv_conf.h"

#include <string>
#include <string_view>
#include <vector>

namespace higgs::vpn {

/// More are not asked.
inline constexpr std::size_t MaxNameServers = 4;

/// The `nameserver` lines of a resolv.conf(5) that name another machine; a scope is the interface's
/// name.
std::vector<NameServer> nameServersOf(std::string_view resolvConf);

/// What hosts(5) says of a name, in whatever letters.
std::vector<IpAddress> addressesInHosts(std::string_view hosts, std::string_view name);

/// The default gateways in the text of /proc/net/route: a home's router answers names, most times.
std::vector<NameServer> gatewaysOf(std::string_view routes);
/// The same in the text of /proc/net/ipv6_route, by their interfaces.
std::vector<NameServer> gateways6Of(std::string_view routes);

/// Without those of the tunnel, which some files name beside the others: outside it they are a
/// stranger's, or a host of the home's.
std::vector<NameServer> outsideServers(std::vector<NameServer> found,
                                       const std::vector<IpAddress> &inside);

/// The resolvers that this machine was set up with, before or beside the tunnel's: what resolv.conf
/// says, or said before it was ours, and systemd-resolved and NetworkManager of theirs; else what
/// resolvconf(8) was told of each interface, else the router; while ours stands in resolv.conf, the
/// router beside them.
std::vector<NameServer> nameServers(const TunnelResolvers &tunnel);

/// Of /etc/hosts.
std::vector<IpAddress> addressesByFile(std::string_view name);

} // namespace higgs::vpn
