// SPDX-License-Identifier: GPL-3.0-or-later
// Which networks this machine keeps for its containers and virtual machines (Docker, Podman, LXD,
// libvirt), as the kernel shows them. Pure; total on any input.
#pragma once

#include "shared/tunnel/interface_address.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace higgs {

struct LocalNetwork
{
    std::string interfaceName;
    std::vector<IpPrefix> prefixes; ///< of the machine's own addresses there; sorted
    unsigned index = 0;             ///< of the interface, as long as it lives

    friend bool operator==(const LocalNetwork &, const LocalNetwork &) = default;
};

/// Guests that share a network card with this machine: they have addresses of their own at home,
/// and their frames do not pass its routes and rules.
struct BesideGuests
{
    std::string interfaceName;       ///< the bridge, or the card
    std::vector<std::string> guests; ///< their interfaces, or addresses of their Ethernet
    bool bridged = false;
    bool held = false; ///< bridged, and the kernel shows their frames to our rules all the same

    friend bool operator==(const BesideGuests &, const BesideGuests &) = default;
};

/// More are left out.
constexpr std::size_t MaxUplinks = 16;

/// By which the machine can be reached, and reaches others; its address of one family.
struct UplinkAddress
{
    std::string interfaceName;
    IpAddress address;

    friend bool operator==(const UplinkAddress &, const UplinkAddress &) = default;
};

/// Who answers, on this machine, what sockets ask that are bound to one interface.
struct NameRelayPlace
{
    std::string interfaceName;
    Endpoint at;

    friend bool operator==(const NameRelayPlace &, const NameRelayPlace &) = default;
};

/// What the rules have to know of the machine besides the tunnel.
struct ClientSurroundings
{
    std::vector<LocalNetwork> locals;   ///< sorted by name
    std::vector<BesideGuests> beside;   ///< sorted by name
    std::vector<UplinkAddress> uplinks; ///< of all others that are up; at most MaxUplinks
    std::vector<NameRelayPlace> relays; ///< not of the kernel's: ours
    unsigned tunnelMtu = 0;             ///< 0: there is no tunnel interface

    friend bool operator==(const ClientSurroundings &, const ClientSurroundings &) = default;
};

/// A bridge that is up, into which nothing but virtual cables and taps are plugged, and behind
/// which no router stands: whoever sends there reaches this machine's guests and nobody else. One
/// with a network card, a tunnel or a route through a gateway is none.
/// `links` is what `ip -j -d address show` prints, `ways` are waysOut().
Result<ClientSurroundings> parseSurroundings(std::string_view links,
                                             const std::set<std::string> &ways,
                                             std::string_view tunnel);

/// What `bridge -j fdb show dev CARD` prints, which does not name the card.
struct StationTable
{
    std::string card;
    std::string json;
};

/// A bridge that leads out and has virtual cables or taps; a macvtap; Ethernet addresses that a
/// card takes for somebody else than this machine's interfaces, as it does for a macvlan in a
/// container. An ipvlan in a container shares the card's address, and is seen by nobody here.
/// `stations` is what stationCards() have. `held` is left to the caller.
Result<std::vector<BesideGuests>> parseBeside(std::string_view links,
                                              const std::set<std::string> &ways,
                                              const std::vector<StationTable> &stations);

/// The cards whose Ethernet addresses are to be asked for, at most MaxStationCards: what is up and
/// may carry a macvlan, cards before bridges. No port of a bridge: anybody who sends there fills
/// the table, of which the bridge itself shows no more than its own addresses.
std::vector<std::string> stationCards(std::string_view links);
inline constexpr std::size_t MaxStationCards = 8;

/// "{ "docker0", "virbr0" }"; must not be empty.
std::string nftNames(const std::vector<LocalNetwork> &networks);
/// The prefixes of one family, each once.
std::vector<IpPrefix> prefixesOf(const std::vector<LocalNetwork> &networks,
                                 IpAddress::Family family);

} // namespace higgs
