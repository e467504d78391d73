// SPDX-License-Identifier: GPL-3.0-or-later
// The inside of ClientEngine: one state machine, one plan, one session and what it switches from.
#pragma once

#include "app-vpn/engine/beyond_probe.h"
#include "app-vpn/engine/bound_names.h"
#include "app-vpn/engine/client_engine.h"
#include "app-vpn/engine/client_place.h"
#include "app-vpn/engine/reconnect_plan.h"
#include "app-vpn/engine/server_addresses.h"
#include "app-vpn/engine/switching.h"
#include "shared/base/server_clock.h"
#include "shared/net/family_witness.h"
#include "shared/net/known_fleet.h"
#include "shared/net/named_endpoints.h"
#include "shared/paths/knock_limit.h"
#include "shared/protocol/server_info.h"
#include "shared/tunnel/client_network.h"
#include "shared/tunnel/firewall_watch.h"
#include "shared/tunnel/network_watch.h"

#include <QTimer>

namespace higgs::vpn {

class ClientEngine::Private : public QObject
{
    Q_OBJECT

public:
    Private(ClientEngine &owner, EpollSet &epoll, ClientConfig config);
    ~Private() override;

    Result<void> start();
    void connectTunnel(const ConnectRequest &request);
    void changeWay(const ConnectRequest &request);
    Result<void> cancelSwitch();
    void disconnectTunnel();
    Result<std::string> restoreNetwork();
    Result<void> pauseTunnel(WallTime until);
    void resumeTunnel();
    void adoptPause(const ConnectRequest &request, WallTime until);
    Result<void> setPolicy(const TrafficPolicy &policy);
    Result<void> setServer(std::string host, std::uint16_t port, ServerTrust trust,
                           SecretText accessKey);
    [[nodiscard]] ClientStatus status() const;
    /// Somebody has changed the machine's firewall, rules, routes or links.
    void verifyBlock();
    [[nodiscard]] bool canExclude() const;
    [[nodiscard]] std::optional<LeakReceipt> leakReceipt() const { return m_network.leakReceipt(); }
    [[nodiscard]] std::optional<bool> needsAccessKey() const;
    void locations(Reply<Result<protocol::LocationsResponse>> reply);
    void askLocations(const std::vector<IpAddress> &addresses,
                      Reply<Result<protocol::LocationsResponse>> reply);

    [[nodiscard]] std::optional<double> serverRttMs() const { return m_api->roundTripMs(); }

    ClientConfig config;

private:
    /// Applies the event to the table; false if it has no meaning in this state.
    bool apply(ClientEvent event);
    void setProblem(Problem problem, std::string detail);
    void makeApi();

    /// What the block lets out at this moment.
    [[nodiscard]] BlockPolicy blockPolicy() const;
    /// From Disconnecting, without a session: the line as it was, or locked down.
    void openLine();
    /// Tries again to put back what an opened line was left with.
    void putBackLeftovers();
    /// Tells what became of the line: blocked still, or open and lacking something.
    bool noteRestoration(const Result<Restoration> &restored);
    /// After a change of state: excluded programs are let out, or shut in.
    void followState(ClientState from);
    void endPause();
    void beginPause(WallTime until);
    void pauseOver();
    void noteLeftExit();
    void keepSession();
    void endStanding();
    bool goBack(std::optional<SwitchFault> why = std::nullopt);
    bool goBackSoon();
    /// connectTunnel() that does not fall back to the bare line, whatever the first answer is.
    void insist(const ConnectRequest &request);
    /// `returnTo`: the exit to begin with, or another one if that has gone; null: any.
    void begin(const ConnectRequest &request, const NodeId &returnTo = {}, bool keep = false);

    // On the way to a tunnel; each step leads to the next or to attemptFailed().
    void attempt();
    void addressesRefreshed(const std::string &error);
    [[nodiscard]] std::vector<IpAddress> relayAddresses(const std::string &host) const;
    [[nodiscard]] Result<std::vector<CheckedEndpoint>>
    checkRelay(const std::vector<IpAddress> &addresses, std::uint16_t port);
    Result<std::vector<CheckedEndpoint>> checkExit(const std::vector<IpAddress> &addresses,
                                                   std::uint16_t port);
    [[nodiscard]] KnownFleetOptions fleetOptions();
    /// False when it cannot stand; what follows has been seen to.
    bool raiseBlock();
    void askServer();
    void askServerInfo();
    /// Asks unless it is known; a failure waits for the next question.
    void learnServer();
    /// `orAnother`: the target is a wish, and the server chooses when it cannot be had.
    void askRoute(const NodeId &target, bool orAnother = false);
    void askFirstRoute();
    [[nodiscard]] Milliseconds serverTrip() const;
    void hurryFinding();
    void routerFound();
    void askForOther();
    void routeAnswered(protocol::RoutingResponse response, PrivateKey key, bool targeted);
    void openSession(protocol::SelectedRoute route, PrivateKey key, std::optional<TurnGrant> turn);
    [[nodiscard]] bool mayTurn() const;
    void prepareTurn(std::optional<TurnGrant> grant, const SecretText &token);
    [[nodiscard]] bool isAwaited(const NodeId &exit) const;
    void apiFailed(const ApiFailure &failure);
    void attemptFailed(const SessionFailure &failure, const NodeId &node);
    /// After attemptFailed(): the server said a plain no.
    void refused();
    /// What only a person can help: blocked, or, when no block had been put up yet, back to the
    /// bare line it came from.
    void refuse(Problem problem, std::string detail);
    /// The bare line again, as the block cannot be put up; which is tried again, as it may pass.
    void bareLine();
    void unblocked(Problem problem, std::string detail);

