// SPDX-License-Identifier: GPL-3.0-or-later
// What the server needs from a database. Every call returns at once; the work is done on the
// storage's own thread, and the answer comes back to the caller's.
#pragma once

#include "server/storage/records.h"
#include "shared/base/result.h"
#include "shared/reactor/reply.h"

namespace higgs::server {

/// Where the answer of a call goes. One that only orders something may leave it out.
template <typename T>
using Stored = Reply<Result<T>>;

/// Errors: AlreadyExists for a public key that another node has, NotFound where a row must exist,
/// Unavailable for everything that may pass (the database is gone, locked, full).
class Storage
{
public:
    Storage() = default;
    Storage(const Storage &) = delete;
    Storage &operator=(const Storage &) = delete;
    virtual ~Storage() = default;

    /// All nodes and access keys, and the sessions that have not expired at `now`.
    virtual void load(WallTime now, Stored<StoredState> reply) = 0;

    /// Of these the nodes, and the sessions that have not ended; nothing else.
    virtual void loadRows(const std::vector<NodeId> &nodes, const std::vector<SessionId> &sessions,
                          Stored<StoredState> reply) = 0;
    /// Takes this server up among those on the database. The first one's secrets are everybody's.
    virtual void join(const ClusterEntry &entry, Stored<ClusterEntry> reply) = 0;

    /// Forbidden: the access key has as many other homes as it may, and the node is none of its.
    virtual void claimNode(const NodeClaim &claim, Stored<void> reply = {}) = 0;
    void saveNode(const NodeRecord &node, Stored<void> reply = {})
    {
        claimNode({node, 0}, std::move(reply));
    }
    /// With its metrics; and bans it, so that it does not come back by itself.
    virtual void removeNode(const NodeId &node, Stored<void> reply = {}) = 0;
    /// Nodes that were silent for too long; raises no revision, as the server itself decides it.
    virtual void forgetNodes(const std::vector<NodeId> &nodes, Stored<void> reply = {}) = 0;
    /// Or takes the approval back.
    virtual void approveNode(const NodeId &node, bool approved, Stored<void> reply = {}) = 0;
    /// Kept until forgetOrders(), one of a kind for a node; with Maintenance the node's record says
    /// so, too. NotFound: no such node.
    virtual void orderNode(const NodeOrder &order, Stored<void> reply = {}) = 0;
    /// The node was told these.
    virtual void forgetOrders(const std::vector<NodeOrder> &told, Stored<void> reply = {}) = 0;

    /// One transaction: a cascade's two stand or fall together. AlreadyExists: a tunnel address is
    /// another live session's on that node; TooLarge: a node has no place left; RateLimited: the
    /// client has as many as it may; Forbidden: its access key has.
    virtual void claimSessions(const SessionClaim &claim, Stored<void> reply = {}) = 0;
    void saveSession(const SessionRecord &session, Stored<void> reply = {})
    {
        claimSessions({{session}, {}, 0}, std::move(reply));
    }
    /// Another server relays it from now on. NotFound: it has ended, or `from` does not relay it.
    virtual void moveSession(const SessionId &session, const InstanceId &from, const InstanceId &to,
                             Stored<void> reply = {}) = 0;
    /// Never to an earlier time, as another server may have extended it further. NotFound: it has
    /// ended.
    virtual void extendSession(const SessionId &session, WallTime expiresAt,
                               Stored<void> reply = {}) = 0;
    /// Forgets at once who the client was and where. NotFound: it goes on, as the ending's
    /// conditions do not hold.
    virtual void endSession(const SessionId &session, const SessionEnding &ending,
                            Stored<void> reply = {}) = 0;
    virtual void regroupSessions(const std::vector<std::pair<SessionId, std::string>> &groups,
                                 Stored<void> reply = {}) = 0;
    /// The wall clock of this server has been set: its sessions end then as much later, or earlier.
    virtual void shiftSessions(Milliseconds step, const InstanceId &instance,
                               Stored<void> reply = {}) = 0;

    // What the clock has written, and nobody waits for: in no order with the calls above, behind
    // which none of these stands and which stand behind none. Each is one transaction, so that who
    // has much to write does it in slices.
    /// When nodes were last heard of.
    virtual void touchNodes(const std::vector<std::pair<NodeId, WallTime>> &seen,
                            Stored<void> reply = {}) = 0;
    /// Minutes, which are added to their hours. Of registered nodes only.
    virtual void appendMetrics(const std::vector<MetricsRecord> &records,
                               Stored<void> reply = {}) = 0;
    /// Forgets up to `most` sessions that have ended, or had expired by `now`; returns how many.
    virtual void sweepSessions(WallTime now, std::size_t most, Stored<std::size_t> reply = {}) = 0;
    /// Forgets up to `most` rows; returns how many.
    virtual void trimMetrics(WallTime before, std::size_t most, Stored<std::size_t> reply = {}) = 0;

    virtual void addAccessKey(const AccessKeyRecord &key, Stored<void> reply = {}) = 0;
    /// The name's key is another one from now on. NotFound: no such name.
    virtual void replaceAccessKey(const AccessKeyRecord &key, Stored<void> reply = {}) = 0;
    /// Its purpose, note, end and quotas are these from now on. NotFound: no such name.
    virtual void setAccessKey(const AccessKeyRecord &key, Stored<void> reply = {}) = 0;
    /// When keys were used last; raises no revision.
    virtual void touchAccessKeys(const std::vector<std::pair<std::string, WallTime>> &used,
                                 Stored<void> reply = {}) = 0;
    virtual void removeAccessKey(const std::string &name, Stored<void> reply = {}) = 0;

    /// In place of an earlier ban of the same subject.
    virtual void saveBan(const BanRecord &ban, Stored<void> reply = {}) = 0;
    virtual void removeBan(BanRecord::Kind kind, const std::string &subject,
                           Stored<void> reply = {}) = 0;

    /// The journal is kept for so many days from now on; what is older goes. 0: all of it goes.
    virtual void keepJournal(WallTime now, int days, Stored<void> reply = {}) = 0;
    /// Sessions that were on the node at some moment of these, as far as the journal is kept.
    virtual void journalOf(const NodeId &node, WallTime from, WallTime to, WallTime now,
                           Stored<JournalAnswer> reply) = 0;

    /// How much is kept of people, of all or of one node.
    virtual void countKept(const std::optional<NodeId> &node,
                           Stored<std::vector<KeptRows>> reply) = 0;
    /// All that is kept of it, known or not. It may come back.
    virtual void eraseNode(const NodeId &node, Stored<void> reply = {}) = 0;

    /// Proves that reading and writing work, and returns the revision that every change made by
    /// an administrator's command raises, so that a running server knows when to look again.
    virtual void probe(Stored<std::int64_t> reply) = 0;
};

} // namespace higgs::server
