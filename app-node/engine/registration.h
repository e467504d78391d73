// SPDX-License-Identifier: GPL-3.0-or-later
// The node's standing with the server: registers with a proof of its key, sends heartbeats and
// metrics, renews its token before it dies, and comes back by itself from every failure.
#pragma once

#include "app-node/engine/identity.h"
#include "app-node/engine/line_quality.h"
#include "app-node/engine/node_engine.h"
#include "app-node/engine/system_metrics.h"
#include "shared/base/backoff.h"
#include "shared/base/pace.h"
#include "shared/base/server_clock.h"
#include "shared/net/api_client.h"
#include "shared/protocol/rest_metrics.h"

#include <QTimer>
#include <functional>

namespace higgs::node {

/// Since sharing was switched on.
struct GuestTotals
{
    std::uint64_t come = 0;
    std::uint64_t failed = 0;  ///< that were offered, and could not come
    std::uint64_t dropped = 0; ///< datagrams, by the paths of those who have left
};

/// Of the device, since sharing was switched on; packets are those of guests, not of WireGuard.
struct WireguardCounters
{
    std::uint64_t rxBytes = 0;
    std::uint64_t txBytes = 0;
    std::uint64_t rxPackets = 0;
    std::uint64_t txPackets = 0;
    std::uint64_t errors = 0; ///< datagrams dropped on the way

    friend bool operator==(const WireguardCounters &, const WireguardCounters &) = default;
};

/// What only the engine knows, asked for whenever a message is made.
struct NodeFigures
{
    protocol::NetworkInfo network;
    protocol::Capabilities capabilities;
    std::size_t guests = 0;
    std::uint64_t guestsTotal = 0;
    std::uint64_t guestsFailed = 0;
    std::uint64_t rxBytes = 0; ///< from guests to the Internet
    std::uint64_t txBytes = 0;
    WireguardCounters wireguard;
    std::optional<LineFigures> line; ///< none: not measured of late
    bool accepting = true;           ///< false: takes no new guests at the moment
};

/// Lives on the daemon's thread.
class Registration : public QObject
{
    Q_OBJECT

public:
    Registration(ApiClient &api, const NodeConfig &config, const Identity &identity,
                 std::function<NodeFigures()> figures, QObject *parent = nullptr);

    /// Begins with the server's info and goes on until stop().
    void start();
    /// Says goodbye with a last heartbeat (status offline), best effort.
    void stop();
    /// From serverKnown(): not registered before proceed(), for the exit is not ready yet.
    void hold() { m_held = true; }
    void proceed();
    /// A heartbeat at once: the server may have missed some.
    void beat();
    /// A router or a STUN server that names another address each time would have us register all
    /// the time: no more than so many at once, and one in each interval.
    static constexpr unsigned RefreshesAtOnce = 6;
    static constexpr Milliseconds RefreshInterval{5'000};
    /// Registers anew, at once but for that: the mapped address or the limits changed.
    void refresh();
    /// What the server says of itself may have changed: it is read anew, and serverKnown() tells.
    /// Servers cause it, so that it has its pace.
    static constexpr unsigned LooksAtOnce = 3;
    static constexpr Milliseconds LookInterval{20'000};
    void serverMoved();
    /// The server does not take token() any more: registers anew, by proof alone.
    void tokenRefused(const ApiFailure &failure);

    [[nodiscard]] bool isRegistered() const { return m_registered; }
    [[nodiscard]] SecretText token() const { return m_token.copy(); }

    /// By the server's clock; by this machine's where it has not told.
    [[nodiscard]] WallTime serverNow() const;

Q_SIGNALS:
    /// The server's description of itself, after each start() and by serverMoved().
    void serverKnown(const higgs::protocol::ServerInfo &info);
    /// Registered, again after each renewal, when token() is new, and when what failed() told of
    /// has passed.
    void registered(bool pending);
    void failed(higgs::node::NodeProblem problem, const std::string &detail);
    /// After stop(): the server has answered the goodbye, or there was none to say.
    void left();
    /// Of a heartbeat's answer.
    void actionReceived(const std::shared_ptr<higgs::protocol::NodeAction> &action);

private:
    void askServerInfo();
    void registerNode();
    void registrationAnswered(const ApiResult<protocol::RegisterResponse> &answer);
    void sendHeartbeat();
    void heartbeatAnswered(const ApiResult<protocol::HeartbeatResponse> &answer,
                           std::uint64_t token);
    void sendMetrics();
    void retryLater(NodeProblem problem, const ApiFailure &failure);
    [[nodiscard]] Milliseconds waitAfter(const ApiFailure &failure);
    [[nodiscard]] Result<protocol::RegisterRequest> request();
    void measured(Monotonic sent);
    [[nodiscard]] protocol::Metrics lineAndMachine(const NodeFigures &figures);
    [[nodiscard]] protocol::Metrics heartbeatMetrics();
    [[nodiscard]] std::optional<LineFigures> lineFigures(const NodeFigures &figures) const;

    ApiClient &m_api;
    const NodeConfig &m_config;
    const Identity &m_identity;
    std::function<NodeFigures()> m_figures;
    SystemMetrics m_systemMetrics;
    std::optional<protocol::ServerInfo> m_server;
    ServerClock m_serverClock;
    WallTime m_lastProof{};
    SecretText m_token;
    std::uint64_t m_tokenNumber = 0; ///< counts tokens given and refused
    bool m_tokenTaken = false;       ///< a heartbeat was answered under m_token
    bool m_running = false;
    bool m_registered = false;
    bool m_pending = false;
    bool m_registering = false; ///< a registration is under way
    bool m_again = false;       ///< and what it told is old already
    bool m_troubled = false;    ///< failed() was told since registered()
    bool m_held = false;
    std::uint64_t m_generation = 0;
    Backoff m_backoff{Milliseconds(1'000), Milliseconds(30'000)};
    Seconds m_heartbeatInterval = protocol::DefaultHeartbeatInterval;
    Pace m_refreshes{RefreshesAtOnce, RefreshInterval};
    Pace m_looks{LooksAtOnce, LookInterval};
    QTimer m_lookTimer;
    QTimer m_refreshTimer;
    QTimer m_retryTimer;
    QTimer m_heartbeatTimer;
    QTimer m_metricsTimer;
    QTimer m_renewTimer;

    std::optional<Monotonic> m_lastSample;
    std::uint64_t m_lastRxBytes = 0;
    std::uint64_t m_lastTxBytes = 0;
    protocol::Bandwidth m_use; ///< Mbit/s, of the interval before the last heartbeat
    std::optional<double> m_latencyMs;
    double m_jitterMs = 0;
    unsigned m_heartbeatsSent = 0;
    unsigned m_heartbeatsLost = 0;
};

} // namespace higgs::node
