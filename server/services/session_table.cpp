// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/session_table.h"

#include <algorithm>

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
    const auto found = m_byClient.find(clientGroup);
    if (found == m_byClient.end())
        return {{}, count <= limit};
    return admitAmong(found->second, found->second.size(), limit, count,
                      [](const Session &session) { return !session.clientOpen; });
}

SessionAdmission SessionTable::admitOfKey(std::string_view key, std::size_t limit,
                                          std::size_t count, BootTime before,
                                          const std::vector<SessionId> &leaving) const
{
    const auto found = m_byKey.find(std::string(key));
    if (found == m_byKey.end())
        return {{}, count <= limit};
    const auto leaves = [&leaving](const SessionId &id) {
        return std::find(leaving.begin(), leaving.end(), id) != leaving.end();
    };
    return admitAmong(found->second, found->second.size() - leaving.size(), limit, count,
                      [&](const Session &session) {
                          return !session.clientOpen && session.clientGoneSince <= before &&
                                 !leaves(session.record.id);
                      });
}

/// The oldest give way first, and none if that is not enough. `remaining`: those that count.
SessionAdmission SessionTable::admitAmong(const ByAge &sessions, std::size_t remaining,
                                          std::size_t limit, std::size_t count,
                                          const std::function<bool(const Session &)> &yields) const
{
    SessionAdmission admission;
    for (const auto &[created, id] : sessions) {
        if (remaining + count <= limit)
            break;
        const Session *session = find(id);
        if (session == nullptr || !yields(*session))
            continue;
        admission.giveWay.push_back(id);
        --remaining;
    }
    admission.admitted = remaining + count <= limit;
    if (!admission.admitted)
        admission.giveWay.clear();
    return admission;
}

std::size_t SessionTable::countOfKey(std::string_view key) const
{
    const auto found = m_byKey.find(std::string(key));
    return found == m_byKey.end() ? 0 : found->second.size();
}

bool SessionTable::hasPlace(const NodeId &node, std::size_t places, const PlaceSeeker &seeker) const
{
    const std::size_t taken = countOf(node);
    return taken < places || (taken == places && givesWayOn(node, seeker));
}

std::optional<SessionId> SessionTable::givesWayOn(const NodeId &node,
                                                  const PlaceSeeker &seeker) const
{
    const auto waiting = givesWay(m_waitingOn, node, seeker, seeker.waitingIsSafe);
    return waiting ? waiting : givesWay(m_unansweredOn, node, seeker, seeker.unansweredIsSafe);
}

std::optional<SessionId> SessionTable::givesWay(const OfNodes &nodes, const NodeId &node,
                                                const PlaceSeeker &seeker, Milliseconds safe)
{
    const auto found = nodes.find(node);
    if (found == nodes.end())
        return std::nullopt;
    const OfNetworks &sessions = found->second;
    std::size_t most = 0;
    OfNetworks::Members::value_type oldest;
    sessions.forEach([&](const IpAddress &subscriber, const OfNetworks::Members &theirs) {
        const auto &first = *theirs.begin();
        const std::size_t held = sessions.counts().moreThan(seeker.from, subscriber);
        if (held == 0 || held < most || seeker.now - first.first < safe)
            return;
        if (held > most || first < oldest)
            oldest = first;
        most = held;
    });
    return most == 0 ? std::nullopt : std::optional(oldest.second);
}

void SessionTable::count(const Session &session, bool more)
{
    if (session.from.isNull()) // of an earlier run, until its client comes back
        return;
    if (more)
        m_of.add(session.from, session.record.id);
    else
        m_of.remove(session.from, session.record.id);
}

void SessionTable::changed(const NodeId &node) const
{
    if (m_watch)
        m_watch(node);
}

