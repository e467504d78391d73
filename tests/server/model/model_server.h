// SPDX-License-Identifier: GPL-3.0-or-later
// One server of a model: the real tables, rules and replica, between a scripted database, bus and
// relay. What Boson, Upkeep and the API do around them stands here once more, in few lines.
#pragma once

#include "server/api/server_state.h"
#include "server/cluster_replica.h"
#include "tests/server/model/scripted_base.h"

#include <array>
#include <set>

namespace higgs::model {

enum class Role { Client, Node };

/// Numbered through all servers and runs: what closes one says nothing of its successor.
using ConnectionId = std::uint64_t;

/// What reaches the ends of connections. Everything arrives later, and in order of a connection.
struct EndsOutside
{
    EndsOutside() = default;
    EndsOutside(const EndsOutside &) = delete;
    EndsOutside &operator=(const EndsOutside &) = delete;
    virtual ~EndsOutside() = default;

    virtual void legClosed(ConnectionId leg, std::uint16_t code) = 0;
    virtual void linkSays(ConnectionId link,
                          const std::shared_ptr<protocol::SignalMessage> &said) = 0;
    virtual void linkClosed(ConnectionId link) = 0;
};

constexpr std::uint16_t Broken = 1006;
constexpr std::uint16_t InvalidSession = 1008;
constexpr std::uint16_t ServerFault = 1011;

class ModelServer : public QObject, private RelayControl, private SignalOut
{
    Q_OBJECT

public:
    static constexpr Seconds SessionLife{150};
    static constexpr std::size_t PerClient = 2;

    ModelServer(World &world, unsigned number, ScriptedBase &base, ScriptedRedis &redis,
                EndsOutside &ends);
    ~ModelServer() override;

    static InstanceId idOf(unsigned number);
    static std::string hostOf(unsigned number) { return "boson-" + std::to_string(number); }

    void setDatabase(ScriptedStorage::Way way) { m_storage.setWay(way); }
    void setRedis(bool reachable) { m_bus->setReachable(reachable); }

    // What clients and nodes ask. nullopt: 503.
    using Opened = std::function<void(std::optional<OpenedSession>)>;
    void open(const ClientId &client, const NodeId &node, Opened answer);
    /// False: 401, or 503.
    bool renew(const SessionId &session, const std::string &token);
    bool remove(const SessionId &session, const std::string &token);
    /// The heartbeat's answer; nullopt: 503.
    std::optional<std::vector<protocol::SessionConnect>> heartbeat(const NodeId &node);
    /// What is not let in is closed.
    void openLeg(const SessionId &session, Role role, const NodeId &node, const std::string &token,
                 ConnectionId leg);
    bool openLink(const NodeId &node, ConnectionId link);
    /// The end closed it so, or the connection broke.
    void legEnded(ConnectionId leg, std::uint16_t code);
    void linkEnded(ConnectionId link);
    /// The operator's `session end`.
    bool endByOrder(const SessionId &session);

    [[nodiscard]] ServerState &state() { return m_state; }
    /// Whether this server holds both ends' connections.
    [[nodiscard]] bool relays(const SessionId &session) const;
    [[nodiscard]] ConnectionId legOf(const SessionId &session, Role role) const;

private:
    using Legs = std::array<ConnectionId, 2>; ///< by role; 0: none

    void setExpiry(const SessionId &, BootTime) override {}
    void endSession(const SessionId &session, std::uint16_t code, std::string_view reason) override;
    void releaseSession(const SessionId &session, std::uint16_t code,
                        std::string_view reason) override;
    void candidatesForClient(const SessionId &, std::string) override {}
    [[nodiscard]] bool isOpen(const NodeId &node) const override { return m_links.contains(node); }
    void send(const NodeId &node, const protocol::SignalMessage &message) override;
    void sendCandidates(const NodeId &, const SessionId &, std::string) override {}
    void close(const NodeId &node, std::uint16_t code, std::string_view reason) override;

    void takeUp();
    void restored(const StoredState &stored);
    void everySecond();
    void probe();
    [[nodiscard]] const Session *ofToken(const SessionId &session, const std::string &token) const;
    void admit(const SessionId &session, Role role, const NodeId &node, const std::string &token,
               ConnectionId leg, bool notTaken);
    void adopt(const SessionId &session, Role role, ConnectionId leg);
    void legChanged(const SessionId &session, Role role, bool open);
    void closeLegs(const SessionId &session, std::uint16_t code);

    World &m_world;
    EndsOutside &m_ends;
    ScriptedStorage m_storage;
    ScriptedBus *m_bus;
    ClusterReplica m_cluster;
    ServerState m_state;
    std::map<SessionId, Legs> m_legs;
    std::set<SessionId> m_ended;
    std::map<NodeId, ConnectionId> m_links;
    QTimer m_second;
    QTimer m_probe;
};

} // namespace higgs::model
