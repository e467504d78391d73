// SPDX-License-Identifier: GPL-3.0-or-later
// This server's part in a cluster: its tables are kept like those of the others, by what the bus
// says and the database holds, and the others hear what happens here.
#pragma once

#include "server/cluster/bus.h"
#include "server/cluster/cluster_message.h"
#include "server/cluster/cluster_out.h"
#include "server/services/session_life.h"

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
    static constexpr Milliseconds RatesTime{250};
    static constexpr Milliseconds PresenceInterval{1'000};
    /// After a look at the database that failed.
    static constexpr Milliseconds RetryTime{1'000};
    /// Of what an empty Redis is told again, so much each second.
    static constexpr std::size_t KeptAtOnce = 2'000;
    /// Rows that are asked for at once.
    static constexpr std::size_t MaxAsked = 200;
    /// Names that wait to be told or to be looked at; beyond, all is read anew.
    static constexpr std::size_t MaxWaiting = 100'000;
    /// Of these, names that nobody has told of, and who waits for them: strangers can make them up.
    static constexpr std::size_t MaxUnknown = 2'000;

    /// So long before a session expires its row is looked at, and again each so many ticks; and
    /// each tick when it has expired.
    static constexpr Milliseconds LookBeforeExpiry = Seconds(15);
    static constexpr unsigned TicksBetweenLooks = 5;

    /// While nobody can be heard, the database is read so often, if it has no more rows than that.
    static constexpr unsigned TicksBetweenReads = 3;
    static constexpr std::size_t MaxRowsReadAgain = 5'000;

    explicit ClusterReplica(std::unique_ptr<Bus> bus);
    ~ClusterReplica() override;

    /// The references must outlive it. Once, before start().
    void attach(ServerState &state, SignalOut &links, RelayControl &relay);
    /// The state is taken up, and the address is known.
    void start();
    /// Tells the others that this one goes.
    void leave();
    [[nodiscard]] bool isAlone() const override { return m_bus == nullptr; }
    [[nodiscard]] bool isUp() const { return m_bus != nullptr && m_bus->isUp(); }

    void nodeChanged(const NodeId &node) override;
    void sessionChanged(const SessionId &session) override;
    void nodeHeard(const NodeId &node) override;
    void legsChanged(const SessionId &session) override;
    [[nodiscard]] bool isLinkedElsewhere(const NodeId &node) const override;
    [[nodiscard]] bool mayJudge(const InstanceId &instance) const override;
    [[nodiscard]] bool mayExpire(const SessionId &session) const override;
    [[nodiscard]] bool knowsAll() const override { return isAlone() || isUp(); }
    /// To the end of the session, where that hangs on another server.
    void passCandidates(CandidatesPassed::To to, const SessionId &session, std::string text);

    void takeOver(const SessionId &session, Then then) override;
    void lookUp(const SessionId &session, Then then) override;
    void lookUp(const NodeId &node, Then then) override;
    void lookAgain(const SessionId &session) override;

private:
    /// Who waits for rows to be looked at.
    template <typename Id>
    class Awaited
    {
    public:
        [[nodiscard]] std::size_t size() const { return m_waiting.size(); }
        void add(const Id &id, Stored<void> then) { m_waiting.emplace(id, std::move(then)); }

        void settle(const std::vector<Id> &ids, const Result<void> &outcome)
        {
            for (const Id &id : ids) {
                const auto [first, last] = m_waiting.equal_range(id);
                std::vector<Stored<void>> waited;
                for (auto each = first; each != last; ++each)
                    waited.push_back(std::move(each->second));
                m_waiting.erase(first, last);
                for (const Stored<void> &then : waited)
                    then(outcome); // may ask for more
            }
        }

    private:
        std::unordered_multimap<Id, Stored<void>> m_waiting;
    };
    template <typename Id>
    void lookUp(Awaited<Id> &awaited, std::unordered_set<Id> &toRead, const Id &id, Then then);

    void publish(decltype(ClusterMessage::payload) payload);
    void tellPresence(bool leaving = false);
    void tellRows();
    void tellFigures();
    void tellAllFigures();
    void tellRates();
    void upChanged(bool up);
    void tick();
    void lookBeforeExpiry();
    void beUnsureOf(const std::function<bool(const InstanceId &)> &which);
    void keepInRedis(const SessionId &session);
    void forgetInRedis(const NodeId &node);
    void keepAllAgain();
    void keepSome();

    void received(const std::string &text);
    void apply(const InstanceId &from, const Presence &here);
    void apply(const InstanceId &from, const RowsChanged &changed);
    void apply(const InstanceId &from, const NodesHeard &heard);
    void apply(const InstanceId &from, const LegsChanged &changed);
    void apply(const InstanceId &from, const CandidatesPassed &passed);
    void apply(const InstanceId &from, const FiguresWanted &wanted);
    void applyRates(const ClusterMessage &message, const RatesSpent &spent);
    void lost(const InstanceId &instance);

    void readAnew();
    void look();
    void looked(const std::vector<NodeId> &nodes, const std::vector<SessionId> &sessions,
                const Result<StoredState> &found);
    void readAll();
    void allRead(BootTime asked, const StoredState &stored);
    void take(const NodeRecord &record);
    void take(const SessionRecord &record);
    void setInstance(const SessionId &session, const InstanceId &instance);
    void noteGone(const SessionId &session);
    void nodeGone(const NodeId &node);
    void sessionGone(const SessionId &session);

    std::unique_ptr<Bus> m_bus;
    ServerState *m_state = nullptr;
    SignalOut *m_links = nullptr;
    RelayControl *m_relay = nullptr;
    bool m_started = false;

    std::uint64_t m_run = 0;
    std::uint64_t m_number = 0;
    QTimer m_presence;
    QTimer m_gather;
    QTimer m_figures;
    QTimer m_rates;
    std::unordered_set<NodeId> m_nodesToTell;
    std::unordered_set<SessionId> m_sessionsToTell;
    std::unordered_set<NodeId> m_figuresToTell;
    std::unordered_set<SessionId> m_legsToTell;

    // What an empty Redis is told again, some of it each second.
    std::vector<SessionId> m_sessionsToKeep;
    std::vector<NodeId> m_offlineToKeep;

    Secret<32> m_ratesKey;
    std::uint64_t m_ratesNumber = 0;
    SequenceWatch m_ratesHeard;
    SequenceWatch m_sequence;
    std::unordered_map<NodeId, InstanceId> m_linkedAt; ///< on other servers
    std::unordered_set<NodeId> m_nodesToRead;
    std::unordered_set<SessionId> m_sessionsToRead;
    std::unordered_set<SessionId> m_sessionsAsked; ///< of the look that is under way
    Awaited<NodeId> m_nodesAwaited;
    Awaited<SessionId> m_sessionsAwaited;
    bool m_looking = false;
    bool m_allToRead = false;
    std::unordered_set<SessionId> m_expired;   ///< and their rows, as of after that
    std::unordered_set<SessionId> m_movedLate; ///< here, perhaps: whoever asked for it gave it up
    std::unordered_set<SessionId> m_gone;      ///< of which there is no row, as was seen of late
    BootTime m_askedAt{};                      ///< of the look that is under way
    unsigned m_ticks = 0;
    unsigned m_ticksDown = 0; ///< since Redis went away
};

} // namespace higgs::server
