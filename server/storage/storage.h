// SPDX-License-Identifier: GPL-3.0-or-later
// What the server needs from a database. Every call returns at once; the work is done on the
// storage's own thread and the future is finished there.
#pragma once

#include "server/storage/records.h"
#include "shared/base/result.h"

#include <QFuture>

namespace higgs::server {

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
    virtual QFuture<Result<StoredState>> load(WallTime now) = 0;

    virtual QFuture<Result<void>> saveNode(const NodeRecord &node) = 0;
    virtual QFuture<Result<void>> removeNode(const NodeId &node) = 0;
    virtual QFuture<Result<void>> approveNode(const NodeId &node) = 0;
    /// Kept until forgetOrders(), one of a kind for a node; with Maintenance the node's record says
    /// so, too. NotFound: no such node.
    virtual QFuture<Result<void>> orderNode(const NodeOrder &order) = 0;
    /// The node was told all that was given until then.
    virtual QFuture<Result<void>> forgetOrders(const NodeId &node, WallTime until) = 0;
    /// One transaction for the heartbeats of a minute.
    virtual QFuture<Result<void>>
    touchNodes(const std::vector<std::pair<NodeId, WallTime>> &seen) = 0;

    virtual QFuture<Result<void>> saveSession(const SessionRecord &session) = 0;
    virtual QFuture<Result<void>> extendSession(const SessionId &session, WallTime expiresAt) = 0;
    virtual QFuture<Result<void>> endSession(const SessionId &session, SessionEnd how) = 0;
    /// Forgets ended sessions, and those that expired before `now`.
    virtual QFuture<Result<void>> sweepSessions(WallTime now) = 0;

    /// One transaction.
    virtual QFuture<Result<void>> appendMetrics(const std::vector<MetricsRecord> &records) = 0;
    virtual QFuture<Result<void>> trimMetrics(WallTime before) = 0;

    virtual QFuture<Result<void>> addAccessKey(const AccessKeyRecord &key) = 0;
    /// The name's key is another one from now on. NotFound: no such name.
    virtual QFuture<Result<void>> replaceAccessKey(const AccessKeyRecord &key) = 0;
    virtual QFuture<Result<void>> removeAccessKey(const std::string &name) = 0;

    /// Proves that reading and writing work, and returns the revision that every change made by
    /// an administrator's command raises, so that a running server knows when to look again.
    virtual QFuture<Result<std::int64_t>> probe() = 0;
};

} // namespace higgs::server
