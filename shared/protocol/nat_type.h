// SPDX-License-Identifier: GPL-3.0-or-later
// How a NAT maps and filters: the specification's four types (section 3.1) and the cases around
// them (WIRE.md, Register).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace higgs::protocol {

enum class NatType : std::uint8_t {
    FullCone,       ///< mapping and filtering independent of the other end
    RestrictedCone, ///< filters by address
    PortRestricted, ///< filters by address and port
    Symmetric,      ///< a new mapping for each other end
    Open,           ///< no NAT and no filter
    Firewalled,     ///< no NAT, but a stateful filter
    Blocked,        ///< no UDP at all
    Unknown,
};

std::string_view toString(NatType type);
std::optional<NatType> parseNatType(std::string_view text);

} // namespace higgs::protocol
