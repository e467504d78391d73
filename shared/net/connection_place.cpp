// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/connection_place.h"

#include <utility>

namespace higgs {

ConnectionPlace::ConnectionPlace(std::vector<ConnectionCount> networks, ConnectionCount process)
    : m_networks(std::move(networks)), m_process(std::move(process))
{
    for (const ConnectionCount &count : m_networks)
        ++*count;
    ++*m_process;
}

ConnectionPlace::~ConnectionPlace()
{
    admitted();
    --*m_process;
}

void ConnectionPlace::admitted()
{
    for (const ConnectionCount &count : m_networks)
        --*count;
    m_networks.clear();
}

} // namespace higgs
