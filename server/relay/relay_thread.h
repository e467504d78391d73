// SPDX-License-Identifier: GPL-3.0-or-later
// What runs on one relay thread: an epoll set, the sessions whose ids fall to this thread, their
// connections, and one coarse timer for all of them. Moves bytes and obeys RelaySession.
#pragma once

#include "server/cache/due_times.h"
#include "server/relay/read_turns.h"
#include "server/relay/relay_hub.h"
#include "server/relay/relay_leg.h"
#include "server/relay/unfinished_messages.h"

#include <QTimer>
#include <deque>
#include <unordered_map>
#include <unordered_set>

namespace higgs::relay {

/// A session with the connections that its ends have now.
struct LiveSession
{
    LiveSession(const SessionId &id, Monotonic expiresAt, RelayCounters &counters, HeldBytes &held)
        : core(id, expiresAt, counters, held)
    {}

    RelaySession core;
    std::array<RelayLeg *, RoleCount> legs{};
    std::vector<RelayLeg *> closing; ///< replaced ones, oldest first
    bool answered = false;           ///< by a datagram of the node
};

/// Made on the hub's thread, moved to its own, and used there alone; only counters() is for all.
class RelayThread : public QObject
{
    Q_OBJECT

public:
    /// Holds at most `heldBytes` for ends that are not there,
    /// as much of messages that have come in part, and as much for ends that do not read.
    explicit RelayThread(std::size_t heldBytes);
    ~RelayThread() override;

    /// Once, on its own thread, before all else.
    void start();

    void adopt(TlsConnection connection, const RelayAdmission &admission);
    void refuse(TlsConnection connection, const std::optional<protocol::WsDeflate> &deflate,
                RelayRefusal why);
    void setExpiry(const SessionId &id, Monotonic expiresAt);
    void endSession(const SessionId &id, std::uint16_t code, std::string_view reason);
    /// The same, but it may come back.
    void releaseSession(const SessionId &id, std::uint16_t code, std::string_view reason);
    void candidatesForClient(const SessionId &id, std::string text);
    void seenAlso(const SessionId &id, Role role, const IpAddress &address);
    void setTurnAddresses(std::vector<IpAddress> addresses) { m_turn = std::move(addresses); }
    void drain();

    // From the legs.
    void carry(LiveSession &session, Role from, std::span<const ByteSpan> datagrams);
    /// Of a leg in whose place there is another.
    void carryLate(const RelayLeg &leg, std::span<const ByteSpan> datagrams);
    void text(LiveSession &session, Role from, std::string_view text);
    void closed(RelayLeg &leg, const WebSocketClose &close);
    /// Pauses a leg that has to wait with its texts: for its own budget, or for the next turn.
    void beforeWork(RelayLeg &leg);
    void worked(RelayLeg &leg, std::size_t bytes);
    /// False for a leg whose site has had its part of the turn: it goes on in a later one.
    bool mayRead(RelayLeg &leg);
    void hasRead(RelayLeg &leg, std::size_t bytes, std::uint64_t frames);
    /// Of messages that have come in part. If all hold too much, some end: this one, too, perhaps.
    void holds(RelayLeg &leg, std::size_t bytes);

    [[nodiscard]] const RelayCounters &counters() const { return m_counters; }

Q_SIGNALS:
    void legOpened(const higgs::SessionId &session, higgs::relay::Role role);
    void legClosed(const higgs::SessionId &session, higgs::relay::Role role);
    void sessionEnded(const higgs::SessionId &session, higgs::relay::SessionEnd cause);
    void candidatesForNode(const higgs::SessionId &session, const std::string &text);
    /// The node has sent its first datagram.
    void answered(const higgs::SessionId &session);
    void drained();

private:
    struct SiteBacklog
    {
        std::size_t sum = 0;
        std::vector<RelayLeg *> givenUp;
    };
    struct Backlog
    {
        std::size_t sum = 0;
        std::unordered_map<IpAddress, SiteBacklog> sites;
    };

    RelayLeg &addLeg(TlsConnection connection, const std::optional<protocol::WsDeflate> &deflate);
    void turnAway(TlsConnection connection, const std::optional<protocol::WsDeflate> &deflate,
                  std::uint16_t code, std::string_view reason);
    void deliver(LiveSession &session, Role to, bool asJson, std::span<const ByteSpan> datagrams);
    /// Does what the core asks for. The session may be gone afterwards.
    void obey(LiveSession &session);
    void apply(LiveSession &session, SendText &output);
    void apply(LiveSession &session, SendDatagrams &output);
    void apply(LiveSession &session, CloseLeg &output);
    void apply(LiveSession &session, CandidatesForNode &output);
    void apply(LiveSession &session, SessionOver &output);
    void detach(RelayLeg &leg);
    void drop(RelayLeg &leg);
    void forget(RelayLeg &leg);
    void closeLingering(Monotonic at);
    [[nodiscard]] bool hasRoomFor(RelayLeg &leg, std::size_t bytes);
    void countWaiting(RelayLeg &leg, std::size_t bytes);
    void watchBacklog();
    void relieve();
    [[nodiscard]] Backlog backlog();
    void endGivenUp(Backlog left);
    void giveMemoryBack(std::size_t waiting);
    void tick();
    void book(LiveSession &session);
    void forgetSession(LiveSession &session);
    void noteEnded(const SessionId &session);
    void forgetEnded(Monotonic at);
    void dropOld();
    void wakeWaiting();
    void wakeReaders();
    void forgetTurns(RelayLeg &leg);
    void reportDrained();
    [[nodiscard]] LiveSession *find(const SessionId &id);

    RelayCounters m_counters;
    std::unique_ptr<EpollSet> m_epoll;
    std::unique_ptr<QTimer> m_timer;
    HeldBytes m_held;
    UnfinishedMessages m_unfinished;
    ReadTurns m_readTurns;
    server::DueTimes<LiveSession *, Monotonic> m_due; ///< of all sessions
    /// Legs whose texts wait, in the order in which they began to.
    struct Waiting
    {
        RelayLeg *leg;
        Monotonic until;
    };
    std::deque<Waiting> m_waiting;
    /// Displaced legs, and when they are closed, in that order.
    struct Lingering
    {
        RelayLeg *leg;
        Monotonic until;
        std::uint16_t code;
        std::string_view reason; ///< static text
    };
    std::deque<Lingering> m_lingering;
    std::unique_ptr<QTimer> m_wake;
    std::size_t m_worked = 0; ///< in this turn, as TextBudget counts
    std::unordered_map<SessionId, std::unique_ptr<LiveSession>> m_sessions;
    std::unordered_map<RelayLeg *, std::unique_ptr<RelayLeg>> m_legs;
    /// Sessions that are over here, until the control thread surely knows.
    std::unordered_map<SessionId, Monotonic> m_ended;
    std::deque<std::pair<Monotonic, SessionId>> m_endedInOrder;
    std::unordered_set<RelayLeg *> m_backlogged; ///< whose waitingTold is not zero
    std::vector<ByteSpan> m_spans;
    std::vector<IpAddress> m_turn; ///< where TURN servers relay from
    std::size_t m_mostBacklog;
    Monotonic m_relievedAt{};
    Monotonic m_trimmedAt{};
    bool m_trimDue = false; ///< much has waited since
    bool m_reliefQueued = false;
    std::size_t m_waitingSum = 0; ///< of all legs' waitingTold
    std::unordered_map<IpAddress, std::size_t> m_waitingOfSites;
    bool m_draining = false;
};

} // namespace higgs::relay
