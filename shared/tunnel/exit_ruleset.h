// SPDX-License-Identifier: GPL-3.0-or-later
// The exit policy as text for `nft -f -`. Pure.
#pragma once

#include "shared/tunnel/exit_network.h"
#include "shared/tunnel/interface_address.h"

namespace higgs {

inline constexpr const char *ExitTableName = "higgs_node";
inline constexpr const char *ExitTable = "inet higgs_node";

/// The ports that guests' TCP and UDP leave from: above those that the kernel gives to this
/// machine's own programs (ip_local_port_range ends at 60999 unless somebody changed it), and where
/// no usual service listens. A port that a service or a call of the machine has must never be a
/// guest's as well: what is sent to it would be taken for answers to the guest (port shadow).
constexpr std::uint16_t FirstGuestPort = 61'000;
constexpr std::uint16_t LastGuestPort = 65'535;

/// What apply() found out about the machine.
struct ExitSurroundings
{
    std::string egress;
    bool ipv6 = false;       ///< guests can get out over IPv6
    bool forwarded4 = false; ///< the machine forwarded already, for somebody else
    bool forwarded6 = false;
    std::vector<IpPrefix> nearby; ///< the owner's own networks, also those with global addresses
    std::vector<IpAddress> ownAddresses; ///< the machine's, without the tunnel's
    std::vector<std::string> interfaces; ///< that were here before sharing began, and forwarded not
    std::vector<std::string> bridges;    ///< of containers and virtual machines; sorted

    friend bool operator==(const ExitSurroundings &, const ExitSurroundings &) = default;
};

/// Replaces the table in one transaction.
std::string exitRuleset(const ExitNetworkOptions &options, const ExitPolicy &policy,
                        const ExitSurroundings &surroundings);
std::string exitRulesetRemoval();

/// That the tunnel's addresses are nobody's business on other links, for `nft -f -`: a machine
/// answers questions for any of its addresses on all of them (RFC 826 leaves that open). Empty
/// when guests have no IPv4. A table of its own: not every kernel has this family.
std::string exitArpRuleset(const ExitNetworkOptions &options, const ExitPolicy &policy);
std::string exitArpRulesetRemoval();

/// Fragments of all guests together, a second and at once. The machine puts them together in
/// memory that is its own programs' as well: 4 MB for 30 s (ipfrag_high_thresh, ipfrag_time), of
/// which these take less than the half.
constexpr unsigned FragmentRate = 15;
constexpr unsigned FragmentBurst = 60;

/// The hop limits that senders begin with. An answer that comes with one of them came no way: it
/// is from the next link, or from the router itself, whatever address it bears.
bool isUnspent(unsigned hopLimit);

/// The IPv6 network that a home's router may have been given: a /48 at most (RFC 6177). What
/// was really delegated only the router knows.
constexpr unsigned HomeNetworkLength = 48;

/// The IPv6 network that a home's router is given a part of, around one of its addresses: its other
/// subnets are as private as the one we see.
IpPrefix homeNetworkAround(const IpAddress &address);

} // namespace higgs
