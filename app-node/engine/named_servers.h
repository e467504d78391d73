// SPDX-License-Identifier: GPL-3.0-or-later
// The other servers that a node's server names, relays and STUN servers, and which of them are
// nobody's home: asked anew before each dial, as the machine may be in another network by then.
#pragma once

#include "app-node/engine/node_engine.h"
#include "app-node/engine/router_knowledge.h"
#include "shared/net/known_addresses.h"
#include "shared/net/named_endpoints.h"
#include "shared/paths/knock_limit.h"

namespace higgs::node {

/// All that it is made of must outlive it.
class NamedServers
{
public:
    NamedServers(const NodeConfig &config, const RouterKnowledge &router,
                 const KnownAddresses &server);

    void networksChanged() { m_endpoints.networksChanged(); }
    /// Of a relay; errors of NamedEndpoints::check().
    Result<std::vector<CheckedEndpoint>> relay(const std::vector<IpAddress> &addresses,
                                               std::uint16_t port);
    /// Of a guest, where it says that it is; errors of NamedEndpoints::check().
    Result<std::vector<CheckedEndpoint>> guest(const std::vector<IpAddress> &addresses,
                                               std::uint16_t port);
    /// Of a guest, where it says that a TURN server relays for it: that may be the server's own
    /// machine, which tells us of no other.
    Result<std::vector<CheckedEndpoint>> relayed(const std::vector<IpAddress> &addresses,
                                                 std::uint16_t port)
    {
        return m_endpoints.check(NamedUse::Stun, addresses, port, {});
    }
    /// Of a guest that is behind our router, where it says that it is inside.
    Result<CheckedEndpoint> neighbour(const Endpoint &endpoint)
    {
        return m_endpoints.neighbour(endpoint);
    }
    /// By all their addresses. A resolver that is away is no reason to forget where they were: an
    /// empty list is taken when `none` are named.
    void setStun(std::vector<Endpoint> found, bool none);
    /// Those that may be asked now.
    const std::vector<CheckedEndpoint> &checkStun();
    /// What one of them says is its second address.
    bool mayAsk(const Endpoint &second);
    /// Whether one more machine of this home may be written to because a guest says that it is it.
    bool mayKnock() { return m_knocks.take(monotonicNow()); }
    /// By the last checkStun().
    [[nodiscard]] const std::vector<CheckedEndpoint> &stun() const { return m_allowed; }
    /// Why one is not among them; empty: all are.
    [[nodiscard]] const std::string &stunRefused() const { return m_refused; }

private:
    [[nodiscard]] Result<std::vector<IpPrefix>> nearby() const;

    const NodeConfig &m_config;
    const RouterKnowledge &m_router;
    const KnownAddresses &m_server;
    NamedEndpoints m_endpoints;
    KnockLimit m_knocks;
    std::vector<Endpoint> m_stun;
    std::vector<CheckedEndpoint> m_allowed;
    std::string m_refused;
};

} // namespace higgs::node