void SessionTable::index(const Session &session)
{
    const SessionRecord &record = session.record;
    m_byClient[record.clientGroup].insert({session.createdAt, record.id});
    if (const std::string_view key = keyPartOf(record.clientGroup); !key.empty())
        m_byKey[std::string(key)].insert({session.createdAt, record.id});
    m_byNode[record.node].insert(record.id);
    m_grown.insert(record.node);
    m_away.insert({session.clientGoneSince, record.id});
    m_byExpiry.insert({session.expiresAt, record.id});
    m_byToken[record.tokenDigest] = record.id;
    count(session, true);
    if (!session.clientJoined)
        startWaiting(session);
    changed(record.node);
}

void SessionTable::startWaiting(const Session &session)
{
    const std::pair waiting{session.createdAt, session.record.id};
    m_waiting.insert(waiting);
    m_waitingOf.add(session.from, waiting);
    m_waitingOn[session.record.node].add(session.from, waiting);
}

void SessionTable::stopWaiting(const Session &session)
{
    const std::pair waiting{session.createdAt, session.record.id};
    m_waiting.erase(waiting);
    m_waitingOf.remove(session.from, waiting);
    drop(m_waitingOn, session, session.createdAt);
}

void SessionTable::startUnanswered(const Session &session)
{
    m_unansweredOn[session.record.node].add(session.from, {session.joinedAt, session.record.id});
}

void SessionTable::stopUnanswered(const Session &session)
{
    drop(m_unansweredOn, session, session.joinedAt);
}

void SessionTable::drop(OfNodes &nodes, const Session &session, BootTime since)
{
    const auto node = nodes.find(session.record.node);
    node->second.remove(session.from, {since, session.record.id});
    if (node->second.empty())
        nodes.erase(node);
}

bool SessionTable::hasToken(const std::string &digest, BootTime now) const
{
    const auto found = m_byToken.find(digest);
    const Session *session = found == m_byToken.end() ? nullptr : find(found->second);
    return session != nullptr && session->expiresAt > now;
}

Result<const Session *> SessionTable::add(const Clocks &now, SessionRecord record,
                                          const IpAddress &from, const SessionId &partner,
                                          SecretText forward)
{
    const auto address = m_addresses[record.node].take();
    if (!address)
        return unexpected(ErrorCode::Unavailable, "no tunnel address left on the node");
    record.addressIndex = *address;
    Session session;
    session.partner = partner;
    session.forward = std::move(forward);
    session.createdAt = now.boot;
    session.expiresAt = now.inside(record.expiresAt);
    session.clientGoneSince = now.boot;
    session.from = from.unmapped();
    session.seen.note(from);
    session.record = std::move(record);
    const SessionId id = session.record.id;
    const Session *kept = &(m_sessions[id] = std::move(session));
    index(*kept);
    return kept;
}

Result<const Session *> SessionTable::readdress(const SessionId &id)
{
    Session *session = get(id);
    if (session == nullptr)
        return unexpected(ErrorCode::NotFound, "no such session");
    AddressPool &pool = m_addresses[session->record.node];
    const auto address = pool.take();
    if (!address)
        return unexpected(ErrorCode::Unavailable, "no tunnel address left on the node");
    pool.give(std::exchange(session->record.addressIndex, *address));
    return session;
}

void SessionTable::restore(const Clocks &now, Seconds life, std::vector<SessionRecord> records)
{
    for (SessionRecord &record : records)
        adopt(now, life, std::move(record));
}

bool SessionTable::adopt(const Clocks &now, Seconds life, SessionRecord record)
{
    if (m_sessions.contains(record.id) || !m_addresses[record.node].claim(record.addressIndex))
        return false;
    Session session;
    // A clock that was put back, or a row written by hand, makes no session eternal.
    record.expiresAt = std::clamp(record.expiresAt, now.wall, now.wall + life);
    record.createdAt = std::clamp(record.createdAt, WallTime{}, now.wall);
    session.createdAt = now.inside(record.createdAt);
    session.expiresAt = now.inside(record.expiresAt);
    session.clientGoneSince = now.boot;
    session.clientJoined = true;
    session.answered = true;
    session.record = std::move(record);
    const SessionId id = session.record.id;
    index(m_sessions[id] = std::move(session));
    return true;
}

