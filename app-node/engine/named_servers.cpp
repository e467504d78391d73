// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/named_servers.h"

#include "shared/tunnel/exit_surroundings.h"

#include <algorithm>

namespace higgs::node {

NamedServers::NamedServers(const NodeConfig &config, const RouterKnowledge &router,
                           const KnownAddresses &server)
    : m_config(config), m_router(router), m_server(server), m_endpoints([this] { return nearby(); })
{}

/// Of this machine and its home, the router's outside included.
Result<std::vector<IpPrefix>> NamedServers::nearby() const
{
    auto near = nearbyNetworks(m_config.interfaceName);
    if (!near)
        return near;
    const RouterSurface router = m_router.surface();
    for (const IpAddress &address : router.addresses)
        near->push_back(InterfaceAddress{address, 0}.hostPrefix());
    near->insert(near->end(), router.networks.begin(), router.networks.end());
    return near;
}

/// Where the server was met is its own affair, be it in this home; and a relay may be wherever the
/// owner's own entry leads.
Result<std::vector<CheckedEndpoint>> NamedServers::relay(const std::vector<IpAddress> &addresses,
                                                         std::uint16_t port)
{
    const bool asEntered = port == m_config.serverPort;
    return m_endpoints.check(NamedUse::Relay, addresses, port,
                             asEntered ? m_server.inOrder() : m_server.proven());
}

Result<std::vector<CheckedEndpoint>> NamedServers::guest(const std::vector<IpAddress> &addresses,
                                                         std::uint16_t port)
{
    return m_endpoints.otherEnd(addresses, port, m_server.inOrder());
}

void NamedServers::setStun(std::vector<Endpoint> found, bool none)
{
    if (!found.empty() || none)
        m_stun = std::move(found);
}

const std::vector<CheckedEndpoint> &NamedServers::checkStun()
{
    m_allowed.clear();
    m_refused.clear();
    for (const Endpoint &server : m_stun) {
        const auto checked =
            m_endpoints.check(NamedUse::Stun, {server.address}, server.port, m_server.proven());
        if (checked)
            m_allowed.push_back(checked->front());
        else
            m_refused = checked.error().detail;
    }
    return m_allowed;
}

bool NamedServers::mayAsk(const Endpoint &second)
{
    return m_endpoints.check(NamedUse::Stun, {second.address}, second.port, m_server.proven())
        .has_value();
}

} // namespace higgs::node
