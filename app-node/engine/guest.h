// SPDX-License-Identifier: GPL-3.0-or-later
// One guest: a session that the server offered, as one WireGuard peer and its paths, which come
// back by themselves while the session lives. Or, of a cascade that begins here, its datagrams on
// their way to the node where it ends: sealed for that one, and not to be read here.
#pragma once

#include "app-node/engine/guest_traffic.h"
#include "app-node/engine/node_status.h"
#include "shared/net/server_trust.h"
#include "shared/paths/direct_member.h"
#include "shared/paths/relay_member.h"
#include "shared/paths/session_paths.h"
#include "shared/protocol/session_connect.h"
#include "shared/tunnel/device.h"

#include <QObject>
#include <QPointer>
#include <functional>

namespace higgs {
class EpollSet;
}

namespace higgs::node {

struct GuestOptions
{
    std::string serverHost;
    /// Where the server is at the moment of asking; a relay of another name is looked up.
    std::function<std::vector<IpAddress>()> serverAddresses;
    /// Of another server of several, as far as they are known.
    std::function<std::vector<IpAddress>(const std::string &host)> otherAddresses{};
    /// Which of a relay's addresses may be dialled, at the moment of asking.
    EndpointCheck check;
    ServerTrust trust;
    /// The node's token at the moment of asking: it changes with each renewal.
    std::function<SecretText()> token;
    /// By which a straight way is looked for; null: by none. It must outlive the guest.
    UdpMux *mux = nullptr;
    /// The node's, of which the probes' key is made; it must outlive start().
    const PrivateKey *key = nullptr;
    /// Which of a guest's addresses may be sent to, at the moment of asking.
    EndpointCheck checkGuest{};
    EndpointCheck checkRelayed{}; ///< the same of those on a TURN server
    std::function<Result<CheckedEndpoint>(const Endpoint &)> checkNeighbour{};
    /// Whether this home may be written into once more because a guest says that it is there.
    std::function<bool()> mayKnock{};
    WallTime startedAt = wallNow();     ///< by the server's clock
    OwnPlace place{};                   ///< of the mux
    std::function<void()> countPorts{}; ///< portsCounted() follows
};

/// Lives on the daemon's thread; must die before the device.
class Guest : public QObject
{
    Q_OBJECT

public:
    /// `number` names the guest to the owner, and is never used again.
    Guest(EpollSet &epoll, TunnelDevice &device, GuestTraffic &traffic, std::uint64_t number,
          GuestOptions options, protocol::SessionConnect session, QObject *parent = nullptr);
    /// Removes the peer, then the paths.
    ~Guest() override;

    /// Adds the peer first, so that the client's first packet finds it, then opens the paths. Of a
    /// cascade: opens the paths both ways.
    Result<void> start();
    [[nodiscard]] GuestStatus status() const;
    /// Its path was lost, or could not be made: its end may be what it could not hear.
    [[nodiscard]] bool lostItsPath() const { return m_awaySince.has_value(); }
    /// Datagrams that its paths let go.
    [[nodiscard]] std::uint64_t droppedByPaths() const;
    [[nodiscard]] const SessionId &session() const { return m_session.sessionId; }
    [[nodiscard]] const PublicKey &key() const { return m_key; }
    [[nodiscard]] std::uint64_t number() const { return m_lane.number(); }
    [[nodiscard]] TrafficCounts counts() const { return m_lane.counts(); }
    /// The addresses it has in the tunnel; none of a cascade that only begins here.
    [[nodiscard]] std::vector<IpPrefix> addresses() const;
    /// Ends the session for both ends; ended() follows.
    void dismiss();
    /// Another server relays the session from now on.
    void moved(const protocol::RelayEndpoint &relay);
    /// The server's name has other addresses: what waits for the old ones goes there at once.
    void serverMoved();
    /// Of this machine: connections to relays that stand may be about to end with the old ones.
    void networksChanged();
    /// The machine slept: no path of before is believed.
    void woke();
    /// Where this node is, for the guest to know.
    void setOwnPlace(const OwnPlace &place);
    void portsCounted(const OwnPlace &place);
    /// The server tells more of it by now.
    void tellAnew();
    /// Where the guest is, as the signal link says.
    void candidatesCame(std::span<const protocol::Candidate> candidates);

Q_SIGNALS:
    /// The session is over: ended by the client or the server, expired, or never came to life.
    void ended(const higgs::SessionId &session, const std::string &reason);
    /// No path is left, and one is tried anew in a moment.
    void pathBroke();
    /// Nothing comes from the relay for longer than it should be.
    void relayQuiet();
    /// The server of the relay has just said something: it is there.
    void serverHeard();
    /// The straight way misses an answer: the home may be seen under another address by now.
    void wayDoubtful();

private:
    [[nodiscard]] SessionPathsOptions pathsOptions(const protocol::RelayEndpoint &relay,
                                                   RelayMemberOptions member);
    [[nodiscard]] SessionPathsOptions ownOptions();
    [[nodiscard]] std::function<std::vector<IpAddress>()>
    addressesOf(const std::string &host) const;
    void follow(SessionPaths &paths);
    Result<void> startForward();
    void lookForStraightWay();
    void end(const std::string &reason);

    EpollSet &m_epoll;
    TunnelDevice &m_device;
    GuestOptions m_options;
    protocol::SessionConnect m_session;
    PublicKey m_key;
    bool m_peerAdded = false;
    bool m_ended = false;
    GuestLane m_lane;
    SessionPaths m_paths;
    QPointer<DirectMember> m_direct;        ///< one of the paths
    std::unique_ptr<SessionPaths> m_onward; ///< of a cascade: to the next node
    WallTime m_since;
    std::optional<Monotonic> m_awaySince; ///< no path carries
};

} // namespace higgs::node