void SessionTable::setInstance(const SessionId &id, const InstanceId &instance)
{
    if (Session *session = get(id))
        session->record.instance = instance;
}

bool SessionTable::renew(const Clocks &now, const SessionId &id, WallTime expiresAt)
{
    Session *session = get(id);
    if (session == nullptr)
        return false;
    m_byExpiry.erase({session->expiresAt, id});
    session->record.expiresAt = expiresAt;
    session->expiresAt = now.inside(expiresAt);
    m_byExpiry.insert({session->expiresAt, id});
    return true;
}

std::optional<Session> SessionTable::remove(const SessionId &id)
{
    const auto found = m_sessions.find(id);
    if (found == m_sessions.end())
        return std::nullopt;
    setLegs(found->second, found->second.clientOpen, false);
    Session session = std::move(found->second);
    m_sessions.erase(found);
    if (!session.clientOpen)
        m_away.erase({session.clientGoneSince, id});
    const SessionRecord &record = session.record;
    count(session, false);
    if (!session.clientJoined)
        stopWaiting(session);
    else if (session.isUnanswered())
        stopUnanswered(session);
    m_byExpiry.erase({session.expiresAt, id});
    m_byToken.erase(record.tokenDigest);
    const auto client = m_byClient.find(record.clientGroup);
    client->second.erase({session.createdAt, id});
    if (client->second.empty())
        m_byClient.erase(client);
    if (const auto key = m_byKey.find(std::string(keyPartOf(record.clientGroup)));
        key != m_byKey.end()) {
        key->second.erase({session.createdAt, id});
        if (key->second.empty())
            m_byKey.erase(key);
    }
    const auto node = m_byNode.find(record.node);
    node->second.erase(id);
    if (node->second.empty())
        m_byNode.erase(node);
    m_addresses[record.node].give(record.addressIndex);
    changed(record.node);
    return session;
}

void SessionTable::setClientOpen(BootTime now, const SessionId &id, bool open)
{
    Session *session = get(id);
    if (session == nullptr)
        return;
    if (!session->clientJoined) {
        stopWaiting(*session);
        session->clientJoined = true;
        session->joinedAt = now;
        if (!session->answered)
            startUnanswered(*session);
        changed(session->record.node);
    }
    if (!session->clientOpen)
        m_away.erase({session->clientGoneSince, id});
    setLegs(*session, open, session->nodeOpen);
    session->clientGoneSince = now;
    if (!open)
        m_away.insert({now, id});
}

void SessionTable::setLegs(Session &session, bool clientOpen, bool nodeOpen)
{
    m_connected -= session.clientOpen && session.nodeOpen ? 1 : 0;
    session.clientOpen = clientOpen;
    session.nodeOpen = nodeOpen;
    m_connected += clientOpen && nodeOpen ? 1 : 0;
}

void SessionTable::setNodeOpen(const SessionId &id, bool open)
{
    if (Session *session = get(id)) {
        setLegs(*session, session->clientOpen, open);
        session->nodeJoined = session->nodeJoined || open;
    }
}

void SessionTable::setAnswered(const SessionId &id)
{
    Session *session = get(id);
    if (session == nullptr || std::exchange(session->answered, true))
        return;
    if (session->clientJoined)
        stopUnanswered(*session);
    changed(session->record.node);
}

bool SessionTable::noteSeen(const SessionId &id, const IpAddress &from)
{
    Session *session = get(id);
    return session != nullptr && session->seen.note(from);
}

void SessionTable::setFrom(const SessionId &id, const IpAddress &from)
{
    Session *session = get(id);
    if (session == nullptr)
        return;
    if (!session->clientJoined)
        stopWaiting(*session);
    else if (session->isUnanswered())
        stopUnanswered(*session);
    count(*session, false);
    session->from = from.unmapped();
    session->seen.note(from);
    count(*session, true);
    if (!session->clientJoined)
        startWaiting(*session);
    else if (session->isUnanswered())
        startUnanswered(*session);
}

} // namespace higgs::server
