// SPDX-License-Identifier: GPL-3.0-or-later
// What was found out of the router in front of a daemon's UDP socket, as a diagnosis says it. Pure.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/endpoint.h"
#include "shared/protocol/json.h"
#include "shared/protocol/nat_type.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace higgs {

/// Of one family.
struct NatReport
{
    IpAddress::Family family = IpAddress::Family::V4;
    protocol::NatType type = protocol::NatType::Unknown;
    std::optional<Endpoint> mapped;
    std::vector<Endpoint> servers; ///< that answered
    WallTime at;                   ///< when it was found
    bool ownFirewall = false;      ///< by which it is Blocked: this machine's

    friend bool operator==(const NatReport &, const NatReport &) = default;
};

/// A clause in English: "it keeps one port for all destinations, ...".
std::string_view describe(protocol::NatType type);
/// "IPv4: PortRestricted (...), seen as ..., by STUN of ..., found 12 s ago", one a line.
std::string natText(std::span<const NatReport> reports, WallTime now);
/// [{family, natType, mappedAddress, stunServers, foundAt, ownFirewall}]
protocol::Json natJson(std::span<const NatReport> reports);

} // namespace higgs
