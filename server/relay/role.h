// SPDX-License-Identifier: GPL-3.0-or-later
// The two ends of a relay session. The role follows from the token an end came with, and decides
// the only direction it may send (DESIGN section 4.3).
#pragma once

#include <cstddef>
#include <cstdint>

namespace higgs::relay {

enum class Role : std::uint8_t { Client, Node };

constexpr std::size_t RoleCount = 2;

constexpr Role otherEnd(Role role)
{
    return role == Role::Client ? Role::Node : Role::Client;
}

constexpr std::size_t indexOf(Role role)
{
    return static_cast<std::size_t>(role);
}

/// "client" or "node", for logs and metrics.
constexpr const char *nameOf(Role role)
{
    return role == Role::Client ? "client" : "node";
}

} // namespace higgs::relay
