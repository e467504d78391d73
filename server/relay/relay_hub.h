// SPDX-License-Identifier: GPL-3.0-or-later
// The relay as the control thread sees it: N threads that carry datagrams, each session wholly on
// one of them. Connections go in once their upgrade is answered; events of sessions come out.
#pragma once

#include "server/relay/relay_counters.h"
#include "server/relay/relay_session.h"
#include "shared/net/tls_stream.h"
#include "shared/protocol/websocket_upgrade.h"

#include <QObject>
#include <memory>
#include <vector>

namespace higgs::relay {

class RelayThread;

/// What the control thread found out about a connection before it handed it over.
struct RelayAdmission
{
    SessionId session;
    Role role = Role::Client;
    Monotonic expiresAt;
    std::optional<protocol::WsDeflate> deflate; ///< as negotiated in the 101
    server::SeenAt seen{};                      ///< where else it has shown its secret
    std::shared_ptr<RelayQuota> quota = {};     ///< of its access key; null: none
    bool meets = true;                          ///< its ends may tell each other where they are
};

/// Why a connection is not let in.
enum class RelayRefusal {
    InvalidSession, ///< no valid session and token: 1008 "Invalid session"
    ServerFault,    ///< it could not be told whether they are: 1011 "Internal server error"
};

/// Lives on the control thread. adopt(), refuse(), setExpiry(), endSession(), candidatesForClient()
/// and counters() may be called from any thread, and what one thread calls for a session happens in
/// that order. Signals are emitted on the hub's own thread.
class RelayHub : public QObject
{
    Q_OBJECT

public:
    explicit RelayHub(unsigned threads, QObject *parent = nullptr);
    /// Closes what is still open without ceremony; drain() first.
    ~RelayHub() override;

    /// A connection whose 101 is written (or queued), with whatever it sent after its request. An
    /// earlier connection of the same session and role is closed 1000 "Replaced".
    void adopt(TlsConnection connection, RelayAdmission admission);
    /// Closed at once, with the code of the reason.
    void refuse(TlsConnection connection, std::optional<protocol::WsDeflate> deflate,
                RelayRefusal why = RelayRefusal::InvalidSession);

    /// A renewed session.
    void setExpiry(const SessionId &session, Monotonic expiresAt);
    /// Closes both ends; `reason` is a literal ("Session closed" for a deletion). The session is
    /// not let in again. sessionEnded() is not emitted: the caller knows.
    void endSession(const SessionId &session, std::uint16_t code = CloseNormal,
                    std::string_view reason = "Session closed");
    /// Another server relays it from now on: closes both ends, and lets them in again later.
    void releaseSession(const SessionId &session, std::uint16_t code, std::string_view reason);
    /// The node's candidates from its signal link, as a `candidates` message for the client.
    void candidatesForClient(const SessionId &session, std::string text);
    /// An end of a session has shown its secret at this address.
    void seenAlso(const SessionId &session, Role role, const IpAddress &address);
    /// Where the TURN servers relay from, for what ends tell from now on.
    void setTurnAddresses(const std::vector<IpAddress> &addresses);
    /// Closes every connection 1001, and those that still come. drained() when none is left.
    void drain();

    [[nodiscard]] RelaySnapshot counters() const;

Q_SIGNALS:
    void legOpened(const higgs::SessionId &session, higgs::relay::Role role);
    void legClosed(const higgs::SessionId &session, higgs::relay::Role role);
    /// By an end's `disconnect` or close 1000, or because it expired.
    void sessionEnded(const higgs::SessionId &session, higgs::relay::SessionEnd cause);
    /// The client's `candidates` message, written anew, while the node is not on the relay.
    void candidatesForNode(const higgs::SessionId &session, const std::string &text);
    /// The node has sent its first datagram.
    void answered(const higgs::SessionId &session);
    void drained();

private:
    struct Lane;

    [[nodiscard]] RelayThread &threadOf(const SessionId &session) const;
    template <typename F>
    void onThread(RelayThread &thread, F &&call);

    std::vector<std::unique_ptr<Lane>> m_lanes;
    std::atomic<std::size_t> m_nextRefusal{0};
    std::size_t m_draining = 0;
};

} // namespace higgs::relay
