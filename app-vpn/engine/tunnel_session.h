// SPDX-License-Identifier: GPL-3.0-or-later
// One session with one exit, from its first path to a verified tunnel: owns the paths, the
// WireGuard device and the probe, and says when the tunnel stands and when it is lost.
#pragma once

#include "app-vpn/engine/link_health.h"
#include "app-vpn/engine/reconnect_plan.h"
#include "shared/crypto/keys.h"
#include "shared/net/server_trust.h"
#include "shared/paths/direct_member.h"
#include "shared/paths/session_paths.h"
#include "shared/protocol/rest_routing.h"
#include "shared/tunnel/client_network.h"
#include "shared/tunnel/device.h"

#include <QObject>
#include <QPointer>
#include <QTimer>
#include <memory>

namespace higgs {
class EpollSet;
class StunBinding;
} // namespace higgs

namespace higgs::vpn {

/// A failure with its place in the plan and its words for the log.
struct SessionFailure
{
    Failure failure = Failure::AttemptFailed;
    Problem problem = Problem::TunnelFailed;
    std::string detail;
};

struct TunnelSessionOptions
{
    std::string interfaceName;
    TunnelKind tunnel = TunnelKind::Auto;
    std::uint32_t mark = 0;
    ServerTrust trust;
    std::vector<IpAddress> relayAddresses;
    EndpointCheck checkRelay;    ///< which of them may be dialled, at the moment of asking
    KnownFleet *fleet = nullptr; ///< where else the session can be relayed; it must outlive this
    IpAddress gateway;           ///< answers the probe inside the tunnel
    IpAddress gatewayV6;         ///< null: none
    std::vector<IpAddress> dns;  ///< empty: what the route names
    PrivateKey key;              ///< fresh for this session
    /// By which a straight way is looked for; null: by none. It must outlive the session.
    UdpMux *mux = nullptr;
    OwnPlace place{};          ///< of the mux
    EndpointCheck checkExit{}; ///< where it may be, at the moment of asking
    /// The same of one behind our own router.
    std::function<Result<CheckedEndpoint>(const Endpoint &)> checkNeighbour{};
    /// Whether one more address of this network may be written to as the exit says that it is
    /// there.
    std::function<bool()> mayKnock{};
    WallTime startedAt = wallNow();     ///< by the server's clock
    std::function<void()> countPorts{}; ///< portsCounted() follows
    /// By which an allocation on a TURN server is to be had; empty: by none.
    TurnAsk askTurn{};
    std::optional<protocol::PathType> only{}; ///< the one kind that a person wants
    bool straight = true;                     ///< the exit may be met without anybody between
    /// By an entry node, which the session's paths lead to: it is not the exit, whose key is known.
    bool cascade = false;
    /// Called when a path stands, before the device is made: the interface's name has to be free.
    std::function<void()> makeRoom{};
};

/// Lives on the daemon's thread. The kill switch must be up before start(), and stays up whatever
/// happens here.
class TunnelSession : public QObject
{
    Q_OBJECT

public:
    TunnelSession(EpollSet &epoll, ClientNetwork &network, TunnelSessionOptions options,
                  protocol::SelectedRoute route, QObject *parent = nullptr);
    /// Takes device and routes away; the block stays.
    ~TunnelSession() override;

    void start();
    /// Opens the paths of the same session again, after lost(RelayBroke); WireGuard keeps its keys.
    void resume();
    /// After lost(ExitAway): the exit's PC may sleep, and what is open inside lives as long as this
    /// session. Its paths stay open and it is asked now and then; verified() says that it is back,
    /// and lost() that the session is over.
    void await();
    /// Verified, and not lost since.
    [[nodiscard]] bool stands() const { return m_verified && !m_failed && !m_awaiting; }
    /// For how long it has been so; nullopt: it is not.
    [[nodiscard]] std::optional<Milliseconds> awaited() const;
    /// The network changed: the relay's connection is made anew, and the tunnel probed with little
    /// patience. Twice silence is lost(RelayBroke).
    void checkPath();
    /// The machine slept: paths and keys of before are not believed, and the tunnel is probed as
    /// soon as a path stands; silence is lost(RelayBroke).
    void woke();
    /// The exit answers and is good for nothing: lost(ExitSilent).
    void giveUp(std::string why);
    /// Tells the other end that this is the end.
    void close();

