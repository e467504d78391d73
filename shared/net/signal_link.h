// SPDX-License-Identifier: GPL-3.0-or-later
// The node's ear at the server: a WebSocket on which sessions are offered and ended (WIRE.md,
// Signal link). Comes back by itself; a typed Qt signal for each message.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/endpoint.h"
#include "shared/net/server_trust.h"
#include "shared/protocol/relay_message.h"

#include <QObject>
#include <memory>
#include <optional>
#include <vector>

namespace higgs {

class EpollSet;
class KnownFleet;

struct SignalLinkOptions
{
    std::string host; ///< a name or an address, without brackets
    std::uint16_t port = 3000;
    std::vector<IpAddress> addresses; ///< of the host, resolved by the caller
    ServerTrust trust;
    NodeId node;
    SecretText token; ///< the node's JWT
    /// Where else the server is; null: nowhere. It must outlive the link.
    KnownFleet *fleet = nullptr;
    /// Between tries, growing.
    Milliseconds retryBase{500};
    Milliseconds retryCap{15'000};
};

/// Lives on the thread of its EpollSet.
class SignalLink : public QObject
{
    Q_OBJECT

public:
    SignalLink(EpollSet &epoll, SignalLinkOptions options, QObject *parent = nullptr);
    ~SignalLink() override;

    /// Opens, and opens again whenever the link breaks, with exponential backoff and full jitter.
    void open();
    /// Another connection at once: this one may be dead without a word.
    void renew();
    /// For connections to come: the node's token changes with each registration.
    void setToken(SecretText token);
    void setAddresses(std::vector<IpAddress> addresses);
    void sendCandidates(const SessionId &session,
                        const std::vector<protocol::Candidate> &candidates);
    [[nodiscard]] bool isConnected() const;
    /// Asks the server for a sign of life, where there is a connection: heardAt() tells of it.
    void ask();
    /// Something says that the server is away: it has to give a sign of life soon, or the link goes
    /// to another one. Where there is no other, nothing happens.
    void doubt();
    /// Another connection to it stands: a link that waits to be made anew waits no longer. Servers
    /// cause it, so that it has its pace.
    void serverIsThere();
    /// When something of the server's last came over the connection that is; null: there is none.
    [[nodiscard]] std::optional<Monotonic> heardAt() const;

Q_SIGNALS:
    void connected();
    /// Once for each break, and for each attempt that failed. Unauthorized: the token is not good.
    void disconnected(const higgs::Error &error);
    /// The receiver may move the session out.
    void sessionOffered(const std::shared_ptr<higgs::protocol::SessionConnect> &session);
    void sessionEnded(const higgs::SessionId &session);
    void candidatesReceived(const higgs::SessionId &session,
                            const std::vector<higgs::protocol::Candidate> &candidates);

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace higgs
