// SPDX-License-Identifier: GPL-3.0-or-later
// Relays for the names that sockets ask for which are bound to an interface (NetworkManager's
// dnsmasq, systemd-resolved where it may not be told of the tunnel), one for each address.
#pragma once

#include "shared/net/name_relay.h"
#include "shared/tunnel/client_network.h"

#include <memory>
#include <vector>

namespace higgs::vpn {

class BoundNames
{
public:
    BoundNames(EpollSet &epoll, ClientNetwork &network) : m_epoll(epoll), m_network(network) {}

    /// For whenever the tunnel, the machine's addresses or the block have changed: relays that are
    /// wanted are made, others ended, and the rules told.
    void follow();

private:
    struct Place
    {
        UplinkAddress uplink;
        IpAddress server;
        NameRelayPlace told;
        std::unique_ptr<NameRelay> relay;
    };

    EpollSet &m_epoll;
    ClientNetwork &m_network;
    std::vector<Place> m_places;
};

} // namespace higgs::vpn
