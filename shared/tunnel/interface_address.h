// SPDX-License-Identifier: GPL-3.0-or-later
// Names and addresses of network interfaces as checked values.
#pragma once

#include "shared/base/endpoint.h"

#include <string>
#include <string_view>

namespace higgs {

/// An address as `ip address add` takes it: unlike an IpPrefix it may have host bits.
struct InterfaceAddress
{
    IpAddress address;
    unsigned prefixLength = 0;

    /// "10.86.0.2/32"; a bare address is a host prefix.
    static Result<InterfaceAddress> parse(std::string_view text);
    [[nodiscard]] std::string toString() const;
    /// The address alone, as a /32 or /128.
    [[nodiscard]] IpPrefix hostPrefix() const;

    friend bool operator==(const InterfaceAddress &, const InterfaceAddress &) = default;
};

/// 1 to 15 characters (IFNAMSIZ) of letters, digits, '_', '.' and '-', not beginning with '-' or
/// '.': safe as an argument, in a ruleset and in a path under /proc/sys.
Result<void> checkInterfaceName(std::string_view name);

} // namespace higgs
