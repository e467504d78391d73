// SPDX-License-Identifier: GPL-3.0-or-later
// What this server makes of the others' words: the tables are brought to what the database holds.
#include "server/api/server_state.h"
#include "server/cluster_replica.h"
#include "shared/base/log.h"

namespace higgs::server {

namespace {

constexpr std::uint16_t CloseNormalCode = 1000;
constexpr std::uint16_t CloseGoingAwayCode = 1001;
constexpr std::uint16_t ClosePolicyCode = 1008;
/// What this server has opened and is younger may be on its way to the database.
constexpr Milliseconds UnderWay = Seconds(10);

} // namespace

void ClusterReplica::received(const std::string &text)
{
    const Result<ClusterMessage> message = decodeClusterMessage(text);
    if (!message) {
        log::sampled(log::Level::Warning, "cluster", "a message is not understood", "",
                     {{"detail", message.error().detail}});
        return;
    }
    InstanceDirectory &instances = m_state->instances;
    if (message->from == instances.own().id || !m_started)
        return;
    if (const auto *here = std::get_if<Presence>(&message->payload))
        apply(message->from, *here);
    if (instances.find(message->from) == nullptr)
        return; // of whom nothing was heard yet, or no more
    if (const auto *spent = std::get_if<RatesSpent>(&message->payload)) {
        applyRates(*message, *spent);
        return;
    }
    if (m_sequence.missed(*message)) {
        readAnew();
        publish(FiguresWanted{});
    }
    std::visit(
        [&](const auto &each) {
            using Payload = std::decay_t<decltype(each)>;
            if constexpr (!std::is_same_v<Payload, Presence> &&
                          !std::is_same_v<Payload, RatesSpent>)
                apply(message->from, each);
        },
        message->payload);
}

void ClusterReplica::apply(const InstanceId &from, const Presence &here)
{
    InstanceDirectory &instances = m_state->instances;
    if (here.leaving) {
        if (instances.find(from) != nullptr)
            lost(from);
        instances.remove(from);
        return;
    }
    if (instances.heard(bootNow(), here.instance) != InstanceDirectory::Heard::New)
        return;
    log::info("cluster", "a server is there",
              {{"instance", from.text()},
               {"host", here.instance.host},
               {"servers", instances.others() + 1}});
    // Until now nodes could not be told where it is.
    m_state->sessions.forEach([&](const Session &session) {
        if (session.record.instance == from && !session.nodeOpen)
            m_state->life.announce(session);
    });
}

/// Or cannot be heard. Its sessions stay for their clients, who come to the others.
void ClusterReplica::lost(const InstanceId &instance)
{
    log::warning("cluster", "a server is gone", {{"instance", instance.text()}});
    m_sequence.forget(instance);
    std::erase_if(m_linkedAt, [&](const auto &entry) { return entry.second == instance; });
    beUnsureOf([&](const InstanceId &each) { return each == instance; });
    readAnew(); // what it could not tell any more
}

void ClusterReplica::apply(const InstanceId & /*from*/, const RowsChanged &changed)
{
    if (m_nodesToRead.size() + m_sessionsToRead.size() > MaxWaiting)
        return readAnew();
    m_nodesToRead.insert(changed.nodes.begin(), changed.nodes.end());
    m_sessionsToRead.insert(changed.sessions.begin(), changed.sessions.end());
    look();
}

void ClusterReplica::apply(const InstanceId &from, const NodesHeard &heard)
{
    const BootTime now = bootNow();
    for (const NodeHeard &each : heard.rows) {
        if (m_state->nodes.find(each.node) == nullptr) {
            if (m_nodesToRead.size() < MaxWaiting)
                m_nodesToRead.insert(each.node);
            continue;
        }
        m_state->nodes.heardElsewhere(now, each.node, each.status, each.metrics);
        const auto linked = m_linkedAt.find(each.node);
        if (each.linked)
            m_linkedAt[each.node] = from;
        else if (linked != m_linkedAt.end() && linked->second == from)
            m_linkedAt.erase(linked);
        // A node has one link: the one it opened last.
        if (each.linked && m_links->isOpen(each.node) && !m_figuresToTell.contains(each.node))
            m_links->close(each.node, CloseNormalCode, "Replaced");
    }
    look();
}

void ClusterReplica::apply(const InstanceId &from, const LegsChanged &changed)
{
    const BootTime now = bootNow();
    for (const SessionLegs &each : changed.rows) {
        const Session *session = m_state->sessions.find(each.session);
        if (session == nullptr || session->record.instance != from)
            continue;
        m_state->sessions.setClientOpen(now, each.session, each.clientOpen);
        m_state->sessions.setNodeOpen(each.session, each.nodeOpen);
        // A client waits there for its node, whose link may hang here.
        if (each.clientOpen && !each.nodeOpen)
            m_state->life.announce(*session);
    }
}

void ClusterReplica::apply(const InstanceId & /*from*/, const CandidatesPassed &passed)
{
    const Session *session = m_state->sessions.find(passed.session);
    if (session == nullptr)
        return;
    // Written anew from what it means: nobody passes anything else through us.
    if (passed.to == CandidatesPassed::To::Node) {
        const auto message = protocol::decodeSignalText(passed.text);
        if (message && message->sessionId == passed.session &&
            std::holds_alternative<protocol::SessionCandidates>(message->payload))
            m_links->sendCandidates(session->record.node, passed.session,
                                    protocol::dumpJson(protocol::toJson(*message)));
        return;
    }
    const auto message = protocol::decodeRelayText(passed.text);
    if (!message || message->sessionId != passed.session ||
        !m_state->instances.isOwn(session->record.instance))
        return;
    const auto *control = std::get_if<protocol::RelayControl>(&message->payload);
    if (control != nullptr && control->action == protocol::ControlAction::Candidates)
        m_relay->candidatesForClient(passed.session,
                                     protocol::dumpJson(protocol::toJson(*message)));
}

void ClusterReplica::apply(const InstanceId & /*from*/, const FiguresWanted & /*wanted*/)
{
    tellAllFigures();
}

// --- The database --------------------------------------------------------------------------------

void ClusterReplica::readAnew()
{
    m_allToRead = true;
    look();
}

void ClusterReplica::look()
{
    if (m_looking || !m_started || !m_state->takenUp)
        return;
    if (m_allToRead) {
        m_looking = true;
        readAll();
        return;
    }
    if (m_nodesToRead.empty() && m_sessionsToRead.empty())
        return;
    m_looking = true;
    std::vector<NodeId> nodes;
    std::vector<SessionId> sessions;
    while (!m_nodesToRead.empty() && nodes.size() < MaxAsked)
        nodes.push_back(m_nodesToRead.extract(m_nodesToRead.begin()).value());
    while (!m_sessionsToRead.empty() && sessions.size() < MaxAsked)
        sessions.push_back(m_sessionsToRead.extract(m_sessionsToRead.begin()).value());
    m_sessionsAsked.insert(sessions.begin(), sessions.end());
    m_askedAt = bootNow();
    m_state->storage.loadRows(nodes, sessions,
                              {this, [this, nodes, sessions](const Result<StoredState> &found) {
                                   m_looking = false;
                                   looked(nodes, sessions, found);
                               }});
}

void ClusterReplica::looked(const std::vector<NodeId> &nodes,
                            const std::vector<SessionId> &sessions,
                            const Result<StoredState> &found)
{
    m_sessionsAsked.clear();
    if (!found) {
        m_nodesAwaited.settle(nodes, unexpected(found.error()));
        m_sessionsAwaited.settle(sessions, unexpected(found.error()));
        m_nodesToRead.insert(nodes.begin(), nodes.end());
        m_sessionsToRead.insert(sessions.begin(), sessions.end());
        QTimer::singleShot(RetryTime, this, &ClusterReplica::look);
        return;
    }
    std::unordered_set<NodeId> nodesFound;
    for (const NodeRecord &record : found->nodes) {
        nodesFound.insert(record.id);
        take(record);
    }
    std::unordered_set<SessionId> sessionsFound;
    for (const SessionRecord &record : found->sessions) {
        sessionsFound.insert(record.id);
        take(record);
        const Session *session = m_state->sessions.find(record.id);
        if (session != nullptr && session->expiresAt <= m_askedAt)
            m_expired.insert(record.id);
    }
    for (const NodeId &node : nodes) {
        if (!nodesFound.contains(node))
            nodeGone(node);
    }
    for (const SessionId &session : sessions) {
        if (!sessionsFound.contains(session))
            sessionGone(session);
    }
    m_nodesAwaited.settle(nodes, {});
    m_sessionsAwaited.settle(sessions, {});
    look();
}

void ClusterReplica::readAll()
{
    m_allToRead = false;
    const BootTime asked = bootNow();
    m_state->storage.load(wallNow(), {this, [this, asked](const Result<StoredState> &stored) {
                                          m_looking = false;
                                          if (stored) {
                                              allRead(asked, *stored);
                                              return look();
                                          }
                                          m_allToRead = true;
                                          QTimer::singleShot(RetryTime, this,
                                                             &ClusterReplica::look);
                                      }});
}

void ClusterReplica::allRead(BootTime asked, const StoredState &stored)
{
    std::unordered_set<NodeId> nodes;
    for (const NodeRecord &record : stored.nodes) {
        nodes.insert(record.id);
        take(record);
    }
    std::unordered_set<SessionId> sessions;
    for (const SessionRecord &record : stored.sessions) {
        sessions.insert(record.id);
        take(record);
    }
    // What is missing is asked for by its name: it may have come, or been extended, meanwhile.
    m_state->nodes.forEach([&](const Node &node) {
        if (!nodes.contains(node.record.id))
            m_nodesToRead.insert(node.record.id);
    });
    std::vector<SessionId> young;
    m_state->sessions.forEach([&](const Session &session) {
        if (sessions.contains(session.record.id))
            return;
        const bool mayBeUnderWay = m_state->instances.isOwn(session.record.instance) &&
                                   session.createdAt >= asked - UnderWay;
        if (mayBeUnderWay)
            young.push_back(session.record.id);
        else
            m_sessionsToRead.insert(session.record.id);
    });
    if (young.empty())
        return;
    QTimer::singleShot(UnderWay, this, [this, young = std::move(young)] {
        m_sessionsToRead.insert(young.begin(), young.end());
        look();
    });
}

void ClusterReplica::take(const NodeRecord &record)
{
    const Node *known = m_state->nodes.find(record.id);
    if (known != nullptr && known->record.tokenGeneration != record.tokenGeneration)
        m_links->close(record.id, CloseNormalCode, "Replaced"); // it has another key
    m_state->nodes.replicate(clocksNow(), record);
}

void ClusterReplica::take(const SessionRecord &record)
{
    const Clocks now = clocksNow();
    SessionTable &sessions = m_state->sessions;
    // It may be that it was another's meanwhile, and is known here as this one's.
    if (m_movedLate.erase(record.id) > 0 && m_state->instances.isOwn(record.instance))
        sessionChanged(record.id);
    const Session *known = sessions.find(record.id);
    if (known == nullptr && m_state->life.isEnding(record.id))
        return; // read before it was written down
    if (known == nullptr && record.expiresAt <= now.wall)
        return noteGone(record.id);
    m_gone.erase(record.id);
    if (known == nullptr) {
        if (sessions.adopt(now, m_state->settings.sessionLife, record)) {
            // It may have been ended here, by what was known here.
            m_relay->releaseSession(record.id, CloseGoingAwayCode, "Moved");
            m_state->life.announce(*sessions.find(record.id));
        } else // the address is that of a session which is about to get another one
            QTimer::singleShot(RetryTime, this, [this, id = record.id] {
                m_sessionsToRead.insert(id);
                look();
            });
        return;
    }
    const InstanceDirectory &instances = m_state->instances;
    const bool wasOwn = instances.isOwn(known->record.instance);
    if (known->record.expiresAt < record.expiresAt) {
        sessions.renew(now, record.id, record.expiresAt);
        if (wasOwn)
            m_relay->setExpiry(record.id, now.inside(record.expiresAt));
    }
    if (known->record.instance == record.instance)
        return;
    setInstance(record.id, record.instance);
    if (wasOwn && !instances.isOwn(record.instance)) {
        log::info("cluster", "a session is another server's now",
                  {{"session", record.id.text()}, {"instance", record.instance.text()}});
        m_relay->releaseSession(record.id, CloseGoingAwayCode, "Moved");
    }
    if (instances.isOwn(record.instance)) // taken over, and too late to be told so then
        sessionChanged(record.id);
    m_state->life.announce(*sessions.find(record.id));
}

/// Its ends are not where they were. Here they have not come yet; elsewhere they may have, so that
/// it does not give way, and its node is told of it all the same.
void ClusterReplica::setInstance(const SessionId &session, const InstanceId &instance)
{
    m_state->sessions.setInstance(session, instance);
    m_state->sessions.setClientOpen(bootNow(), session, !m_state->instances.isOwn(instance));
    m_state->sessions.setNodeOpen(session, false);
}

void ClusterReplica::nodeGone(const NodeId &node)
{
    if (m_state->nodes.find(node) == nullptr || m_state->admission.isUnderWay(node))
        return;
    m_links->close(node, ClosePolicyCode, "Node removed");
    m_state->nodes.remove(node);
    m_linkedAt.erase(node);
}

/// Asked by its name, which nobody else knows before it is written down.
void ClusterReplica::sessionGone(const SessionId &session)
{
    if (m_state->sessions.find(session) != nullptr)
        m_state->life.endedElsewhere(session);
    noteGone(session);
}

void ClusterReplica::noteGone(const SessionId &session)
{
    m_movedLate.erase(session);
    if (m_gone.size() < MaxWaiting)
        m_gone.insert(session);
}

} // namespace higgs::server
