// SPDX-License-Identifier: GPL-3.0-or-later
// The servers that act as one with the node's, with their addresses: looked up when they are named,
// and again when one does not answer.
#pragma once

#include "shared/net/known_addresses.h"
#include "shared/net/known_fleet.h"

#include <QObject>
#include <map>

namespace higgs::node {

/// Lives on the daemon's thread.
class OtherServers
{
public:
    using Addresses = std::function<std::vector<IpAddress>()>;

    /// `entered`: of the server that the owner entered.
    OtherServers(const std::string &dataDir, Addresses entered, EndpointCheck check);

    [[nodiscard]] KnownFleet &fleet() { return m_fleet; }
    /// Of one that is not entered; empty: not known by now.
    [[nodiscard]] std::vector<IpAddress> addressesOf(const std::string &host) const;
    /// TLS has shown that it is there.
    void proven(const std::string &host, const IpAddress &address);

private:
    /// More names are not remembered: of a server that names others each time.
    static constexpr std::size_t MostNames = 64;

    void lookUp(const std::string &host);

    QObject m_context;
    std::map<std::string, KnownAddresses> m_known;
    KnownFleet m_fleet;
};

} // namespace higgs::node
