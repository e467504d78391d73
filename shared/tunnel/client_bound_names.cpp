// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/client_bound_names.h"

#include "shared/tunnel/nft_text.h"

namespace higgs {

namespace {

/// A relay asks a server of either family.
bool relaysAsk(const TunnelRoutes &up)
{
    return !up.addresses.empty() && !up.dnsServers.empty();
}

std::string portAt(const NameRelayPlace &place)
{
    return nftDaddr(place.at.address.family()) + place.at.address.toString() + " udp dport " +
           std::to_string(place.at.port) + " ";
}

} // namespace

std::string toRelays(const TunnelRoutes &up, const ClientSurroundings &around)
{
    std::string text;
    for (const NameRelayPlace &place : around.relays) {
        if (relaysAsk(up))
            text += "        ct status dnat " + portAt(place) + "oifname \"" + place.interfaceName +
                    "\" accept\n";
    }
    return text;
}

std::string fromElsewhere(const ClientSurroundings &around)
{
    std::string text;
    for (const NameRelayPlace &place : around.relays)
        text += "        " + portAt(place) + "iifname != \"lo\" drop\n";
    return text;
}

std::string boundRedirections(const BlockPolicy &policy, const TunnelRoutes &up,
                              const ClientSurroundings &around)
{
    std::string text;
    for (const NameRelayPlace &place : around.relays) {
        const bool v4 = place.at.address.isV4();
        if (relaysAsk(up))
            text += "        oifname \"" + place.interfaceName + "\" meta nfproto " +
                    (v4 ? "ipv4" : "ipv6") + " udp dport 53 dnat " + (v4 ? "ip" : "ip6") + " to " +
                    place.at.toString() + "\n";
    }
    // Refused at once by the output chain, where nothing else shows an uplink as its first way.
    for (const NameRelayPlace &place : around.relays) {
        if (relaysAsk(up) && !policy.allowLan)
            text += "        oifname \"" + place.interfaceName + "\" tcp dport 53 return\n";
    }
    return text;
}

} // namespace higgs
