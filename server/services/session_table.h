// SPDX-License-Identifier: GPL-3.0-or-later
// Every live session: its token, its tunnel address, its expiry, and which ends are connected.
#pragma once

#include "server/cache/network_members.h"
#include "server/services/address_pool.h"
#include "server/services/candidates.h"
#include "server/storage/records.h"

#include <functional>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace higgs::server {

struct Session
{
    SessionRecord record; ///< its times are those that were told and written down
    BootTime createdAt;
    BootTime expiresAt;
    IpAddress from; ///< where the client was last seen; null for one of an earlier run
    SeenAt seen;    ///< and where else its token was shown
    bool clientOpen = false;
    /// Until the client's first connection the session only waits for it. One of an earlier run is
    /// taken to have been joined.
    bool clientJoined = false;
    BootTime joinedAt;
    /// The node has sent it a datagram, which takes a tunnel: whoever only holds a connection has
    /// none. One of an earlier run is taken to have had one.
    bool answered = false;
    BootTime clientGoneSince; ///< while !clientOpen: its leg closed, or the session was made, then
    bool nodeOpen = false;
    bool nodeJoined = false; ///< the node has opened its leg at least once
    /// A cascade's first session and its second, in each other's record; null without a cascade.
    SessionId partner;
    /// Neither end of it is to know where the other is: what it tells of addresses goes nowhere.
    [[nodiscard]] bool isOfCascade() const
    {
        return !partner.isNull() || record.routeType == protocol::RouteType::Cascade;
    }
    /// Of a cascade's first: the second's token, by which its node goes on. Known to this run only.
    SecretText forward;

    [[nodiscard]] bool isUnanswered() const { return clientJoined && !answered; }
};

struct SessionAdmission
{
    /// The client's sessions that give way to the new one (closed "Session closed").
    std::vector<SessionId> giveWay;
    bool admitted = true;
};

/// Who asks for a place on a node.
struct PlaceSeeker
{
    BootTime now;
    IpAddress from;
    Milliseconds waitingIsSafe{0};    ///< Limits::waitingIsSafe
    Milliseconds unansweredIsSafe{0}; ///< Limits::unansweredIsSafe
};

/// Pure: time comes as an argument.
class SessionTable
{
public:
    /// Hears of every node whose sessions changed in number or in what may give way, at once. One
    /// at most.
    using Watch = std::function<void(const NodeId &)>;
    void watch(Watch watch) { m_watch = std::move(watch); }

    [[nodiscard]] const Session *find(const SessionId &id) const;
    [[nodiscard]] std::size_t size() const { return m_sessions.size(); }
    [[nodiscard]] unsigned countOf(const NodeId &node) const;
    [[nodiscard]] std::vector<SessionId> ofNode(const NodeId &node) const;
    void forEach(const std::function<void(const Session &)> &visit) const;

    /// Whether this client may have `count` more: the oldest without a live connection give way
    /// (WIRE.md, Routing); if too many live, none.
    [[nodiscard]] SessionAdmission admit(const std::string &clientGroup, std::size_t limit,
                                         std::size_t count) const;
    /// The same for the access key that the group is of, whose users have to be away since `before`
    /// to give way to each other; nobody's session is counted that is in `leaving` already.
    [[nodiscard]] SessionAdmission admitOfKey(std::string_view key, std::size_t limit,
                                              std::size_t count, BootTime before,
                                              const std::vector<SessionId> &leaving) const;
    [[nodiscard]] std::size_t countOfKey(std::string_view key) const;

    /// The network of this address that may have no more sessions that nobody has joined.
    [[nodiscard]] std::optional<IpPrefix> fullOfWaiting(const IpAddress &from,
                                                        const NetworkCaps &caps) const
    {
        return m_waitingOf.counts().full(from, caps);
    }
    /// The network of this address that may have no more sessions, joined or not.
    [[nodiscard]] std::optional<IpPrefix> fullOfSessions(const IpAddress &from,
                                                         const NetworkCaps &caps) const
    {
        return m_of.counts().full(from, caps);
    }
    /// Of this network: the session that waits for its first connection the longest, if since
    /// `before`.
    [[nodiscard]] std::optional<SessionId> longestWaitingIn(const IpPrefix &network,
                                                            BootTime before) const;
    /// Of this network: the session whose client has been away for the longest, and since `before`.
    [[nodiscard]] std::optional<SessionId> abandonedIn(const IpPrefix &network,
                                                       BootTime before) const;
    /// Of this network: the session that was joined first, before `before`, and never answered.
    [[nodiscard]] std::optional<SessionId> unansweredIn(const IpPrefix &network,
                                                        BootTime before) const;
    /// Whether the node has a place for this client: a free one, or one that givesWayOn().
    [[nodiscard]] bool hasPlace(const NodeId &node, std::size_t places,
                                const PlaceSeeker &seeker) const;
    /// On a full node: the oldest session of the network that has most sessions there which nobody
    /// has joined, if the seeker's has fewer (NetworkCounts::moreThan); else of the one that has
    /// most there which were joined and never answered. So who asks without coming, or comes
    /// without a tunnel, keeps nobody out, and takes no place from one who is on the way.
    [[nodiscard]] std::optional<SessionId> givesWayOn(const NodeId &node,
                                                      const PlaceSeeker &seeker) const;
    /// Whether there is anything on the node that may give way to some client, at some time.
    [[nodiscard]] bool mayGiveWayOn(const NodeId &node) const
    {
        return m_waitingOn.contains(node) || m_unansweredOn.contains(node);
    }
    /// Sessions made until `before` whose client has never come.
    [[nodiscard]] std::vector<SessionId> neverJoined(BootTime before) const;
    /// Sessions of the node whose client has not been there since `before`.
    [[nodiscard]] std::vector<SessionId> abandonedOn(const NodeId &node, BootTime before) const;
    /// Nodes with a session whose client has been away since `after`, but not longer, until
    /// `before`.
    [[nodiscard]] std::vector<NodeId> leftBetween(BootTime after, BootTime before) const;
    /// Nodes that got a session since the last call.
    std::unordered_set<NodeId> takeGrown() { return std::exchange(m_grown, {}); }
    /// Sessions both of whose ends are connected.
    [[nodiscard]] std::size_t connected() const { return m_connected; }

