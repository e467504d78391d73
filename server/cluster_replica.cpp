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
constexpr unsigned TicksOfGone = 60;
constexpr const char *OfflineNodes = "boson:nodes:offline";

std::uint64_t freshRun()
{
    std::array<std::uint8_t, 8> random{};
    fillRandom(random);
    std::uint64_t run = 0;
    std::memcpy(&run, random.data(), sizeof run);
    return run >> 1; // JSON's readers elsewhere have 63 bits
}

std::string metricsKey(const NodeId &id)
{
    return "boson:metrics:" + id.text();
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
    m_rates.setInterval(RatesTime);
    connect(&m_rates, &QTimer::timeout, this, &ClusterReplica::tellRates);
    connect(&m_presence, &QTimer::timeout, this, &ClusterReplica::tick);
    connect(m_bus.get(), &Bus::received, this, &ClusterReplica::received);
    connect(m_bus.get(), &Bus::upChanged, this, &ClusterReplica::upChanged);
}

ClusterReplica::~ClusterReplica() = default;

void ClusterReplica::attach(ServerState &state, SignalOut &links, RelayControl &relay)
{
    m_state = &state;
    m_links = &links;
    m_relay = &relay;
}

void ClusterReplica::start()
{
    if (!m_bus || std::exchange(m_started, true))
        return;
    m_ratesKey = m_state->clientGroups.keyFor("cluster rates");
    m_presence.start();
    m_rates.start();
    m_bus->start();
}

void ClusterReplica::leave()
{
    m_presence.stop();
    m_rates.stop();
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
    if (m_state->sessions.find(session) == nullptr)
        noteGone(session);
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
    return m_state->instances.isOwn(instance);
}

bool ClusterReplica::mayExpire(const SessionId &session) const
{
    // One that is not known may be that of a server which nobody hears: its row says.
    return isAlone() || m_expired.contains(session) || m_gone.contains(session);
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
    if (!isUp()) { // they find a gap when they hear us again, and read all of it
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
        for (const NodeId &each : changed.nodes) {
            if (m_state->nodes.find(each) == nullptr)
                forgetInRedis(each);
        }
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

/// Nothing is kept of a node that is gone, for its owner may have asked for that.
void ClusterReplica::forgetInRedis(const NodeId &id)
{
    m_bus->forget(metricsKey(id));
    m_bus->setMember(OfflineNodes, id.text(), false);
}

/// It may have been started anew, with nothing; or know of nodes that were removed meanwhile.
void ClusterReplica::keepAllAgain()
{
    m_sessionsToKeep.clear();
    m_offlineToKeep.clear();
    m_bus->forget(OfflineNodes);
    m_state->sessions.forEach([this](const Session &session) {
        if (m_state->instances.isOwn(session.record.instance))
            m_sessionsToKeep.push_back(session.record.id);
    });
    m_state->nodes.forEach([this](const Node &node) {
        if (!node.online)
            m_offlineToKeep.push_back(node.record.id);
    });
    keepSome();
}

void ClusterReplica::keepSome()
{
    for (std::size_t i = 0; i < KeptAtOnce && !m_sessionsToKeep.empty(); ++i) {
        keepInRedis(m_sessionsToKeep.back());
        m_sessionsToKeep.pop_back();
    }
    for (std::size_t i = 0; i < KeptAtOnce && !m_offlineToKeep.empty(); ++i) {
        const Node *node = m_state->nodes.find(m_offlineToKeep.back());
        if (node != nullptr && !node->online)
            m_bus->setMember(OfflineNodes, node->record.id.text(), true);
        m_offlineToKeep.pop_back();
    }
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
                m_bus->keep(metricsKey(each), protocol::dumpJson(protocol::toJson(said)),
                            FiguresLife);
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

/// A client renews where it likes, and this server may not have heard of it: what has expired here
/// is over when its row says so, too.
void ClusterReplica::lookBeforeExpiry()
{
    const BootTime now = bootNow();
    std::erase_if(m_expired, [&](const SessionId &each) {
        const Session *session = m_state->sessions.find(each);
        return session == nullptr || session->expiresAt > now;
    });
    if (++m_ticks % TicksOfGone == 0)
        m_gone.clear();
    const bool early = m_ticks % TicksBetweenLooks == 0;
    for (const SessionId &each : m_state->sessions.expiredAt(now + LookBeforeExpiry)) {
        const bool isDue = early || m_state->sessions.find(each)->expiresAt <= now;
        if (isDue && !m_sessionsAsked.contains(each) && !m_expired.contains(each))
            m_sessionsToRead.insert(each);
    }
}

void ClusterReplica::tick()
{
    tellPresence();
    lookBeforeExpiry();
    look(); // what could not be read before
    if (!isUp()) {
        // Nobody tells what is new: the database is read instead, as long as that is little.
        const std::size_t rows = m_state->nodes.size() + m_state->sessions.size();
        if (++m_ticksDown % TicksBetweenReads == 0 && rows <= MaxRowsReadAgain)
            readAnew();
        return;
    }
    keepSome();
    for (const InstanceId &gone : m_state->instances.sweep(bootNow()))
        lost(gone);
}

void ClusterReplica::upChanged(bool up)
{
    m_ticksDown = 0;
    m_sequence.clear();
    if (up) {
        // What could not be told meanwhile shows the others as missing: they may not have noticed
        // that this server was away.
        ++m_number;
        tellPresence();
        publish(FiguresWanted{});
        readAnew();
        tellAllFigures();
        keepAllAgain();
        return;
    }
    beUnsureOf([this](const InstanceId &instance) { return !m_state->instances.isOwn(instance); });
    m_linkedAt.clear();
}

/// Whether their sessions are in use is not known any more, so that none of them gives way.
void ClusterReplica::beUnsureOf(const std::function<bool(const InstanceId &)> &which)
{
    std::vector<SessionId> unsure; // changed when all were gone through
    m_state->sessions.forEach([&](const Session &session) {
        if (which(session.record.instance))
            unsure.push_back(session.record.id);
    });
    for (const SessionId &each : unsure) {
        m_state->sessions.setClientOpen(bootNow(), each, true);
        m_state->sessions.setNodeOpen(each, false);
    }
}

} // namespace higgs::server
