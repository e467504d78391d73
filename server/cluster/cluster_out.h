// SPDX-License-Identifier: GPL-3.0-or-later
// What the other servers of a cluster have to hear, for the services to say as it happens.
#pragma once

#include "server/instance_id.h"

#include "shared/base/result.h"

#include <functional>

namespace higgs::server {

/// Does nothing: a server that is alone.
class ClusterOut
{
public:
    ClusterOut() = default;
    ClusterOut(const ClusterOut &) = delete;
    ClusterOut &operator=(const ClusterOut &) = delete;
    virtual ~ClusterOut() = default;

    /// The database has a new row, another one, or none any more.
    virtual void nodeChanged(const NodeId & /*node*/) {}
    virtual void sessionChanged(const SessionId & /*session*/) {}
    /// A sign of life, figures, or its signal link.
    virtual void nodeHeard(const NodeId & /*node*/) {}
    /// An end of a session has come or gone.
    virtual void legsChanged(const SessionId & /*session*/) {}
    /// Whether nobody else changes what the database holds.
    [[nodiscard]] virtual bool isAlone() const { return true; }
    /// Whether the node's signal link hangs on another server.
    [[nodiscard]] virtual bool isLinkedElsewhere(const NodeId & /*node*/) const { return false; }
    /// Whether it is known here if the sessions of that server are in use: they are this one's own.
    /// Of one that is not heard nobody knows whether it is gone, or only cannot be heard.
    [[nodiscard]] virtual bool mayJudge(const InstanceId & /*instance*/) const { return true; }
    using Then = std::function<void(const Result<void> &)>;
    /// A client has come here with a session of another server's: this one relays it from now on,
    /// if the database says so. NotFound: somebody else does by now, or nobody.
    virtual void takeOver(const SessionId & /*session*/, Then then)
    {
        then(unexpected(ErrorCode::NotFound, "there are no others"));
    }
    /// Whether a session that has expired here, or is not known, is over in the database, too:
    /// another server may have renewed or opened it.
    [[nodiscard]] virtual bool mayExpire(const SessionId & /*session*/) const { return true; }
    /// `then` as soon as what the database holds of it is known here, too; at once where nothing
    /// else can come of it. Unavailable: the database does not say.
    virtual void lookUp(const SessionId & /*session*/, Then then) { then({}); }
    virtual void lookUp(const NodeId & /*node*/, Then then) { then({}); }
    /// The database may say of it otherwise than this server does: its row is looked at again.
    virtual void lookAgain(const SessionId & /*session*/) {}
    /// Whether silence of a node means that no server hears it.
    [[nodiscard]] virtual bool knowsAll() const { return true; }
};

} // namespace higgs::server
