// SPDX-License-Identifier: GPL-3.0-or-later
// Where this end of a session is, as others may reach it.
#pragma once

#include "shared/protocol/nat_type.h"
#include "shared/protocol/session_connect.h"

#include <map>
#include <vector>

namespace higgs {

/// One family of the daemon's UDP socket.
struct PlaceInFamily
{
    Endpoint mapped; ///< as a STUN server sees it
    Endpoint local;  ///< of this machine; null: not known
    /// Of a router that gives its ports in order: the last one that was seen, and how far the next
    /// is from it. Zero: its ports cannot be told.
    std::uint16_t lastPort = 0;
    std::uint16_t portStep = 0;

    friend bool operator==(const PlaceInFamily &, const PlaceInFamily &) = default;
};

struct OwnPlace
{
    /// How many ports of a router are told that gives them in order: the next new other ends'.
    static constexpr unsigned PredictedPorts = 8;

    std::map<IpAddress::Family, PlaceInFamily> families;
    protocol::NatType nat = protocol::NatType::Unknown;
    bool asked = false; ///< the STUN servers have answered, or failed

    /// What is known of one family, instead of what was. True: it is news.
    bool setMapped(const Endpoint &mapped, const Endpoint &local = {});
    /// True: it is news.
    bool setPorts(IpAddress::Family family, std::uint16_t lastPort, std::uint16_t portStep);
    /// STUN says nothing of this family any more.
    bool forgetMapped(IpAddress::Family family) { return families.erase(family) > 0; }

    /// What the other end is told; `neighbour`: it is behind the same router, and may know where we
    /// are inside.
    [[nodiscard]] std::vector<protocol::Candidate> candidates(bool neighbour) const;
    /// Whether somebody who is seen at this address has our router.
    [[nodiscard]] bool isNeighbour(const IpAddress &seen) const;

    friend bool operator==(const OwnPlace &, const OwnPlace &) = default;
};

} // namespace higgs