    void sessionVerified();
    void sessionLost(const SessionFailure &failure);
    void nodeSeen(const NodeId &node);
    void endSession();
    void leaveSession();
    void watchSession();
    void scheduleRenewal();
    /// Asks the server's clock again, by which the session lives, and renews by it.
    void askServerTime();
    void serverTold(const protocol::ServerInfo &info);
    void renew();
    /// Whom to ask for a sign of the Internet; nobody, where all that is known is private.
    [[nodiscard]] BeyondProbeOptions beyond();
    /// Whether their silence says that the exit lets nothing out.
    [[nodiscard]] bool isTelling(const BeyondProbeOptions &options) const;
    /// Who tells the way in from outside.
    [[nodiscard]] std::vector<CheckedEndpoint> stunServers();
    [[nodiscard]] std::vector<CheckedEndpoint> translated(std::vector<CheckedEndpoint> servers);
    void findTranslation();
    bool mayAsk(const Endpoint &second);
    [[nodiscard]] protocol::ClientNetworkInfo networkInfo() const;
    [[nodiscard]] std::optional<protocol::PathType> wantedPath() const;
    /// The exit may be met straight: it is told where we are, and the router may be asked to let it
    /// in. By TURN the two ends meet at the server's.
    [[nodiscard]] bool wantsStraightWay() const;
    void watchPlace();
    void showFamilies();
    void showSession(ApiClient &api, FamilyWitness::Done done);
    void proveExit();
    void askBeyond(BeyondProbeOptions options);
    void beyondSilent();
    void exitIsSilent();
    void retry();
    /// The way to the server may be another one: the path is tried afresh.
    void uplinkChanged();
    void woke(Milliseconds slept);
    void lookAround();
    void giveUpIfLate();

    ClientEngine &m_owner;
    EpollSet &m_epoll;
    ClientNetwork m_network;
    NetworkWatch m_watch;
    FirewallWatch m_blockWatch;
    BoundNames m_boundNames{m_epoll, m_network};
    std::string m_blockFault; ///< why the block does not stand as it should; empty: it does
    QTimer m_settingsTimer;   ///< while the block is up
    Milliseconds m_repairWait{0};
    QTimer m_verifyTimer; ///< while it cannot be put back, and once more after a change
    ServerAddresses m_addresses;
    NamedEndpoints m_named; ///< what the server names
    KnockLimit m_knocks;    ///< of all exits
    KnownFleet m_fleet;     ///< the servers that act as one with it
    std::unique_ptr<ApiClient> m_api;
    std::optional<protocol::ServerInfo> m_serverInfo;
    ServerClock m_serverClock;
    ClientId m_clientId;

    ClientState m_state = ClientState::Disconnected;
    ConnectRequest m_request;
    bool m_wanted = false; ///< m_request stands: nobody has taken it back
    ExitSwitch m_switch;
    std::optional<WallTime> m_pausedUntil;
    BootTime m_pauseEnds; ///< the same moment by the clock that nobody sets
    ReconnectPlan m_plan;
    std::uint64_t m_attempt = 0;    ///< answers to an earlier one's questions are dropped
    bool m_protectedBefore = false; ///< this request found the machine behind the block already
    bool m_waitingForAddresses = false;
    NodeId m_node;
    ClientPlace m_place{m_epoll, config.socketMark, [this] { return stunServers(); },
                        [this](const Endpoint &second) { return mayAsk(second); }};
    std::unique_ptr<TurnAccess> m_turn; ///< of m_session, which asks it
    std::unique_ptr<TunnelSession> m_session;
    std::optional<Monotonic> m_translationAsked; ///< when, whether this network has one
    bool m_awaited = false; ///< m_session's exit went silent, and another one is looked for
    FamilyWitness m_witness{m_epoll, [this](ApiClient &api, FamilyWitness::Done done) {
                                showSession(api, std::move(done));
                            }};
    std::unique_ptr<BeyondProbe> m_beyond;
    std::vector<IpAddress> m_beyondHeard; ///< where some exit has let a question through
    unsigned m_silences = 0;              ///< of the Internet behind this exit, in a row
    std::uint64_t m_findingFor = 0;       ///< the attempt that m_findingTimer holds up

    QTimer m_retryTimer;
    QTimer m_findingTimer;
    QTimer m_giveUpTimer;
    QTimer m_renewTimer;
    QTimer m_beyondTimer;
    QTimer m_pauseTimer;
    ClientStatus m_status; ///< the parts that do not follow from the session
};

} // namespace higgs::vpn
