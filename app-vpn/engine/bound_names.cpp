// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/engine/bound_names.h"

#include "shared/base/log.h"

#include <algorithm>

namespace higgs::vpn {

namespace {

constexpr std::uint16_t DnsPort = 53;

} // namespace

void BoundNames::follow()
{
    const std::vector<IpAddress> servers = m_network.nameServers();
    std::vector<Place> places;
    for (const UplinkAddress &uplink : m_network.surroundings().uplinks) {
        // Whoever asks by one family may be answered by a server of the other; the first is it.
        if (servers.empty())
            break;
        const IpAddress &server = servers.front();
        const auto kept = std::find_if(m_places.begin(), m_places.end(), [&](const Place &place) {
            return place.relay && place.uplink == uplink && place.server == server;
        });
        if (kept != m_places.end()) {
            places.push_back(std::move(*kept));
            continue;
        }
        auto relay = std::make_unique<NameRelay>(m_epoll, Endpoint{server, DnsPort});
        const auto at = relay->listen(uplink.interfaceName, uplink.address);
        if (!at) {
            log::info("client", "resolvers that are bound to an interface get no answer",
                      {{"interface", uplink.interfaceName}, {"error", at.error().detail}});
            continue;
        }
        places.push_back({uplink, server, {uplink.interfaceName, *at}, std::move(relay)});
    }
    std::vector<NameRelayPlace> told;
    for (const Place &place : places)
        told.push_back(place.told);
    m_places = std::move(places);
    if (const auto done = m_network.setNameRelays(std::move(told)); !done)
        log::warning("client", "resolvers that are bound to an interface get no answer",
                     {{"error", done.error().detail}});
}

} // namespace higgs::vpn
