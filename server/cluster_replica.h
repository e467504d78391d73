// SPDX-License-Identifier: GPL-3.0-or-later
// This server's part in a cluster: its tables are kept like those of the others, by what the bus
// says and the database holds, and the others hear what happens here.
#pragma once

#include "server/api/signal_links.h"
#include "server/cluster/bus.h"
#include "server/cluster/cluster_message.h"
#include "server/cluster/cluster_out.h"
#include "server/relay/relay_hub.h"

#include <QTimer>
#include <memory>
#include <unordered_map>
#include <unordered_set>

namespace higgs::server {

struct ServerState;

/// On the control thread. Without a bus it does nothing.
class ClusterReplica : public QObject, public ClusterOut
{
    Q_OBJECT

public:
    /// How long changes are gathered before they are told.
    static constexpr Milliseconds GatherTime{20};
    static constexpr Milliseconds FiguresTime{500};
    static constexpr Milliseconds PresenceInterval{1'000};
    /// After a look at the database that failed.
    static constexpr Milliseconds RetryTime{1'000};
    /// Rows that are asked for at once.
    static constexpr std::size_t MaxAsked = 200;
    /// Names that wait to be told or to be looked at; beyond, all is read anew.
    static constexpr std::size_t MaxWaiting = 100'000;

    /// While nobody can be heard, the database is read so often, if it has no more rows than that.
    static constexpr unsigned TicksBetweenReads = 3;
    static constexpr std::size_t MaxRowsReadAgain = 5'000;

    explicit ClusterReplica(std::unique_ptr<Bus> bus);
    ~ClusterReplica() override;

    /// The references must outlive it. Once, before start().
    void attach(ServerState &state, SignalLinks &links, relay::RelayHub &hub);
    /// The state is taken up, and the address is known.
    void start();
    /// Tells the others that this one goes.
    void leave();
    [[nodiscard]] bool isAlone() const { return m_bus == nullptr; }
    [[nodiscard]] bool isUp() const { return m_bus != nullptr && m_bus->isUp(); }

    void nodeChanged(const NodeId &node) override;
    void sessionChanged(const SessionId &session) override;
    void nodeHeard(const NodeId &node) override;
    void legsChanged(const SessionId &session) override;
    [[nodiscard]] bool isLinkedElsewhere(const NodeId &node) const override;
    [[nodiscard]] bool mayJudge(const InstanceId &instance) const override;
    [[nodiscard]] bool knowsAll() const override { return isAlone() || isUp(); }
    /// To the end of the session, where that hangs on another server.
    void passCandidates(CandidatesPassed::To to, const SessionId &session, std::string text);

    void takeOver(const SessionId &session, Then then) override;

private:
    void publish(decltype(ClusterMessage::payload) payload);
    void tellPresence(bool leaving = false);
    void tellRows();
    void tellFigures();
    void tellAllFigures();
    void upChanged(bool up);
    void tick();
    void keepInRedis(const SessionId &session);

    void received(const std::string &text);
    void apply(const InstanceId &from, const Presence &here);
    void apply(const InstanceId &from, const RowsChanged &changed);
    void apply(const InstanceId &from, const NodesHeard &heard);
    void apply(const InstanceId &from, const LegsChanged &changed);
    void apply(const InstanceId &from, const CandidatesPassed &passed);
    void apply(const InstanceId &from, const FiguresWanted &wanted);
    void lost(const InstanceId &instance);

    void readAnew();
    void look();
    void looked(const std::vector<NodeId> &nodes, const std::vector<SessionId> &sessions,
                const Result<StoredState> &found);
    void readAll();
    void allRead(BootTime asked, const StoredState &stored);
    void take(const NodeRecord &record);
    void take(const SessionRecord &record);
    void nodeGone(const NodeId &node);
    void sessionGone(const SessionId &session);

    std::unique_ptr<Bus> m_bus;
    ServerState *m_state = nullptr;
    SignalLinks *m_links = nullptr;
    relay::RelayHub *m_hub = nullptr;
    bool m_started = false;

    std::uint64_t m_run = 0;
    std::uint64_t m_number = 0;
    QTimer m_presence;
    QTimer m_gather;
    QTimer m_figures;
    std::unordered_set<NodeId> m_nodesToTell;
    std::unordered_set<SessionId> m_sessionsToTell;
    std::unordered_set<NodeId> m_figuresToTell;
    std::unordered_set<SessionId> m_legsToTell;

    SequenceWatch m_sequence;
    std::unordered_map<NodeId, InstanceId> m_linkedAt; ///< on other servers
    std::unordered_set<NodeId> m_nodesToRead;
    std::unordered_set<SessionId> m_sessionsToRead;
    bool m_looking = false;
    bool m_allToRead = false;
    std::vector<SessionId> m_sessionsUnsure; ///< while they are gathered
    unsigned m_ticksDown = 0;                ///< since Redis went away
};

} // namespace higgs::server
