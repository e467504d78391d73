// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/other_servers.h"

#include "shared/net/host_resolver.h"

namespace higgs::node {

OtherServers::OtherServers(const std::string &dataDir, Addresses entered, EndpointCheck check)
    : m_fleet({.file = dataDir + "/server-fleet",
               .addresses =
                   [this, entered = std::move(entered)](const std::string &host) {
                       return host == m_fleet.entry().host ? entered() : addressesOf(host);
                   },
               .lookUp = [this](const std::string &host) { lookUp(host); },
               .check = std::move(check)})
{}

std::vector<IpAddress> OtherServers::addressesOf(const std::string &host) const
{
    if (const Result<IpAddress> literal = IpAddress::parse(host))
        return {*literal};
    const auto known = m_known.find(host);
    return known == m_known.end() ? std::vector<IpAddress>{} : known->second.inOrder();
}

void OtherServers::proven(const std::string &host, const IpAddress &address)
{
    const auto known = m_known.find(host);
    if (known != m_known.end())
        (void)known->second.proven(address);
}

void OtherServers::lookUp(const std::string &host)
{
    if (m_known.size() >= MostNames && !m_known.contains(host))
        return;
    resolveHost(host, {&m_context, [this, host](const Result<std::vector<IpAddress>> &found) {
                           if (found)
                               m_known[host].answered(*found);
                       }});
}

} // namespace higgs::node
