// SPDX-License-Identifier: GPL-3.0-or-later
// What `ip -j` prints, as values. Pure; total on any input.
#pragma once

#include "shared/tunnel/interface_address.h"

#include <optional>
#include <string>
#include <vector>

namespace higgs {

/// The interface of the default route with the lowest metric in `ip -j -4|-6 route show default`,
/// other than `except`; none: there is no way out.
Result<std::optional<std::string>> parseDefaultRouteInterface(std::string_view json,
                                                              std::string_view except);

/// The gateways in `ip -j -4|-6 route show default`, also those of several next hops.
Result<std::vector<IpAddress>> parseDefaultGateways(std::string_view json);

/// A route of our own table; without `to` the default one. One that leads nowhere has no device.
struct TableRoute
{
    std::optional<IpPrefix> to;
    std::string device;

    friend bool operator==(const TableRoute &, const TableRoute &) = default;
};

/// `ip -j -4|-6 route show table N`.
Result<std::vector<TableRoute>> parseTableRoutes(std::string_view json);

/// Whose sockets a rule of policy routing is for, both ends included.
struct UserRange
{
    std::uint32_t first = 0;
    std::uint32_t last = 0;

    /// As `ip rule` takes it.
    [[nodiscard]] std::string toString() const;
    friend bool operator==(const UserRange &, const UserRange &) = default;
};

/// A rule of policy routing, as far as ours have parts; all else makes it `foreign`.
struct PolicyRule
{
    std::uint32_t priority = 0;
    bool inverted = false;
    std::optional<std::uint32_t> mark; ///< all 32 bits
    std::optional<UserRange> users;
    std::optional<IpPrefix> to;
    std::string ipProtocol;       ///< "tcp", "udp"; "": any
    unsigned toPort = 0;          ///< 0: any
    std::string table;            ///< a number, or a name such as "main"
    bool suppressDefault = false; ///< suppress_prefixlength 0
    std::string protocol;         ///< who made it: a number, or a name; "" for the kernel's own
    bool vrf = false;             ///< for what belongs to a VRF, and nothing else
    bool foreign = false;         ///< has a part that none of ours has

    friend bool operator==(const PolicyRule &, const PolicyRule &) = default;
};

/// `ip -j rule show`, in its order.
Result<std::vector<PolicyRule>> parseRules(std::string_view json);

/// info_kind in `ip -j -d link show dev NAME` ("tun", "wireguard", "veth"...), "" for hardware.
Result<std::string> parseLinkKind(std::string_view json);

/// The addresses of global scope in `ip -j address show dev NAME`.
Result<std::vector<IpAddress>> parseGlobalAddresses(std::string_view json);

/// The interfaces of `ip -j link show`.
Result<std::vector<std::string>> parseLinkNames(std::string_view text);

} // namespace higgs
