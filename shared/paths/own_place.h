// SPDX-License-Identifier: GPL-3.0-or-later
// Where this end of a session is, as others may reach it.
#pragma once

#include "shared/net/nat64_prefix.h"
#include "shared/protocol/nat_type.h"
#include "shared/protocol/session_connect.h"

#include <map>
#include <optional>
#include <vector>

namespace higgs {

/// One family of the daemon's UDP socket.
struct PlaceInFamily
{
    Endpoint mapped; ///< as a STUN server sees it
    Endpoint local;  ///< of this machine; null: not known
    /// Of a router that gives its ports in order: how far the next is from the last one, and that
    /// one, if it was counted just now. Zero: its ports cannot be told.
    std::uint16_t portStep = 0;
    std::uint16_t lastPort = 0;
    /// What the home's router lets in from anybody, as it was asked to; null: nothing.
    Endpoint opened;

    friend bool operator==(const PlaceInFamily &, const PlaceInFamily &) = default;
};

struct OwnPlace
{
    /// How many ports of a router are told that gives them in order: the next new other ends'.
    static constexpr unsigned PredictedPorts = 8;

    std::map<IpAddress::Family, PlaceInFamily> families;
    protocol::NatType nat = protocol::NatType::Unknown;
    bool natPending = false; ///< it is Unknown for a moment only
    bool asked = false;      ///< the STUN servers have answered, or failed
    /// The provider's translation, where there is one.
    std::optional<Nat64Prefix> nat64{};

    /// What is known of one family, instead of what was. True: it is news.
    bool setMapped(const Endpoint &mapped, const Endpoint &local = {});
    /// True: it is news.
    bool setPorts(IpAddress::Family family, std::uint16_t lastPort, std::uint16_t portStep);
    /// STUN says nothing of this family any more.
    bool forgetMapped(IpAddress::Family family) { return families.erase(family) > 0; }

    /// Of some family: its ports are to be counted before others are told of them.
    [[nodiscard]] bool isSequential() const;
    /// True: it is news. Null: nothing is open any more.
    bool setOpened(IpAddress::Family family, const Endpoint &opened);
    /// The same of each family, as whoever asked the router believes it now.
    template <typename Believed>
    void setOpenedAs(const Believed &believed)
    {
        for (const IpAddress::Family family : {IpAddress::Family::V4, IpAddress::Family::V6})
            setOpened(family, believed(family).value_or(Endpoint()));
    }
    /// What others are told of the router: how this end is reached. By a port that it opened that
    /// is FullCone, whatever it does with what begins inside.
    [[nodiscard]] protocol::NatType toldNat() const;
    [[nodiscard]] std::optional<Endpoint> opened(IpAddress::Family family) const;

    /// It has this family itself, and is not only seen by it, as a provider's translation (NAT64)
    /// has it.
    [[nodiscard]] bool speaks(IpAddress::Family family) const;
    /// Others that have this family alone can be written to.
    [[nodiscard]] bool reaches(IpAddress::Family family) const;
    /// What this end calls another that is met there: by the translation, where only that leads to
    /// IPv4.
    [[nodiscard]] Endpoint called(const Endpoint &other) const;
    /// Another's addresses as they are called from here, each once: those that can be written to
    /// before the others, and of either family in turn.
    [[nodiscard]] std::vector<IpAddress> called(const std::vector<IpAddress> &addresses) const;
    /// Where it is seen, in each family.
    [[nodiscard]] std::vector<IpAddress> addresses() const;
    /// What the other end is told; `neighbour`: it is behind the same router, and may know where we
    /// are inside. Ports that will be come first: new ends are met in that order.
    /// `scattered`: those ports in an order by which two such routers meet, of which the other
    /// end's is told in its own, also when up to four new ends came in between (at both together).
    [[nodiscard]] std::vector<protocol::Candidate> candidates(bool neighbour,
                                                              bool scattered = false) const;
    /// Whether somebody who is seen at this address has our router.
    [[nodiscard]] bool isNeighbour(const IpAddress &seen) const;

    friend bool operator==(const OwnPlace &, const OwnPlace &) = default;
};

} // namespace higgs