    /// Allocates the tunnel address and keeps the session. Unavailable when the node has none left.
    Result<const Session *> add(const Clocks &now, SessionRecord record, const IpAddress &from = {},
                                const SessionId &partner = {}, SecretText forward = {});
    /// Another tunnel address, as another server has given this one away. NotFound: no session.
    Result<const Session *> readdress(const SessionId &id);
    /// Sessions of an earlier run, whose clients come back from `now` on, and none of which lives
    /// longer than `life` from now; one that cannot keep its address is dropped.
    void restore(const Clocks &now, Seconds life, std::vector<SessionRecord> records);
    /// One of another server's, as it is written down; false when its address is another one's
    /// here.
    bool adopt(const Clocks &now, Seconds life, SessionRecord record);
    /// Another server relays it from now on.
    void setInstance(const SessionId &id, const InstanceId &instance);
    bool renew(const Clocks &now, const SessionId &id, WallTime expiresAt);
    /// Returns what was removed.
    std::optional<Session> remove(const SessionId &id);

    void setClientOpen(BootTime now, const SessionId &id, bool open);
    void setNodeOpen(const SessionId &id, bool open);
    void setAnswered(const SessionId &id);
    /// The client has connected from here.
    void setFrom(const SessionId &id, const IpAddress &from);
    /// The client has shown its token from here, beside its connection. True: it is news.
    bool noteSeen(const SessionId &id, const IpAddress &from);

    /// Whether some live session has this token's digest.
    [[nodiscard]] bool hasToken(const std::string &digest, BootTime now) const;
    [[nodiscard]] std::vector<SessionId> expiredAt(BootTime now) const;

private:
    using ByAge = std::set<std::pair<BootTime, SessionId>>;
    [[nodiscard]] SessionAdmission
    admitAmong(const ByAge &sessions, std::size_t remaining, std::size_t limit, std::size_t count,
               const std::function<bool(const Session &)> &yields) const;
    using OfNetworks = NetworkMembers<std::pair<BootTime, SessionId>>;
    using OfNodes = std::unordered_map<NodeId, OfNetworks>;

    [[nodiscard]] static std::optional<SessionId> givesWay(const OfNodes &nodes, const NodeId &node,
                                                           const PlaceSeeker &seeker,
                                                           Milliseconds safe);
    /// Of a network: for which `since` is earliest, and until `before`.
    [[nodiscard]] std::optional<SessionId>
    first(const IpPrefix &network, BootTime before,
          std::optional<BootTime> (*since)(const Session &)) const;
    static void drop(OfNodes &nodes, const Session &session, BootTime since);

    Session *get(const SessionId &id);
    void changed(const NodeId &node) const;
    void index(const Session &session);
    void count(const Session &session, bool more);
    void startWaiting(const Session &session);
    void stopWaiting(const Session &session);
    void startUnanswered(const Session &session);
    void stopUnanswered(const Session &session);

    void setLegs(Session &session, bool clientOpen, bool nodeOpen);

    std::unordered_map<SessionId, Session> m_sessions;
    std::size_t m_connected = 0;
    ByAge m_away; ///< those whose client is not there, by when it left
    std::unordered_set<NodeId> m_grown;
    std::unordered_map<std::string, ByAge> m_byClient;
    std::unordered_map<std::string, ByAge> m_byKey; ///< by keyPartOf() their group
    std::unordered_map<NodeId, std::set<SessionId>> m_byNode;
    std::unordered_map<std::string, SessionId> m_byToken;
    std::unordered_map<NodeId, AddressPool> m_addresses;
    ByAge m_byExpiry;
    NetworkMembers<SessionId> m_of;
    // Those that nobody has joined: of all, of each network, and of each node.
    ByAge m_waiting;
    OfNetworks m_waitingOf;
    OfNodes m_waitingOn;
    OfNodes m_unansweredOn; ///< those that were joined, and had no datagram of the node
    Watch m_watch;
};

} // namespace higgs::server
