// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/model/scripted_base.h"

#include <algorithm>

namespace higgs::model {

namespace {

Unexpected away()
{
    return unexpected(ErrorCode::Unavailable, "scripted");
}

} // namespace

template <typename T>
void ScriptedStorage::submit(Stored<T> reply, std::function<Result<T>()> work)
{
    const std::int64_t asked = m_world.now();
    const int slowest = m_way == Way::Slow ? 4'000 : 30;
    m_doneAt = std::max(m_doneAt, asked) + m_world.number(1, slowest);
    m_world.at(m_doneAt, [this, lives = m_lives, asked, reply, work = std::move(work)] {
        if (!*lives)
            return;
        const std::int64_t deadline = asked + Milliseconds(5'000).count();
        std::shared_ptr<Result<T>> answer;
        std::int64_t at = m_world.now() + m_world.number(0, 5);
        if (m_way == Way::Silent)
            at = std::max(at, deadline);
        else if (m_way != Way::Refused && m_world.now() < deadline)
            answer = std::make_shared<Result<T>>(work());
        // Done, and nobody hears of it.
        if (m_way == Way::Slow && m_world.chance(0.2))
            answer.reset();
        m_answeredAt = std::max(m_answeredAt, at);
        m_world.at(m_answeredAt, [lives, reply, answer] {
            if (*lives)
                reply(answer ? std::move(*answer) : Result<T>(away()));
        });
    });
}

void ScriptedStorage::load(WallTime now, Stored<StoredState> reply)
{
    submit<StoredState>(std::move(reply), [this, now] {
        StoredState state;
        for (const auto &[id, node] : m_base.nodes)
            state.nodes.push_back(node);
        for (const auto &[id, row] : m_base.sessions) {
            if (row.active && row.record.expiresAt > now)
                state.sessions.push_back(row.record);
        }
        return Result<StoredState>(std::move(state));
    });
}

void ScriptedStorage::loadRows(const std::vector<NodeId> &nodes,
                               const std::vector<SessionId> &sessions, Stored<StoredState> reply)
{
    submit<StoredState>(std::move(reply), [this, nodes, sessions] {
        StoredState state;
        for (const NodeId &id : nodes) {
            if (const auto found = m_base.nodes.find(id); found != m_base.nodes.end())
                state.nodes.push_back(found->second);
        }
        for (const SessionId &id : sessions) {
            const auto found = m_base.sessions.find(id);
            if (found != m_base.sessions.end() && found->second.active)
                state.sessions.push_back(found->second.record);
        }
        return Result<StoredState>(std::move(state));
    });
}

void ScriptedStorage::join(const ClusterEntry &entry, Stored<ClusterEntry> reply)
{
    submit<ClusterEntry>(std::move(reply), [entry] { return Result<ClusterEntry>(entry); });
}

void ScriptedStorage::claimNode(const NodeClaim &claim, Stored<void> reply)
{
    submit<void>(std::move(reply), [this, node = claim.node] {
        m_base.nodes[node.id] = node;
        return Result<void>();
    });
}

void ScriptedStorage::removeNode(const NodeId &node, Stored<void> reply)
{
    submit<void>(std::move(reply), [this, node] {
        m_base.nodes.erase(node);
        return Result<void>();
    });
}

Result<void> ScriptedStorage::claim(const SessionClaim &claim)
{
    for (const SessionRecord &wanted : claim.sessions) {
        std::size_t onNode = 0;
        std::size_t ofClient = 1;
        std::size_t ofKey = claim.sessions.size();
        for (auto &[id, row] : m_base.sessions) {
            if (!row.active)
                continue;
            const bool isOver = row.record.expiresAt <= wanted.createdAt;
            const bool isThere = row.record.node == wanted.node;
            if (isThere && isOver && row.record.addressIndex == wanted.addressIndex) {
                m_base.ending(row, m_server, true);
                row.active = false;
                continue;
            }
            onNode += isThere && !isOver ? 1 : 0;
            const bool givesWay = std::find(claim.givingWay.begin(), claim.givingWay.end(), id) !=
                                  claim.givingWay.end();
            ofClient +=
                row.record.clientGroup == wanted.clientGroup && !isOver && !givesWay ? 1 : 0;
            ofKey += keyPartOf(row.record.clientGroup) == keyPartOf(wanted.clientGroup) &&
                             !isOver && !givesWay
                         ? 1
                         : 0;
            if (isThere && row.record.addressIndex == wanted.addressIndex)
                return unexpected(ErrorCode::AlreadyExists, "the address is taken");
        }
        const auto node = m_base.nodes.find(wanted.node);
        if (claim.perClient != 0 &&
            (node == m_base.nodes.end() || onNode >= node->second.maxConnections))
            return unexpected(ErrorCode::TooLarge, "no place");
        if (claim.perClient != 0 && ofClient > claim.perClient)
            return unexpected(ErrorCode::RateLimited, "too many");
        if (claim.perKey != 0 && ofKey > claim.perKey)
            return unexpected(ErrorCode::Forbidden, "too many of the key");
    }
    for (const SessionRecord &wanted : claim.sessions)
        m_base.sessions[wanted.id] = {wanted, true};
    return {};
}

void ScriptedStorage::claimSessions(const SessionClaim &wanted, Stored<void> reply)
{
    submit<void>(std::move(reply), [this, wanted] { return claim(wanted); });
}

void ScriptedStorage::moveSession(const SessionId &session, const InstanceId &from,
                                  const InstanceId &to, Stored<void> reply)
{
    submit<void>(std::move(reply), [this, session, from, to]() -> Result<void> {
        const auto found = m_base.sessions.find(session);
        if (found == m_base.sessions.end() || !found->second.active ||
            found->second.record.instance != from)
            return unexpected(ErrorCode::NotFound, "not its session");
        found->second.record.instance = to;
        return {};
    });
}

void ScriptedStorage::extendSession(const SessionId &session, WallTime expiresAt,
                                    Stored<void> reply)
{
    submit<void>(std::move(reply), [this, session, expiresAt]() -> Result<void> {
        const auto found = m_base.sessions.find(session);
        if (found == m_base.sessions.end() || !found->second.active)
            return unexpected(ErrorCode::NotFound, "it has ended");
        WallTime &at = found->second.record.expiresAt;
        at = std::max(at, expiresAt);
        return {};
    });
}

void ScriptedStorage::endSession(const SessionId &session, const SessionEnding &ending,
                                 Stored<void> reply)
{
    submit<void>(std::move(reply), [this, session, ending]() -> Result<void> {
        const auto found = m_base.sessions.find(session);
        if (found == m_base.sessions.end() || !found->second.active)
            return {};
        const SessionRecord &record = found->second.record;
        if ((ending.onlyOf && *ending.onlyOf != record.instance) ||
            (ending.expiredBy && record.expiresAt > *ending.expiredBy))
            return unexpected(ErrorCode::NotFound, "it goes on");
        m_base.ending(found->second, m_server, false);
        found->second.active = false;
        return {};
    });
}

void ScriptedStorage::probe(Stored<std::int64_t> reply)
{
    submit<std::int64_t>(std::move(reply), [] { return Result<std::int64_t>(0); });
}

ScriptedBus::ScriptedBus(World &world, ScriptedRedis &redis) : m_world(world), m_redis(redis)
{
    m_redis.buses.push_back(this);
}

ScriptedBus::~ScriptedBus()
{
    *m_lives = false;
    std::erase(m_redis.buses, this);
}

void ScriptedBus::start()
{
    settle(m_world.delay(1, 300));
}

void ScriptedBus::setReachable(bool reachable)
{
    m_reachable = reachable;
    settle(reachable ? m_world.delay(100, 2'200) : m_world.delay(0, 2'000));
}

void ScriptedBus::settle(Milliseconds delay)
{
    m_world.after(delay, [this, lives = m_lives] {
        if (!*lives || m_up == m_reachable)
            return;
        m_up = m_reachable;
        Q_EMIT upChanged(m_up);
    });
}

void ScriptedBus::publish(std::string message)
{
    if (!m_up || !m_reachable)
        return;
    for (ScriptedBus *each : m_redis.buses) {
        if (each->m_reachable && each->m_up && !m_world.chance(m_redis.loss))
            each->deliver(message);
    }
}

void ScriptedBus::deliver(const std::string &message)
{
    m_deliveredAt = std::max(m_deliveredAt, m_world.now() + m_world.number(1, 40));
    m_world.at(m_deliveredAt, [this, lives = m_lives, message] {
        if (*lives && m_reachable && m_up)
            Q_EMIT received(message);
    });
}

} // namespace higgs::model