    [[nodiscard]] const protocol::SelectedRoute &route() const { return m_route; }
    /// What carries the tunnel, and why that.
    [[nodiscard]] protocol::PathType path() const;
    [[nodiscard]] protocol::PathReason pathReason() const;
    /// What the operator's TURN server said last, where it does no service; null: nothing is wrong.
    [[nodiscard]] std::optional<Error> turnFault() const { return m_paths.fault(); }
    [[nodiscard]] std::optional<double> rttMs() const { return m_rttMs; }
    /// The same in whole milliseconds, zero before the first.
    [[nodiscard]] Milliseconds usualTrip() const;
    /// Figures of WireGuard's, zero before the tunnel stands.
    [[nodiscard]] PeerStats stats() const;
    /// By the paths and the UDP socket.
    [[nodiscard]] DatagramLosses losses() const;
    [[nodiscard]] std::string tunnelKind() const;
    /// How the probes of late fared.
    [[nodiscard]] Health health() const { return m_health.now(); }
    /// Other servers for names, at once; empty: what the route names. When that fails the session
    /// is lost.
    void setDns(std::vector<IpAddress> servers);
    /// For connections to come, and for one that is being made.
    void setRelayAddresses(std::vector<IpAddress> addresses);
    /// Where this machine is, for the exit to know.
    void setOwnPlace(OwnPlace place);
    void portsCounted(const OwnPlace &place);
    /// The server tells more of it by now.
    void tellAnew();
    /// What kind of router the exit is behind, as the server lists it.
    void setExitNat(protocol::NatType type);
    void setExpiry(WallTime expiresAt) { m_route.expiresAt = expiresAt; }

Q_SIGNALS:
    /// The relay's connection is another one, perhaps to another server.
    void relayMoved();
    /// A probe came back through the tunnel; again after each resume().
    void verified();
    /// Another path carries, or the same one for another reason.
    void pathChanged();
    /// The straight way misses an answer: we may be seen under another address by now.
    void wayDoubtful();
    /// Nothing passes any more. Emitted once until resume(); the receiver resumes or deletes.
    void lost(const higgs::vpn::SessionFailure &failure);

private:
    /// WireGuard begins a handshake when nothing came for 15 s, and waits for its answer for five:
    /// a loss is found sooner than that, and one that lasted longer may have swallowed it.
    static constexpr Milliseconds KeysWait{5'000};

    [[nodiscard]] SessionPathsOptions pathsOptions();
    void lookForBetterWay();
    void pathOpened(Milliseconds took);
    void pathsLost(const PathClose &why);
    Result<void> raiseTunnel();
    Result<void> routeIntoTunnel();
    void failBy(const Error &error);
    void probe();
    void forgetKeys();
    void believeKeys();
    void check(Milliseconds shortest, Milliseconds longest, int roundTrips);
    void relayRenewed();
    void probeAnswered(double rttMs);
    void probeMissed(const Error &error);
    bool awaitsOn(const SessionFailure &failure);
    void fail(Failure failure, Problem problem, std::string detail);

    EpollSet &m_epoll;
    ClientNetwork &m_network;
    TunnelSessionOptions m_options;
    protocol::SelectedRoute m_route;
    PublicKey m_peerKey;
    SessionPaths m_paths;
    QPointer<DirectMember> m_direct; ///< one of the paths
    std::unique_ptr<TunnelDevice> m_device;
    std::unique_ptr<StunBinding> m_probe;
    QTimer m_probeTimer;
    QTimer m_awaitTimer; ///< until paths that are lost are opened again
    QTimer m_keysTimer;  ///< until a handshake counts as lost
    unsigned m_keysForgotten = 0;
    Milliseconds m_firstProbe{}; ///< how long the first answer through the tunnel may take
    unsigned m_missedProbes = 0;
    bool m_relayStood = false;
    bool m_verified = false;
    bool m_knowsExit = false; ///< it was, once
    bool m_checking = false;
    bool m_believing = false;   ///< while m_checking: what was a way before is one still
    bool m_keysOld = false;     ///< WireGuard's, or of a handshake that waits in vain
    Milliseconds m_checkTime{}; ///< how long the answer may take while m_checking
    /// Bytes from the exit when its path came into doubt after a change of the network.
    std::optional<std::uint64_t> m_heardAtDoubt;
    bool m_awaiting = false;
    bool m_failed = false;
    Monotonic m_failedAt{};
    std::optional<double> m_rttMs;
    LinkHealth m_health;
};

} // namespace higgs::vpn
