// SPDX-License-Identifier: GPL-3.0-or-later
// Every live session: its token, its tunnel address, its expiry, and which ends are connected.
#pragma once

#include "server/services/address_pool.h"
#include "server/storage/records.h"

#include <functional>
#include <set>
#include <unordered_map>

namespace higgs::server {

struct Session
{
    SessionRecord record;
    bool clientOpen = false;
    WallTime clientGoneSince; ///< while !clientOpen: its leg closed, or the session was made, then
    bool nodeOpen = false;
    bool nodeJoined = false; ///< the node has opened its leg at least once
    /// A cascade's first session and its second, in each other's record; null without a cascade.
    SessionId partner;
};

struct SessionAdmission
{
    /// The client's sessions that give way to the new one (closed "Session closed").
    std::vector<SessionId> giveWay;
    bool admitted = true;
};

/// Pure: time comes as an argument.
class SessionTable
{
public:
    [[nodiscard]] const Session *find(const SessionId &id) const;
    [[nodiscard]] std::size_t size() const { return m_sessions.size(); }
    [[nodiscard]] unsigned countOf(const NodeId &node) const;
    [[nodiscard]] std::vector<SessionId> ofNode(const NodeId &node) const;
    void forEach(const std::function<void(const Session &)> &visit) const;

    /// Whether this client may have `count` more: the oldest without a live connection give way
    /// (WIRE.md, Routing); if too many live, none.
    [[nodiscard]] SessionAdmission admit(const std::string &clientGroup, std::size_t limit,
                                         std::size_t count) const;

    /// Sessions of the node whose client has not been there since `before`.
    [[nodiscard]] std::vector<SessionId> abandonedOn(const NodeId &node, WallTime before) const;

    /// Allocates the tunnel address and keeps the session. Unavailable when the node has none left.
    Result<const Session *> add(SessionRecord record, const SessionId &partner = {});
    /// Sessions of an earlier run, whose clients come back from `now` on; one that cannot keep its
    /// address is dropped.
    void restore(WallTime now, std::vector<SessionRecord> records);
    bool renew(const SessionId &id, WallTime expiresAt);
    /// Returns what was removed.
    std::optional<Session> remove(const SessionId &id);

    void setClientOpen(WallTime now, const SessionId &id, bool open);
    void setNodeOpen(const SessionId &id, bool open);

    /// Whether some live session has this token's digest.
    [[nodiscard]] bool hasToken(const std::string &digest, WallTime now) const;
    [[nodiscard]] std::vector<SessionId> expiredAt(WallTime now) const;

private:
    Session *get(const SessionId &id);
    void index(const Session &session);

    std::unordered_map<SessionId, Session> m_sessions;
    std::unordered_map<std::string, std::set<std::pair<WallTime, SessionId>>> m_byClient;
    std::unordered_map<NodeId, std::set<SessionId>> m_byNode;
    std::unordered_map<std::string, SessionId> m_byToken;
    std::unordered_map<NodeId, AddressPool> m_addresses;
    std::set<std::pair<WallTime, SessionId>> m_byExpiry;
};

} // namespace higgs::server
