// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/upkeep.h"

#include "shared/base/log.h"

#include <algorithm>
#include <unordered_set>

namespace higgs::server {

namespace {

constexpr std::uint16_t CloseNormalCode = 1000;
constexpr std::uint16_t ClosePolicyCode = 1008;
// Less is a clock that is kept right little by little, or two reads that were not at once.
constexpr Milliseconds SmallestStep = Seconds(2);

} // namespace

Upkeep::Upkeep(ApiCore &core, SignalLinks &links, QObject *parent)
    : QObject(parent), m_state(core.state()), m_links(links), m_writes(m_state.storage)
{
    m_expiry.setInterval(ExpiryInterval);
    m_probe.setInterval(ProbeInterval);
    m_flush.setInterval(FlushInterval);
    m_sweep.setInterval(SweepInterval);
    connect(&m_expiry, &QTimer::timeout, this, &Upkeep::expire);
    connect(&m_probe, &QTimer::timeout, this, &Upkeep::probe);
    connect(&m_flush, &QTimer::timeout, this, &Upkeep::flush);
    connect(&m_sweep, &QTimer::timeout, this, &Upkeep::sweep);
    connect(&core, &ApiCore::storageSuspected, this, [this] {
        setStorageUp(false, "a call failed or was late");
        probe();
    });
}

void Upkeep::start(std::int64_t adminRevision)
{
    m_adminRevision = adminRevision;
    m_clockOffset = clocksNow().offset();
    enforceBans();
    keepJournal();
    for (QTimer *timer : {&m_expiry, &m_probe, &m_flush, &m_sweep})
        timer->start();
}

void Upkeep::takenUp(std::int64_t adminRevision)
{
    m_adminRevision = adminRevision;
    m_state.takenUp = true;
    enforceBans();
    keepJournal();
    setStorageUp(true, "");
}

void Upkeep::expire()
{
    const BootTime now = bootNow();
    if (const std::size_t count = m_state.life.expire(now); count > 0)
        log::info("sessions", "expired", {{"count", count}});
    const Milliseconds patience = m_state.settings.limits.firstConnection;
    if (const std::size_t count = m_state.life.endNeverJoined(now - patience); count > 0)
        log::info("sessions", "nobody came", {{"count", count}});
    endAbandoned(now);
    const std::vector<NodeId> offline = m_state.nodes.sweep(now);
    for (const NodeId &node : offline)
        log::info("nodes", "offline", {{"node", node.text()}});
    forgetNodes(now);
    endExpiredKeys();
    if (m_state.formerTokensUntil && now >= *m_state.formerTokensUntil) {
        m_state.nodeTokens.forgetFormer();
        m_state.formerTokensUntil.reset();
    }
    followWallClock();
    if (m_state.storageUp) {
        m_state.life.settle();
        m_state.admission.settle();
    }
}

void Upkeep::followWallClock()
{
    const Milliseconds step = clocksNow().offset() - m_clockOffset;
    if (std::chrono::abs(step) < SmallestStep || !m_state.storageUp)
        return;
    m_clockOffset += step;
    m_state.storage.shiftSessions(step, m_state.instances.own().id);
    log::warning("server", "the wall clock was set", {{"ms", step.count()}});
}

void Upkeep::forgetNodes(BootTime now)
{
    if (!m_state.storageUp || !m_state.cluster.knowsAll())
        return;
    const Limits &limits = m_state.settings.limits;
    const bool byHand = m_state.settings.nodeAccess == protocol::NodeAccess::Approve;
    const std::vector<NodeId> silent =
        m_state.nodes.forgettable(now, {limits.nodeForgotten, limits.unprovenForgotten, byHand});
    for (const NodeId &node : silent)
        m_state.nodes.remove(node);
    if (silent.empty())
        return;
    m_state.storage.forgetNodes(silent, {this, [this, silent](const Result<void> &) {
                                             for (const NodeId &node : silent)
                                                 m_state.cluster.nodeChanged(node);
                                         }});
    log::info("nodes", "forgotten", {{"count", silent.size()}});
}

void Upkeep::endAbandoned(BootTime now)
{
    // A node has become full, or somebody has now been away for long: nothing else makes one give
    // way.
    const BootTime before = now - m_state.settings.limits.sessionAbandoned;
    std::unordered_set<NodeId> touched = m_state.sessions.takeGrown();
    for (const auto &nodes : {m_state.sessions.leftBetween(m_abandonedUntil, before),
                              m_state.nodes.takeShrunk(), std::exchange(m_abandonedLater, {})})
        touched.insert(nodes.begin(), nodes.end());
    m_abandonedUntil = before;
    std::size_t ended = 0;
    for (const NodeId &id : touched) {
        const Node *node = m_state.nodes.find(id);
        if (node != nullptr && m_state.sessions.countOf(id) >= node->record.maxConnections)
            ended += endAbandonedOn(id, before);
    }
    if (ended > 0)
        log::info("sessions", "abandoned on full nodes", {{"count", ended}});
}

std::size_t Upkeep::endAbandonedOn(const NodeId &node, BootTime before)
{
    std::size_t ended = 0;
    for (const SessionId &id : m_state.sessions.abandonedOn(node, before)) {
        const Session *session = m_state.sessions.find(id);
        if (session == nullptr)
            continue; // a cascade's, that ended with its other part
        if (!m_state.cluster.mayJudge(session->record.instance)) {
            m_abandonedLater.push_back(node);
            continue;
        }
        m_state.life.end(id, CloseNormalCode, "Session closed", SessionLife::By::Rule);
        ++ended;
    }
    return ended;
}

void Upkeep::probe()
{
    const Monotonic now = monotonicNow();
    if (m_probing) {
        // One at a time: a storage that hangs must not collect a queue of probes.
        if (now - m_probeStarted > m_state.settings.limits.storageAnswer)
            setStorageUp(false, "does not answer");
        return;
    }
    m_probing = true;
    m_probeStarted = now;
    m_state.storage.probe(
        {this, [this](const Result<std::int64_t> &revision) { probed(revision); }});
    QTimer::singleShot(m_state.settings.limits.storageAnswer, this, [this, now] {
        if (m_probing && m_probeStarted == now)
            setStorageUp(false, "does not answer");
    });
}

void Upkeep::probed(const Result<std::int64_t> &revision)
{
    m_probing = false;
    m_probeTook = monotonicNow() - m_probeStarted;
    if (!revision)
        return setStorageUp(false, revision.error().detail);
    if (!m_state.takenUp) {
        Q_EMIT stateWanted();
        return;
    }
    setStorageUp(true, "");
    if (*revision != m_adminRevision) {
        m_adminRevision = *revision;
        readAdministration();
    }
}

void Upkeep::setStorageUp(bool up, const std::string &why)
{
    if (m_state.storageUp == up)
        return;
    m_state.storageUp = up;
    if (up)
        log::info("storage", "is back");
    else {
        ++m_storageOutages;
        log::error("storage", "is down", {{"detail", why}});
    }
}

void Upkeep::flush()
{
    if (!m_state.storageUp)
        return;
    writeKeyUses();
    if (m_writes.isFlushing())
        return;
    const auto take = [this, now = wallNow()](std::size_t most) {
        std::vector<MetricsRecord> minutes;
        do { // none at all would be the end
            minutes = m_state.metrics.takeFinished(now, most);
            if (minutes.empty())
                break;
            dropUnknown(minutes);
        } while (minutes.empty());
        return minutes;
    };
    m_writes.flush(
        m_state.nodes.takeSeen(clocksNow()), take,
        [this](std::vector<MetricsRecord> left) { m_state.metrics.putBack(std::move(left)); });
}

void Upkeep::writeKeyUses()
{
    const AccessKeys::Uses uses = m_state.accessKeys.takeUses();
    if (uses.empty())
        return;
    m_state.storage.touchAccessKeys({uses.begin(), uses.end()},
                                    {this, [this, uses](const Result<void> &written) {
                                         if (!written)
                                             m_state.accessKeys.putBack(uses);
                                     }});
}

void Upkeep::dropUnknown(std::vector<MetricsRecord> &minutes) const
{
    std::erase_if(minutes, [this](const MetricsRecord &minute) {
        return m_state.nodes.find(minute.node) == nullptr;
    });
}

void Upkeep::flushAll()
{
    const auto done = [this](const auto &) {
        if (--m_flushesLeft == 0)
            Q_EMIT flushed();
    };
    // Nobody is served any more: whole, and both threads of the storage are waited for.
    m_flushesLeft = 2;
    writeKeyUses();
    m_state.storage.touchNodes(m_state.nodes.takeSeen(clocksNow()));
    auto minutes = m_state.metrics.takeAll();
    dropUnknown(minutes);
    m_state.storage.appendMetrics(minutes, {this, done});
    m_state.storage.probe({this, done});
}

void Upkeep::sweep()
{
    if (!m_state.storageUp)
        return;
    const WallTime now = wallNow();
    const auto retention = std::chrono::hours(24 * m_state.settings.limits.metricsRetentionDays);
    m_writes.sweep(now, now - retention);
    keepJournal();
}

void Upkeep::keepJournal()
{
    m_state.storage.keepJournal(wallNow(), m_state.settings.journalDays);
}

void Upkeep::takeUpAdministration(std::function<void()> then)
{
    readAdministration(std::move(then));
}

void Upkeep::readAdministration(std::function<void()> then)
{
    const BootTime asked = bootNow();
    m_state.storage.load(wallNow(), {this, [this, asked, then](const Result<StoredState> &stored) {
                                         if (stored) {
                                             m_adminRevision = stored->adminRevision;
                                             administrationRead(*stored, asked);
                                         } else {
                                             m_adminRevision =
                                                 -1; // look again after the next probe
                                         }
                                         then();
                                     }});
}

void Upkeep::administrationRead(const StoredState &stored, BootTime asked)
{
    const std::vector<AccessKeyRecord> keysBefore = m_state.accessKeys.take(stored.accessKeys);
    endRevoked(keysBefore);
    m_state.bans.take(clocksNow(), stored.bans);
    std::unordered_set<NodeId> known;
    for (const NodeRecord &record : stored.nodes) {
        known.insert(record.id);
        m_state.nodes.setMaintenance(record.id, record.maintenance);
        const Node *node = m_state.nodes.find(record.id);
        if (node != nullptr && node->record.approved != record.approved)
            setApproved(record.id, record.approved);
    }
    for (const NodeOrder &order : stored.orders)
        m_state.nodes.order(order);
    std::vector<NodeId> removed;
    m_state.nodes.forEach([&](const Node &node) {
        // One that registered while the storage was being read is not in it yet.
        if (!known.contains(node.record.id) && node.knownSince < asked)
            removed.push_back(node.record.id);
    });
    for (const NodeId &node : removed)
        nodeRemoved(node);
    enforceBans();
}

void Upkeep::setApproved(const NodeId &node, bool approved)
{
    m_state.nodes.setApproved(node, approved);
    m_state.nodes.queueAction(
        node, protocol::UpdateConfigAction{{{"status", approved ? "registered" : "pending"}}});
    if (!approved)
        m_state.life.endAllOf(node, ClosePolicyCode, "Node not approved");
    log::info("nodes", approved ? "approved" : "approval taken back", {{"node", node.text()}});
}

void Upkeep::nodeRemoved(const NodeId &node)
{
    cutOff(node, "Node removed");
    m_state.nodes.remove(node);
    m_state.cluster.nodeChanged(node);
    log::info("nodes", "removed", {{"node", node.text()}});
}

void Upkeep::cutOff(const NodeId &node, std::string_view reason)
{
    m_state.life.endAllOf(node, ClosePolicyCode, reason);
    m_links.close(node, ClosePolicyCode, "Node removed");
    m_state.nodes.setOffline(node);
}

void Upkeep::endRevoked(const std::vector<AccessKeyRecord> &before)
{
    std::unordered_set<std::string> groups;
    for (const AccessKeyRecord &key : before) {
        const auto &now = m_state.accessKeys.all();
        const bool kept = std::any_of(now.begin(), now.end(), [&key](const auto &each) {
            return each.name == key.name && each.digest == key.digest &&
                   (isGoodFor(each.purpose, KeyPurpose::Use) ||
                    !isGoodFor(key.purpose, KeyPurpose::Use));
        });
        if (!kept)
            groups.insert(clientGroupOfKey(key.name));
    }
    if (groups.empty())
        return;
    const std::size_t count = m_state.life.endThose(
        [&groups](const Session &session) {
            return groups.contains(std::string(keyPartOf(session.record.clientGroup)));
        },
        ClosePolicyCode, "Access key revoked");
    log::info("sessions", "access key revoked", {{"count", count}});
}

void Upkeep::endExpiredKeys()
{
    const WallTime now = wallNow();
    if (!m_state.accessKeys.anyExpires(std::exchange(m_keysExpiredUntil, now), now))
        return;
    std::unordered_set<std::string> groups;
    for (const AccessKeyRecord &key : m_state.accessKeys.all()) {
        if (key.isExpired(now))
            groups.insert(clientGroupOfKey(key.name));
    }
    const std::size_t count = m_state.life.endThose(
        [&groups](const Session &session) {
            return groups.contains(std::string(keyPartOf(session.record.clientGroup)));
        },
        ClosePolicyCode, "Access key expired");
    endNodesOfLostKeys();
    log::info("sessions", "access key expired", {{"count", count}});
}

void Upkeep::endNodesOfLostKeys()
{
    const BootTime now = bootNow();
    std::vector<NodeId> lost;
    m_state.nodes.forEach([&](const Node &node) {
        const bool isHere = node.online || m_links.isOpen(node.record.id);
        if (isHere && !m_state.admitsNodeKey(node.record.accessKey, now))
            lost.push_back(node.record.id);
    });
    for (const NodeId &node : lost) {
        cutOff(node, "Access key revoked");
        log::info("nodes", "its access key was revoked", {{"node", node.text()}});
    }
}

void Upkeep::enforceBans()
{
    endNodesOfLostKeys();
    if (m_state.bans.empty())
        return;
    const BootTime now = bootNow();
    std::unordered_set<std::string> groups;
    for (const AccessKeyRecord &key : m_state.accessKeys.all()) {
        if (m_state.bans.hasKey(now, key.name))
            groups.insert(clientGroupOfKey(key.name));
    }
    std::vector<NodeId> nodes;
    m_state.nodes.forEach([&](const Node &node) {
        const NodeRecord &record = node.record;
        if (m_state.bans.findNode(now, record.id, record.publicKey) != nullptr ||
            m_state.bans.hasAddress(now, record.from) ||
            m_state.bans.hasAddress(now, m_links.addressOf(record.id)))
            nodes.push_back(record.id);
    });
    for (const NodeId &node : nodes)
        cutOff(node, "Banned");
    const std::size_t count = m_state.life.endThose(
        [&](const Session &session) {
            return groups.contains(std::string(keyPartOf(session.record.clientGroup))) ||
                   m_state.bans.hasAddress(now, session.from);
        },
        ClosePolicyCode, "Banned");
    if (!nodes.empty() || count > 0)
        log::info("bans", "in force", {{"nodes", nodes.size()}, {"sessions", count}});
}

} // namespace higgs::server
