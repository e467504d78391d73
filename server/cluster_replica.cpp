// SPDX-License-Identifier: GPL-3.0-or-later
// What this server tells the others, and how it notices that it has missed something.
#include "server/cluster_replica.h"

#include "server/api/server_state.h"
#include "shared/base/log.h"
#include "shared/base/secret.h"

#include <cstring>

namespace higgs::server {

namespace {

constexpr Seconds RouteLife{300};
constexpr Seconds FiguresLife{300};
constexpr const char *OfflineNodes = "boson:nodes:offline";

std::uint64_t freshRun()
{
    std::array<std::uint8_t, 8> random{};
    fillRandom(random);
    std::uint64_t run = 0;
    std::memcpy(&run, random.data(), sizeof run);
    return run >> 1; // JSON's readers elsewhere have 63 bits
}

template <typename Id>
std::vector<Id> takeSome(std::unordered_set<Id> &from, std::size_t most)
{
    std::vector<Id> some;
    while (!from.empty() && some.size() < most)
        some.push_back(from.extract(from.begin()).value());
    return some;
}

} // namespace

ClusterReplica::ClusterReplica(std::unique_ptr<Bus> bus) : m_bus(std::move(bus)), m_run(freshRun())
{
    if (!m_bus)
        return;
    m_gather.setSingleShot(true);
    m_gather.setInterval(GatherTime);
    m_figures.setSingleShot(true);
    m_figures.setInterval(FiguresTime);
    m_presence.setInterval(PresenceInterval);
    connect(&m_gather, &QTimer::timeout, this, &ClusterReplica::tellRows);
    connect(&m_figures, &QTimer::timeout, this, &ClusterReplica::tellFigures);
    connect(&m_presence, &QTimer::timeout, this, &ClusterReplica::tick);
    connect(m_bus.get(), &Bus::received, this, &ClusterReplica::received);
    connect(m_bus.get(), &Bus::upChanged, this, &ClusterReplica::upChanged);
}

ClusterReplica::~ClusterReplica() = default;

void ClusterReplica::attach(ServerState &state, SignalLinks &links, relay::RelayHub &hub)
{
    m_state = &state;
    m_links = &links;
    m_hub = &hub;
}

void ClusterReplica::start()
{
    if (!m_bus || std::exchange(m_started, true))
        return;
    m_presence.start();
    m_bus->start();
}

void ClusterReplica::leave()
{
    m_presence.stop();
    if (m_bus && m_started)
        tellPresence(true);
}

// --- What happens here ---------------------------------------------------------------------------

void ClusterReplica::nodeChanged(const NodeId &node)
{
    if (!m_bus)
        return;
    m_nodesToTell.insert(node);
    if (!m_gather.isActive())
        m_gather.start();
}

void ClusterReplica::sessionChanged(const SessionId &session)
{
    if (!m_bus)
        return;
    m_sessionsToTell.insert(session);
    if (!m_gather.isActive())
        m_gather.start();
}

void ClusterReplica::nodeHeard(const NodeId &node)
{
    if (!m_bus)
        return;
    m_figuresToTell.insert(node);
    if (!m_figures.isActive())
        m_figures.start();
}

void ClusterReplica::legsChanged(const SessionId &session)
{
    if (!m_bus)
        return;
    m_legsToTell.insert(session);
    if (!m_gather.isActive())
        m_gather.start();
}

bool ClusterReplica::isLinkedElsewhere(const NodeId &node) const
{
    return m_linkedAt.contains(node);
}

bool ClusterReplica::mayJudge(const InstanceId &instance) const
{
    return m_state->instances.isOwn(instance) ||
           (isUp() && m_state->instances.find(instance) == nullptr);
}

void ClusterReplica::passCandidates(CandidatesPassed::To to, const SessionId &session,
                                    std::string text)
{
    if (m_bus && text.size() <= MaxPassedText)
        publish(CandidatesPassed{to, session, std::move(text)});
}

// --- What the others hear ------------------------------------------------------------------------

void ClusterReplica::publish(decltype(ClusterMessage::payload) payload)
{
    if (!isUp())
        return;
    m_bus->publish(
        encodeClusterMessage({m_state->instances.own().id, m_run, ++m_number, std::move(payload)}));
}

void ClusterReplica::tellPresence(bool leaving)
{
    publish(Presence{m_state->instances.own(), leaving});
}

void ClusterReplica::tellRows()
{
    if (!isUp()) { // they read all of it when they hear us again
        m_nodesToTell.clear();
        m_sessionsToTell.clear();
        m_legsToTell.clear();
        return;
    }
    while (!m_nodesToTell.empty() || !m_sessionsToTell.empty()) {
        RowsChanged changed{takeSome(m_nodesToTell, MaxClusterRows),
                            takeSome(m_sessionsToTell, MaxClusterRows)};
        for (const SessionId &each : changed.sessions)
            keepInRedis(each);
        publish(std::move(changed));
    }
    while (!m_legsToTell.empty()) {
        LegsChanged changed;
        for (const SessionId &each : takeSome(m_legsToTell, MaxClusterRows)) {
            const Session *session = m_state->sessions.find(each);
            if (session != nullptr && m_state->instances.isOwn(session->record.instance))
                changed.rows.push_back({each, session->clientOpen, session->clientJoined,
                                        session->nodeOpen, session->answered});
        }
        if (!changed.rows.empty())
            publish(std::move(changed));
    }
}

void ClusterReplica::keepInRedis(const SessionId &id)
{
    const std::string key = "boson:session:" + id.text();
    const Session *session = m_state->sessions.find(id);
    if (session == nullptr)
        return m_bus->forget(key);
    const SessionRecord &record = session->record;
    if (!m_state->instances.isOwn(record.instance))
        return;
    const auto left = std::chrono::duration_cast<Seconds>(session->expiresAt - bootNow());
    const protocol::Json kept = {{"nodeId", record.node.text()},
                                 {"routeId", record.route.text()},
                                 {"instance", record.instance.text()},
                                 {"expiresAt", record.expiresAt.ms}};
    m_bus->keep(key, protocol::dumpJson(kept), left);
    const protocol::Json route = {{"nodeId", record.node.text()},
                                  {"type", protocol::toString(record.routeType)}};
    m_bus->keep("boson:route:" + record.route.text(), protocol::dumpJson(route), RouteLife);
}

void ClusterReplica::tellFigures()
{
    if (!isUp())
        return m_figuresToTell.clear();
    while (!m_figuresToTell.empty()) {
        NodesHeard heard;
        for (const NodeId &each : takeSome(m_figuresToTell, MaxClusterRows)) {
            const Node *node = m_state->nodes.find(each);
            if (node == nullptr)
                continue;
            NodeHeard row{each, node->reported, std::nullopt, m_links->isOpen(each)};
            if (node->reports > 0)
                row.metrics = node->metrics;
            m_bus->setMember(OfflineNodes, each.text(), !node->online);
            if (row.metrics) {
                protocol::HeartbeatRequest said;
                said.status = row.status;
                said.metrics = row.metrics;
                m_bus->keep("boson:metrics:" + each.text(),
                            protocol::dumpJson(protocol::toJson(said)), FiguresLife);
            }
            heard.rows.push_back(std::move(row));
        }
        if (!heard.rows.empty())
            publish(std::move(heard));
    }
}

/// What is in no database: somebody has asked for it.
void ClusterReplica::tellAllFigures()
{
    m_state->nodes.forEach([this](const Node &node) {
        // Of others' nodes the others tell.
        if (m_links->isOpen(node.record.id) || (node.online && node.heardHere))
            m_figuresToTell.insert(node.record.id);
    });
    m_state->sessions.forEach([this](const Session &session) {
        if (m_state->instances.isOwn(session.record.instance))
            m_legsToTell.insert(session.record.id);
    });
    tellRows();
    tellFigures();
}

void ClusterReplica::tick()
{
    tellPresence();
    look(); // what could not be read before
    if (!isUp()) {
        // Nobody tells what is new: the database is read instead, as long as that is little.
        const std::size_t rows = m_state->nodes.size() + m_state->sessions.size();
        if (++m_ticksDown % TicksBetweenReads == 0 && rows <= MaxRowsReadAgain)
            readAnew();
        return;
    }
    for (const InstanceId &gone : m_state->instances.sweep(bootNow()))
        lost(gone);
}

void ClusterReplica::upChanged(bool up)
{
    m_ticksDown = 0;
    m_sequence.clear();
    if (up) {
        tellPresence();
        publish(FiguresWanted{});
        readAnew();
        tellAllFigures();
        return;
    }
    // Whether the others' sessions are in use is not known any more, so that none of them gives
    // way.
    m_state->sessions.forEach([this](const Session &session) {
        if (!m_state->instances.isOwn(session.record.instance))
            m_sessionsUnsure.push_back(session.record.id);
    });
    for (const SessionId &each : std::exchange(m_sessionsUnsure, {}))
        m_state->sessions.setClientOpen(bootNow(), each, true);
    m_linkedAt.clear();
}

} // namespace higgs::server
