// SPDX-License-Identifier: GPL-3.0-or-later
// What a malicious guest would try against the home, as a list, as packets, and as a verdict. Pure.
// The list is written out here and shares nothing with the rules that it tests.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/endpoint.h"
#include "shared/tunnel/ip_packet.h"

#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace higgs {

/// Sorts of targets, by the rule that should refuse them.
enum class TargetKind : std::uint8_t {
    Special4, ///< special-purpose ranges (RFC 6890)
    Special6,
    Mapped,      ///< IPv4 inside ::ffff:0:0/96 and ::/96
    Nat64,       ///< IPv4 inside 64:ff9b::/96 and 64:ff9b:1::/48
    SixToFour,   ///< IPv4 inside 2002::/16, Teredo
    Lan,         ///< the home's own networks
    Router,      ///< the router's public address, from inside
    RouterAdmin, ///< the router's pages at its address in the home
    Discovery,   ///< SSDP, mDNS, broadcast
    Metadata,    ///< a cloud's metadata service
    Node,        ///< this machine's own services
    Guest,       ///< another guest
    Spoofed,     ///< a good target under somebody else's address
    Mail,
    Smb,
    Protocol, ///< neither TCP, UDP nor ICMP: cannot be translated, so must not leave
    Control,  ///< must be open, or the attack proves nothing
};

std::string_view toString(TargetKind kind);

struct ExitTarget
{
    TargetKind kind = TargetKind::Special4;
    IpAddress address;
    std::uint8_t protocol = TcpProtocol;
    std::uint16_t port = 80; ///< of ICMP: the echo's checksum, by which it is known again
    std::string spelling;    ///< what it means: "192.168.1.1 by NAT64"

    friend bool operator==(const ExitTarget &, const ExitTarget &) = default;
};

/// What the attacker may know of the home.
struct AttackedHome
{
    IpPrefix network4; ///< the guests'
    IpPrefix network6;
    std::vector<IpAddress> gateways;        ///< the node in the tunnel
    std::vector<IpAddress> publicAddresses; ///< the router's
    std::vector<IpPrefix> nearby;           ///< the home's networks
    std::vector<IpAddress> routers;         ///< by which the default routes go
    std::vector<IpAddress> ownAddresses;    ///< of this machine
    std::vector<IpPrefix> allowed;          ///< the owner's exceptions, not attacked
    bool ipv6 = false;                      ///< guests get out over IPv6
};

/// The address that the canary has as a guest: the last of the network. Null for no network.
IpAddress canaryAddress(const IpPrefix &network);
/// The address under which it is tried whether guests get answers: the one before that, which is
/// no guest's. Null, too, for a network that has none to spare.
IpAddress trialAddress(const IpPrefix &network);
/// Under which Spoofed targets are tried.
IpAddress spoofedAddress(IpAddress::Family family);

std::vector<ExitTarget> attackTargets(const AttackedHome &home);

/// The whole IP packet: a TCP SYN, a UDP datagram of four bytes, an echo request, or 20 bytes of
/// another protocol.
Bytes attackPacket(const AttackedHome &home, const ExitTarget &target);

/// (address, protocol, port) of what came through.
using ReachedSet = std::set<std::tuple<IpAddress, std::uint8_t, std::uint16_t>>;

/// The elements of the canary table's sets in `nft -j list table`. Malformed when it is not that,
/// or has an element that is not understood.
Result<ReachedSet> parseReached(std::string_view json);

struct ExitTrial
{
    ExitTarget target;
    bool reached = false;

    /// Control targets must be reached, all others not.
    [[nodiscard]] bool ok() const { return reached == (target.kind == TargetKind::Control); }
    friend bool operator==(const ExitTrial &, const ExitTrial &) = default;
};

/// The outcome of one attack.
struct ExitSafety
{
    WallTime at;
    std::vector<ExitTrial> trials;
    std::string rulesDetail;    ///< how the rules in force differ from ours; empty: not at all
    bool routerUnknown = false; ///< its public address was not among what was tried
    std::string answersDetail;  ///< where guests' packets or answers go instead; empty: right

    /// No trial reached what it must not.
    [[nodiscard]] bool isTight() const;
    /// The controls were reached, and what matters was tried, so that isTight() says something.
    [[nodiscard]] bool isMeaningful() const;
    [[nodiscard]] bool passed() const
    {
        return !trials.empty() && isTight() && isMeaningful() && rulesDetail.empty();
    }
    /// "lan 192.168.1.1:80", the first `most` that are not as they should be.
    [[nodiscard]] std::vector<std::string> faults(std::size_t most) const;
};

} // namespace higgs
