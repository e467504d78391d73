// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/session_life.h"

namespace higgs::server {

namespace {

constexpr std::uint16_t CloseNormalCode = 1000;
constexpr std::uint16_t ClosePolicyCode = 1008;

/// Whether its node can do anything with it.
bool isAnnounced(const Session &session)
{
    return session.record.clientKey.has_value() || !session.forward.empty();
}

} // namespace

protocol::RelayEndpoint SessionLife::endpointOf(const SessionId &session) const
{
    const Session *known = m_sessions.find(session);
    const Instance *place = known != nullptr ? m_instances.find(known->record.instance) : nullptr;
    if (place == nullptr)
        place = &m_instances.own();
    protocol::RelayEndpoint endpoint;
    endpoint.host = place->host;
    endpoint.port = place->port;
    endpoint.sessionId = session;
    return endpoint;
}

protocol::SessionConnect SessionLife::connectOf(const Session &session) const
{
    const SessionRecord &record = session.record;
    protocol::SessionConnect connect;
    connect.sessionId = record.id;
    connect.relayEndpoint = endpointOf(record.id);
    connect.expiresAt = clocksNow().told(session.expiresAt);
    if (!session.forward.empty()) { // the client's key and addresses are the exit's to know
        connect.role = protocol::SessionRole::Forward;
        connect.forward = {endpointOf(session.partner), session.forward.copy()};
        return connect;
    }
    connect.clientPublicKey = record.clientKey;
    connect.clientAddress = m_networks.address4(record.addressIndex);
    connect.clientAddressV6 = m_networks.address6(record.addressIndex);
    connect.natType = record.clientNatType;
    if (record.clientMapped)
        connect.candidates.push_back({protocol::CandidateType::Srflx, *record.clientMapped});
    return connect;
}

void SessionLife::announce(const Session &session)
{
    if (!m_signalling.isOpen(session.record.node))
        return;
    if (const auto message = announcement(session.record.id))
        m_signalling.send(session.record.node, *message);
}

std::optional<protocol::SignalMessage> SessionLife::announcement(const SessionId &id) const
{
    const Session *session = m_sessions.find(id);
    if (session == nullptr || !isAnnounced(*session))
        return std::nullopt;
    protocol::SignalMessage message;
    message.sessionId = id;
    message.payload = connectOf(*session);
    return message;
}

std::vector<protocol::SessionConnect> SessionLife::pendingConnects(const NodeId &node) const
{
    std::vector<protocol::SessionConnect> connects;
    if (m_signalling.isOpen(node) || m_cluster.isLinkedElsewhere(node))
        return connects;
    for (const SessionId &id : m_sessions.ofNode(node)) {
        const Session *session = m_sessions.find(id);
        if (isAnnounced(*session) && !session->nodeJoined)
            connects.push_back(connectOf(*session));
        if (connects.size() == MaxPendingConnects)
            break;
    }
    return connects;
}

bool SessionLife::forget(const SessionId &session, const Owed &ending)
{
    const std::optional<Session> removed = m_sessions.remove(session);
    if (!removed)
        return false;
    if (m_watchEnds)
        m_watchEnds(*removed);
    if (ending)
        tellStorage(session, ending);
    if (isAnnounced(*removed) && m_signalling.isOpen(removed->record.node)) {
        protocol::SignalMessage message;
        message.sessionId = session;
        message.payload = protocol::SessionDisconnect{};
        m_signalling.send(removed->record.node, message);
    }
    return true;
}

SessionEnding SessionLife::endingOf(const SessionId &session, By why, SessionEnd how) const
{
    SessionEnding ending{how};
    const Session *known = m_sessions.find(session);
    if (why == By::Order || known == nullptr)
        return ending;
    if (!known->record.instance.isNull())
        ending.onlyOf = known->record.instance;
    if (why == By::Expiry)
        ending.expiredBy = clocksNow().wall;
    return ending;
}

void SessionLife::end(const SessionId &session, std::uint16_t code, std::string_view reason, By why,
                      SessionEnd how)
{
    const SessionId partner = partnerOf(session);
    m_relay.endSession(session, code, reason);
    if (forget(session, endingOf(session, why, how)) && !partner.isNull())
        end(partner, code, reason, why, how);
}

void SessionLife::endedElsewhere(const SessionId &session)
{
    m_relay.endSession(session, CloseNormalCode, "Session closed");
    forget(session, std::nullopt);
}

void SessionLife::endedByRelay(const SessionId &session, By why)
{
    const SessionId partner = partnerOf(session);
    if (forget(session, endingOf(session, why, SessionEnd::Closed)) && !partner.isNull())
        end(partner, CloseNormalCode, "Session closed", why);
}

SessionId SessionLife::partnerOf(const SessionId &session) const
{
    const Session *known = m_sessions.find(session);
    return known != nullptr ? known->partner : SessionId{};
}

void SessionLife::endAllOf(const NodeId &node, std::uint16_t code, std::string_view reason)
{
    for (const SessionId &id : m_sessions.ofNode(node))
        end(id, code, reason);
}

std::size_t SessionLife::endThose(const std::function<bool(const Session &)> &which,
                                  std::uint16_t code, std::string_view reason)
{
    std::vector<SessionId> ids;
    m_sessions.forEach([&](const Session &session) {
        if (which(session))
            ids.push_back(session.record.id);
    });
    for (const SessionId &id : ids)
        end(id, code, reason);
    return ids.size();
}

std::size_t SessionLife::expire(BootTime now)
{
    std::size_t ended = 0;
    for (const SessionId &id : m_sessions.expiredAt(now)) {
        const Session *session = m_sessions.find(id);
        if (session == nullptr || !m_cluster.mayExpire(id))
            continue;
        if (m_cluster.mayJudge(session->record.instance))
            end(id, ClosePolicyCode, "Session expired", By::Expiry);
        else
            endedElsewhere(id);
        ++ended;
    }
    return ended;
}

std::size_t SessionLife::endNeverJoined(BootTime before)
{
    std::size_t ended = 0;
    for (const SessionId &id : m_sessions.neverJoined(before)) {
        const Session *session = m_sessions.find(id);
        if (session != nullptr && !m_cluster.mayJudge(session->record.instance))
            continue; // it may be joined there
        end(id, CloseNormalCode, "Session closed", By::Rule);
        ++ended;
    }
    return ended;
}

void SessionLife::renew(const Clocks &now, const SessionId &session, WallTime expiresAt)
{
    for (const SessionId &each : {session, partnerOf(session)}) {
        if (each.isNull() || !m_sessions.renew(now, each, expiresAt))
            continue;
        m_relay.setExpiry(each, now.inside(expiresAt));
        tellStorage(each, std::nullopt);
    }
}

// --- What the storage has to know ----------------------------------------------------------------

void SessionLife::tellStorage(const SessionId &session, const Owed &ended)
{
    const Stored<void> reply(&m_context, [this, session, ended](const Result<void> &outcome) {
        storageTold(session, ended, outcome);
    });
    if (ended) {
        ++m_ends[session];
        m_storage.endSession(session, *ended, reply);
    } else if (const Session *known = m_sessions.find(session)) {
        m_storage.extendSession(session, clocksNow().told(known->expiresAt), reply);
    }
}

void SessionLife::storageTold(const SessionId &session, const Owed &ended,
                              const Result<void> &outcome)
{
    if (const auto told = m_ends.find(session);
        ended && told != m_ends.end() && --told->second == 0)
        m_ends.erase(told);
    const auto owed = m_owed.find(session);
    if (outcome || outcome.error().code != ErrorCode::Unavailable) {
        // An end that is still owed is not settled by a renewal before it.
        if (owed != m_owed.end() && owed->second == ended)
            m_owed.erase(owed);
        m_cluster.sessionChanged(session);
        if (!outcome) // another server knew better
            m_cluster.lookAgain(session);
    } else if (owed != m_owed.end()) {
        if (ended)
            owed->second = ended;
    } else if (m_owed.size() < MaxOwed) {
        m_owed.emplace(session, ended);
    }
}

bool SessionLife::isEnding(const SessionId &session) const
{
    const auto owed = m_owed.find(session);
    return m_ends.contains(session) || (owed != m_owed.end() && owed->second);
}

void SessionLife::settle()
{
    for (std::size_t i = 0; i < MaxSettled && !m_owed.empty(); ++i) {
        const auto first = m_owed.extract(m_owed.begin());
        tellStorage(first.key(), first.mapped());
    }
}

} // namespace higgs::server
