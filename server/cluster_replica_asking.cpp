// SPDX-License-Identifier: GPL-3.0-or-later
// What somebody waits for: a row that may be in the database and not here yet, and a session that
// comes to this server.
#include "server/api/server_state.h"
#include "server/cluster_replica.h"
#include "server/services/timely.h"
#include "shared/base/log.h"

namespace higgs::server {

void ClusterReplica::lookAgain(const SessionId &session)
{
    if (!m_bus)
        return;
    m_gone.erase(session);
    const bool isKnown = m_state->sessions.find(session) != nullptr;
    if (m_sessionsToRead.size() >= (isKnown ? MaxWaiting : MaxUnknown))
        return;
    m_sessionsToRead.insert(session);
    look();
}

void ClusterReplica::lookUp(const SessionId &session, Then then)
{
    lookUp(m_sessionsAwaited, m_sessionsToRead, session, std::move(then));
}

void ClusterReplica::lookUp(const NodeId &node, Then then)
{
    lookUp(m_nodesAwaited, m_nodesToRead, node, std::move(then));
}

template <typename Id>
void ClusterReplica::lookUp(Awaited<Id> &awaited, std::unordered_set<Id> &toRead, const Id &id,
                            Then then)
{
    if (!m_bus || !m_started || !m_state->takenUp)
        return then({});
    if (awaited.size() >= MaxUnknown)
        return then(unexpected(ErrorCode::Unavailable, "too much is asked for at once"));
    awaited.add(id, withinTime(this, m_state->settings.limits.storageAnswer, std::move(then)));
    toRead.insert(id);
    look();
}

void ClusterReplica::takeOver(const SessionId &session, Then then)
{
    const Session *known = m_state->sessions.find(session);
    if (known == nullptr)
        return then(unexpected(ErrorCode::NotFound, "no such session"));
    const InstanceId from = known->record.instance;
    const InstanceId own = m_state->instances.own().id;
    const auto isHere = std::make_shared<bool>(false);
    const auto moved = [this, session, from, own, isHere,
                        then = std::move(then)](const Result<void> &done) {
        m_sessionsToRead.insert(session);
        if (done && m_state->sessions.find(session) != nullptr) {
            setInstance(session, own);
            log::info("cluster", "a session is this server's now",
                      {{"session", session.text()}, {"from", from.text()}});
            m_state->life.announce(*m_state->sessions.find(session));
            sessionChanged(session);
            *isHere = true;
        }
        look();
        then(done);
    };
    const auto inTime = withinTime(this, m_state->settings.limits.storageAnswer, moved);
    const auto answered = [this, session, inTime, isHere](const Result<void> &done) {
        inTime(done);
        if (*isHere)
            return;
        // Given up, or without an answer that says what was done: the row knows, and nobody else.
        m_movedLate.insert(session);
        m_sessionsToRead.insert(session);
        look();
    };
    m_state->storage.moveSession(session, from, own, {this, answered});
}

} // namespace higgs::server
