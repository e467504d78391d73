// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/session_table.h"

namespace higgs::server {

const Session *SessionTable::find(const SessionId &id) const
{
    const auto found = m_sessions.find(id);
    return found == m_sessions.end() ? nullptr : &found->second;
}

Session *SessionTable::get(const SessionId &id)
{
    const auto found = m_sessions.find(id);
    return found == m_sessions.end() ? nullptr : &found->second;
}

unsigned SessionTable::countOf(const NodeId &node) const
{
    const auto found = m_byNode.find(node);
    return found == m_byNode.end() ? 0 : static_cast<unsigned>(found->second.size());
}

std::vector<SessionId> SessionTable::ofNode(const NodeId &node) const
{
    const auto found = m_byNode.find(node);
    if (found == m_byNode.end())
        return {};
    return {found->second.begin(), found->second.end()};
}

void SessionTable::forEach(const std::function<void(const Session &)> &visit) const
{
    for (const auto &[id, session] : m_sessions)
        visit(session);
}

SessionAdmission SessionTable::admit(const std::string &clientGroup, std::size_t limit,
                                     std::size_t count) const
{
    SessionAdmission admission;
    const auto found = m_byClient.find(clientGroup);
    if (found == m_byClient.end())
        return admission;
    std::size_t remaining = found->second.size();
    for (const auto &[created, id] : found->second) {
        if (remaining + count <= limit)
            break;
        const Session *session = find(id);
        if (session == nullptr || session->clientOpen)
            continue;
        admission.giveWay.push_back(id);
        --remaining;
    }
    admission.admitted = remaining + count <= limit;
    if (!admission.admitted)
        admission.giveWay.clear();
    return admission;
}

std::vector<SessionId> SessionTable::abandonedOn(const NodeId &node, WallTime before) const
{
    std::vector<SessionId> abandoned;
    for (const SessionId &id : ofNode(node)) {
        const Session *session = find(id);
        if (!session->clientOpen && session->clientGoneSince <= before)
            abandoned.push_back(id);
    }
    return abandoned;
}

void SessionTable::index(const Session &session)
{
    const SessionRecord &record = session.record;
    m_byClient[record.clientGroup].insert({record.createdAt, record.id});
    m_byNode[record.node].insert(record.id);
    m_byExpiry.insert({record.expiresAt, record.id});
    m_byToken[record.tokenDigest] = record.id;
}

bool SessionTable::hasToken(const std::string &digest, WallTime now) const
{
    const auto found = m_byToken.find(digest);
    const Session *session = found == m_byToken.end() ? nullptr : find(found->second);
    return session != nullptr && session->record.expiresAt > now;
}

Result<const Session *> SessionTable::add(SessionRecord record, const SessionId &partner)
{
    const auto address = m_addresses[record.node].take();
    if (!address)
        return unexpected(ErrorCode::Unavailable, "no tunnel address left on the node");
    record.addressIndex = *address;
    Session session;
    session.partner = partner;
    session.clientGoneSince = record.createdAt;
    session.record = std::move(record);
    const SessionId id = session.record.id;
    const Session *kept = &(m_sessions[id] = std::move(session));
    index(*kept);
    return kept;
}

void SessionTable::restore(WallTime now, std::vector<SessionRecord> records)
{
    for (SessionRecord &record : records) {
        if (!m_addresses[record.node].claim(record.addressIndex))
            continue;
        Session session;
        session.clientGoneSince = now;
        session.record = std::move(record);
        const SessionId id = session.record.id;
        index(m_sessions[id] = std::move(session));
    }
}

bool SessionTable::renew(const SessionId &id, WallTime expiresAt)
{
    Session *session = get(id);
    if (session == nullptr)
        return false;
    m_byExpiry.erase({session->record.expiresAt, id});
    session->record.expiresAt = expiresAt;
    m_byExpiry.insert({expiresAt, id});
    return true;
}

std::optional<Session> SessionTable::remove(const SessionId &id)
{
    const auto found = m_sessions.find(id);
    if (found == m_sessions.end())
        return std::nullopt;
    Session session = std::move(found->second);
    m_sessions.erase(found);
    const SessionRecord &record = session.record;
    m_byExpiry.erase({record.expiresAt, id});
    m_byToken.erase(record.tokenDigest);
    const auto client = m_byClient.find(record.clientGroup);
    client->second.erase({record.createdAt, id});
    if (client->second.empty())
        m_byClient.erase(client);
    const auto node = m_byNode.find(record.node);
    node->second.erase(id);
    if (node->second.empty())
        m_byNode.erase(node);
    m_addresses[record.node].give(record.addressIndex);
    return session;
}

void SessionTable::setClientOpen(WallTime now, const SessionId &id, bool open)
{
    Session *session = get(id);
    if (session == nullptr)
        return;
    session->clientOpen = open;
    session->clientGoneSince = now;
}

void SessionTable::setNodeOpen(const SessionId &id, bool open)
{
    if (Session *session = get(id)) {
        session->nodeOpen = open;
        session->nodeJoined = session->nodeJoined || open;
    }
}

std::vector<SessionId> SessionTable::expiredAt(WallTime now) const
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
