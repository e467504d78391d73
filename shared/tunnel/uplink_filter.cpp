// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/uplink_filter.h"

#include "shared/tunnel/exit_canary.h"
#include "shared/tunnel/guest_entrance.h"

#include <utility>

namespace higgs {

namespace {

// A machine with containers that come and go: forget all rather than grow.
constexpr std::size_t MaxKnown = 1024;

} // namespace

UplinkFilter::UplinkFilter(std::string ownInterface, std::uint32_t ownTable)
    : m_canary(canaryInterface(ownInterface)),
      m_entrance(entranceInterface(ownInterface)),
      m_ownInterface(std::move(ownInterface)),
      m_ownTable(ownTable)
{}

bool UplinkFilter::matters(const NetworkEvent &event)
{
    if (m_own.size() > MaxKnown || m_links.size() > MaxKnown || m_addresses.size() > MaxKnown) {
        m_own.clear();
        m_links.clear();
        m_addresses.clear();
    }
    const std::uint32_t index = event.interfaceIndex;
    switch (event.kind) {
    case NetworkEvent::Kind::LinkChanged:
    case NetworkEvent::Kind::LinkRemoved: {
        if (event.interfaceName == m_ownInterface || event.interfaceName == m_canary ||
            event.interfaceName == m_entrance) {
            if (event.kind == NetworkEvent::Kind::LinkRemoved)
                m_own.erase(index);
            else
                m_own.insert(index);
            return false;
        }
        // Wireless links tell of their signal all the time: only up and down count, and into which
        // bridge; and the first word of each, as nobody knows what it was before.
        const std::pair now{event.running, event.master};
        const auto [known, first] = m_links.emplace(index, now);
        return std::exchange(known->second, now) != now || first;
    }
    case NetworkEvent::Kind::AddressAdded:
        // A router's advertisement renews what is there already.
        return !isOwn(index) && !event.address.isLoopback() &&
               m_addresses.emplace(index, event.address).second;
    case NetworkEvent::Kind::AddressRemoved:
        m_addresses.erase({index, event.address});
        return !isOwn(index) && !event.address.isLoopback();
    case NetworkEvent::Kind::RouteChanged:
        return event.table != m_ownTable && !isOwn(index);
    }
    return false;
}

} // namespace higgs
