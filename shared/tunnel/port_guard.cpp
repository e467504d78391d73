// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/port_guard.h"

#include "shared/base/log.h"
#include "shared/tunnel/bridged_device.h"
#include "shared/tunnel/command.h"
#include "shared/tunnel/interface_address.h"

#include <net/if.h>
#include <sstream>

namespace higgs {

namespace {

Result<std::string> listGuard(const std::string &interfaceName)
{
    return runCommand("nft", {"-s", "list", "table", "inet", portGuardTable(interfaceName)});
}

} // namespace

Result<void> removeStrayGuards()
{
    const auto listed = runCommand("nft", {"list", "tables", "inet"});
    if (!listed)
        return {};
    std::string removal;
    std::istringstream lines(*listed);
    for (std::string line; std::getline(lines, line);) {
        const std::string name = guardedInterface(line.substr(line.rfind(' ') + 1));
        // A name that holds what a table's cannot is none of ours.
        if (checkInterfaceName(name) && ::if_nametoindex(name.c_str()) == 0)
            removal += "delete table inet " + portGuardTable(name) + "\n";
    }
    return removal.empty() ? Result<void>() : runNft(removal);
}

void PortGuard::watch()
{
    forget();
    m_index = ::if_nametoindex(m_name.c_str());
    if (m_index == 0)
        return;
    auto listed = listGuard(m_name);
    if (!listed) {
        const auto port = wireguardPort(m_name);
        if (!port) // no WireGuard's: nothing to keep
            return;
        if (const auto put = runNft(portGuardRuleset(m_name, *port)); !put) {
            log::warning("tunnel", "WireGuard's port cannot be kept to this machine",
                         {{"error", put.error().detail}});
            return;
        }
        listed = listGuard(m_name);
    }
    if (listed)
        m_listing = std::move(*listed);
}

bool PortGuard::stands() const
{
    if (m_listing.empty() || ::if_nametoindex(m_name.c_str()) != m_index)
        return true;
    const auto now = listGuard(m_name);
    return now && *now == m_listing;
}

Result<void> PortGuard::putBack() const
{
    if (m_listing.empty())
        return {};
    const std::string table = "table inet " + portGuardTable(m_name);
    return runNft(table + " {}\ndelete " + table + "\n" + m_listing);
}

} // namespace higgs
