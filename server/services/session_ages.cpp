// SPDX-License-Identifier: GPL-3.0-or-later
// Which sessions have waited, been away or lived for long.
#include "server/services/session_table.h"

namespace higgs::server {

std::vector<SessionId> SessionTable::neverJoined(BootTime before) const
{
    std::vector<SessionId> ids;
    for (const auto &[created, id] : m_waiting) {
        if (created > before)
            break;
        ids.push_back(id);
    }
    return ids;
}

std::vector<SessionId> SessionTable::abandonedOn(const NodeId &node, BootTime before) const
{
    std::vector<SessionId> abandoned;
    for (const SessionId &id : ofNode(node)) {
        const Session *session = find(id);
        if (!session->clientOpen && session->clientGoneSince <= before)
            abandoned.push_back(id);
    }
    return abandoned;
}

std::vector<NodeId> SessionTable::leftBetween(BootTime after, BootTime before) const
{
    std::vector<NodeId> nodes;
    for (auto at = m_away.lower_bound({after + Milliseconds(1), {}});
         at != m_away.end() && at->first <= before; ++at)
        nodes.push_back(find(at->second)->record.node);
    return nodes;
}

std::optional<SessionId> SessionTable::abandonedIn(const IpPrefix &network, BootTime before) const
{
    return first(network, before, [](const Session &session) {
        return session.clientOpen ? std::nullopt : std::optional(session.clientGoneSince);
    });
}

std::optional<SessionId> SessionTable::longestWaitingIn(const IpPrefix &network,
                                                        BootTime before) const
{
    return first(network, before, [](const Session &session) {
        return session.clientJoined ? std::nullopt : std::optional(session.createdAt);
    });
}

std::optional<SessionId> SessionTable::unansweredIn(const IpPrefix &network, BootTime before) const
{
    return first(network, before, [](const Session &session) {
        return session.isUnanswered() ? std::optional(session.joinedAt) : std::nullopt;
    });
}

std::optional<SessionId>
SessionTable::first(const IpPrefix &network, BootTime before,
                    std::optional<BootTime> (*since)(const Session &)) const
{
    std::optional<std::pair<BootTime, SessionId>> longest;
    m_of.forEachIn(network, [&](const SessionId &id) {
        const auto at = since(*find(id));
        if (at && *at <= before && (!longest || *at < longest->first))
            longest = {*at, id};
    });
    return longest ? std::optional(longest->second) : std::nullopt;
}

std::vector<SessionId> SessionTable::expiredAt(BootTime now) const
{
    std::vector<SessionId> expired;
    for (const auto &[at, id] : m_byExpiry) {
        if (at > now)
            break;
        expired.push_back(id);
    }
    return expired;
}

} // namespace higgs::server
