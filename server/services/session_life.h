// SPDX-License-Identifier: GPL-3.0-or-later
// The life of sessions as all parts see it: the node is told, the relay obeys, the storage knows.
#pragma once

#include "server/cluster/cluster_out.h"
#include "server/cluster/instance_directory.h"
#include "server/services/node_registry.h"
#include "server/services/session_table.h"
#include "server/storage/storage.h"
#include "shared/protocol/relay_message.h"

#include <QObject>
#include <functional>
#include <optional>
#include <unordered_map>

namespace higgs::server {

/// What a session's end asks of the relay.
class RelayControl
{
public:
    RelayControl() = default;
    RelayControl(const RelayControl &) = delete;
    RelayControl &operator=(const RelayControl &) = delete;
    virtual ~RelayControl() = default;

    virtual void setExpiry(const SessionId &session, BootTime expiresAt) = 0;
    virtual void endSession(const SessionId &session, std::uint16_t code,
                            std::string_view reason) = 0;
    /// Another server relays it from now on: its ends are let in again when it comes back.
    virtual void releaseSession(const SessionId &session, std::uint16_t code,
                                std::string_view reason) = 0;
    /// The node's, from its signal link, as the client gets them.
    virtual void candidatesForClient(const SessionId &session, std::string text) = 0;
};

/// The nodes' signal links.
class SignalOut
{
public:
    SignalOut() = default;
    SignalOut(const SignalOut &) = delete;
    SignalOut &operator=(const SignalOut &) = delete;
    virtual ~SignalOut() = default;

    [[nodiscard]] virtual bool isOpen(const NodeId &node) const = 0;
    virtual void send(const NodeId &node, const protocol::SignalMessage &message) = 0;
    /// A client's candidates, behind the session's announcement.
    virtual void sendCandidates(const NodeId &node, const SessionId &session, std::string text) = 0;
    virtual void close(const NodeId &node, std::uint16_t code, std::string_view reason) = 0;
};

class SessionLife
{
public:
    /// The references must outlive it.
    SessionLife(SessionTable &sessions, Storage &storage, RelayControl &relay,
                SignalOut &signalling, const InstanceDirectory &instances, ClusterOut &cluster,
                TunnelNetworks networks)
        : m_sessions(sessions),
          m_storage(storage),
          m_relay(relay),
          m_signalling(signalling),
          m_instances(instances),
          m_cluster(cluster),
          m_networks(networks)
    {}

    /// Hears of every session that has ended, as it was. One at most.
    using WatchEnds = std::function<void(const Session &)>;
    void watchEnds(WatchEnds watch) { m_watchEnds = std::move(watch); }

    [[nodiscard]] const TunnelNetworks &networks() const { return m_networks; }
    /// Of the server that relays it, as far as that is known; else of this one.
    [[nodiscard]] protocol::RelayEndpoint endpointOf(const SessionId &session) const;

    /// Pushes `connect` to the node's signal link, if it is open and the client gave a key.
    void announce(const Session &session);
    /// What the node is told of a session; nullopt if it is gone or the client gave no key.
    [[nodiscard]] std::optional<protocol::SignalMessage> announcement(const SessionId &id) const;
    /// In one heartbeat's answer, which has to fit what a node takes: the others come with the
    /// next, as these are joined.
    static constexpr std::size_t MaxPendingConnects = 256;
    /// For a heartbeat's answer: what the node has not joined, if it has no signal link.
    [[nodiscard]] std::vector<protocol::SessionConnect> pendingConnects(const NodeId &node) const;

    /// Why a session ends.
    enum class By {
        Order,  ///< somebody has said so who may: in any case
        Rule,   ///< this server judged by what it knows: only where it is as known here
        Expiry, ///< and has not been renewed at another server
    };
    /// Removes the session everywhere, and a cascade's other one with it. The relay closes both
    /// ends with `code` and `reason`.
    void end(const SessionId &session, std::uint16_t code, std::string_view reason,
             By why = By::Order, SessionEnd how = SessionEnd::Closed);
    /// Another server has ended it, and the storage knows.
    void endedElsewhere(const SessionId &session);
    /// The relay has ended it by itself.
    void endedByRelay(const SessionId &session, By why);
    void endAllOf(const NodeId &node, std::uint16_t code, std::string_view reason);
    /// Ends those that `which` names; returns how many. `reason` is a literal.
    std::size_t endThose(const std::function<bool(const Session &)> &which, std::uint16_t code,
                         std::string_view reason);
    /// Ends what has expired: 1008 "Session expired".
    std::size_t expire(BootTime now);
    /// Gives back the places of those made until `before` whose client has never come.
    std::size_t endNeverJoined(BootTime before);
    /// In force at once; the storage is told, and told again by settle() if it could not take it.
    void renew(const Clocks &now, const SessionId &session, WallTime expiresAt);
    /// The storage is there: tells it of up to MaxSettled sessions what it missed while it was
    /// away.
    void settle();
    /// It is over, and its row may not say so yet: what was read before is not to be believed.
    [[nodiscard]] bool isEnding(const SessionId &session) const;
    static constexpr std::size_t MaxSettled = 500;
    /// Ends beyond are not told again: such a session expires in the storage by itself.
    static constexpr std::size_t MaxOwed = 200'000;

private:
    /// Nothing for an end: the session's present expiry.
    using Owed = std::optional<SessionEnding>;

    [[nodiscard]] SessionEnding endingOf(const SessionId &session, By why, SessionEnd how) const;
    bool forget(const SessionId &session, const Owed &ending);
    [[nodiscard]] SessionId partnerOf(const SessionId &session) const;
    void tellStorage(const SessionId &session, const Owed &ended);
    void storageTold(const SessionId &session, const Owed &ended, const Result<void> &outcome);
    [[nodiscard]] protocol::SessionConnect connectOf(const Session &session) const;

    SessionTable &m_sessions;
    Storage &m_storage;
    RelayControl &m_relay;
    SignalOut &m_signalling;
    const InstanceDirectory &m_instances;
    ClusterOut &m_cluster;
    TunnelNetworks m_networks;
    WatchEnds m_watchEnds;
    std::unordered_map<SessionId, Owed> m_owed;     ///< what the storage did not take
    std::unordered_map<SessionId, unsigned> m_ends; ///< that it was told and has not answered
    QObject m_context;                              ///< of the storage's answers
};

} // namespace higgs::server
