// SPDX-License-Identifier: GPL-3.0-or-later
// The database and Redis of a model: what the real ones decide, with the delays, refusals, losses
// and partitions that the model orders.
#pragma once

#include "server/cluster/bus.h"
#include "server/storage/storage.h"
#include "tests/server/model/virtual_time.h"

#include <map>
#include <memory>

namespace higgs::model {

using namespace higgs::server;

/// What all servers share.
struct ScriptedBase
{
    struct Row
    {
        SessionRecord record;
        bool active = true;
    };
    std::map<NodeId, NodeRecord> nodes;
    std::map<SessionId, Row> sessions;
    /// Hears of every session that is about to end here, and who orders it. `freed`: another takes
    /// its address, as it has expired.
    std::function<void(const Row &, unsigned server, bool freed)> ending;
};

/// A server's way to the database: calls in the order of asking, as SqlStorage has it.
class ScriptedStorage : public Storage
{
public:
    enum class Way {
        Fine,
        Slow,    ///< some answers come after those who asked have given up, or never
        Refused, ///< at once
        Silent,  ///< nothing comes through, and nothing comes back
    };

    ScriptedStorage(World &world, ScriptedBase &base, unsigned server)
        : m_world(world), m_base(base), m_server(server)
    {}
    ~ScriptedStorage() override { *m_lives = false; }
    void setWay(Way way) { m_way = way; }

    void load(WallTime now, Stored<StoredState> reply) override;
    void loadRows(const std::vector<NodeId> &nodes, const std::vector<SessionId> &sessions,
                  Stored<StoredState> reply) override;
    void join(const ClusterEntry &entry, Stored<ClusterEntry> reply) override;
    void claimNode(const NodeClaim &claim, Stored<void> reply) override;
    void removeNode(const NodeId &node, Stored<void> reply) override;
    void claimSessions(const SessionClaim &claim, Stored<void> reply) override;
    void moveSession(const SessionId &session, const InstanceId &from, const InstanceId &to,
                     Stored<void> reply) override;
    void extendSession(const SessionId &session, WallTime expiresAt, Stored<void> reply) override;
    void endSession(const SessionId &session, const SessionEnding &ending,
                    Stored<void> reply) override;
    void probe(Stored<std::int64_t> reply) override;

    // Nothing of the model's.
    void forgetNodes(const std::vector<NodeId> &, Stored<void> reply) override { nothing(reply); }
    void approveNode(const NodeId &, bool, Stored<void> reply) override { nothing(reply); }
    void orderNode(const NodeOrder &, Stored<void> reply) override { nothing(reply); }
    void forgetOrders(const std::vector<NodeOrder> &, Stored<void> reply) override
    {
        nothing(reply);
    }
    void regroupSessions(const std::vector<std::pair<SessionId, std::string>> &,
                         Stored<void> reply) override
    {
        nothing(reply);
    }
    void shiftSessions(Milliseconds, const InstanceId &, Stored<void> reply) override
    {
        nothing(reply);
    }
    void touchNodes(const std::vector<std::pair<NodeId, WallTime>> &, Stored<void> reply) override
    {
        nothing(reply);
    }
    void appendMetrics(const std::vector<MetricsRecord> &, Stored<void> reply) override
    {
        nothing(reply);
    }
    void sweepSessions(WallTime, std::size_t, Stored<std::size_t>) override {}
    void trimMetrics(WallTime, std::size_t, Stored<std::size_t>) override {}
    void addAccessKey(const AccessKeyRecord &, Stored<void> reply) override { nothing(reply); }
    void replaceAccessKey(const AccessKeyRecord &, Stored<void> reply) override { nothing(reply); }
    void setAccessKey(const AccessKeyRecord &, Stored<void> reply) override { nothing(reply); }
    void touchAccessKeys(const std::vector<std::pair<std::string, WallTime>> &,
                         Stored<void> reply) override
    {
        nothing(reply);
    }
    void removeAccessKey(const std::string &, Stored<void> reply) override { nothing(reply); }
    void saveBan(const BanRecord &, Stored<void> reply) override { nothing(reply); }
    void removeBan(BanRecord::Kind, const std::string &, Stored<void> reply) override
    {
        nothing(reply);
    }
    void keepJournal(WallTime, int, Stored<void> reply) override { nothing(reply); }
    void journalOf(const NodeId &, WallTime, WallTime, WallTime, Stored<JournalAnswer>) override {}
    void countKept(const std::optional<NodeId> &, Stored<std::vector<KeptRows>>) override {}
    void eraseNode(const NodeId &, Stored<void> reply) override { nothing(reply); }

private:
    template <typename T>
    void submit(Stored<T> reply, std::function<Result<T>()> work);
    static void nothing(const Stored<void> &reply) { reply.later({}); }
    Result<void> claim(const SessionClaim &claim);

    World &m_world;
    ScriptedBase &m_base;
    const unsigned m_server;
    Way m_way = Way::Fine;
    std::int64_t m_doneAt = 0;                                    ///< the latest call
    std::int64_t m_answeredAt = 0;                                ///< its answer
    std::shared_ptr<bool> m_lives = std::make_shared<bool>(true); ///< not in a dead server's calls
};

class ScriptedBus;

/// Hands on what is published, to whoever can be reached at that moment.
struct ScriptedRedis
{
    std::vector<ScriptedBus *> buses;
    double loss = 0; ///< of single messages, though the connection stays
};

class ScriptedBus : public Bus
{
public:
    ScriptedBus(World &world, ScriptedRedis &redis);
    ~ScriptedBus() override;

    /// Both notice after a while.
    void setReachable(bool reachable);

    void start() override;
    [[nodiscard]] bool isUp() const override { return m_up; }
    void publish(std::string message) override;
    void keep(const std::string &, const std::string &, Seconds) override {}
    void forget(const std::string &) override {}
    void setMember(const std::string &, const std::string &, bool) override {}

private:
    void settle(Milliseconds delay);
    void deliver(const std::string &message);

    World &m_world;
    ScriptedRedis &m_redis;
    bool m_reachable = true;
    bool m_up = false;
    std::int64_t m_deliveredAt = 0;
    std::shared_ptr<bool> m_lives = std::make_shared<bool>(true);
};

} // namespace higgs::model
