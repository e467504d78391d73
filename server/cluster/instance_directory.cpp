// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/cluster/instance_directory.h"

#include <algorithm>

namespace higgs::server {

InstanceDirectory::Heard InstanceDirectory::heard(BootTime now, Instance other)
{
    if (other.id.isNull() || other.id == m_own.id)
        return Heard::Refused;
    const auto found = m_others.find(other.id);
    if (found == m_others.end()) {
        if (m_others.size() >= MaxOthers)
            return Heard::Refused;
        const InstanceId id = other.id;
        m_others.emplace(id, Other{std::move(other), now});
        return Heard::New;
    }
    found->second.heardAt = now;
    if (found->second.instance == other)
        return Heard::Known;
    found->second.instance = std::move(other);
    return Heard::New;
}

std::vector<InstanceId> InstanceDirectory::sweep(BootTime now)
{
    std::vector<InstanceId> lost;
    for (const auto &[id, other] : m_others) {
        if (now - other.heardAt >= LostAfter)
            lost.push_back(id);
    }
    for (const InstanceId &id : lost)
        m_others.erase(id);
    return lost;
}

const Instance *InstanceDirectory::find(const InstanceId &id) const
{
    if (isOwn(id))
        return &m_own;
    const auto found = m_others.find(id);
    return found == m_others.end() ? nullptr : &found->second.instance;
}

std::vector<Instance> InstanceDirectory::live() const
{
    std::vector<Instance> all = {m_own};
    for (const auto &[id, other] : m_others)
        all.push_back(other.instance);
    std::sort(all.begin() + 1, all.end(), [](const Instance &one, const Instance &other) {
        return std::pair(one.number, one.id) < std::pair(other.number, other.id);
    });
    return all;
}

std::vector<protocol::RelayServer> InstanceDirectory::relayServers() const
{
    std::vector<protocol::RelayServer> servers;
    for (const Instance &each : live())
        servers.push_back(
            {"relay-" + std::to_string(each.number), each.host, each.port, "websocket"});
    return servers;
}

} // namespace higgs::server
