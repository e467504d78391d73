// SPDX-License-Identifier: GPL-3.0-or-later
// The running server: owns every part and connects them.
#pragma once

#include "server/admin/admin_socket.h"
#include "server/api/api.h"
#include "server/api/signal_links.h"
#include "server/cluster_replica.h"
#include "server/config.h"
#include "server/control_lag.h"
#include "server/http/plain_listener.h"
#include "server/hub_control.h"
#include "server/identity.h"
#include "server/page/operator_page.h"
#include "server/relay/relay_hub.h"
#include "server/reload.h"
#include "server/stun/stun_thread.h"
#include "server/turn_addresses.h"
#include "server/upkeep.h"

namespace higgs::server {

/// What main() has prepared.
struct BosonParts
{
    std::unique_ptr<Storage> storage;
    std::optional<NodeTokens> tokens;
    std::optional<BootTime> formerTokensUntil; ///< absent: there is no former key
    std::optional<PrivateKey> serverKey;
    std::optional<ClientGroups> clientGroups;
    InstanceId instance;
    unsigned number = 1;      ///< of this server among those on the database
    std::unique_ptr<Bus> bus; ///< null: no others
    std::optional<TlsContext> tls;
    CertificateFiles files;
    WallTime certificateEnds;
    bool certificateIsPublic = false; ///< PairFacts::isPublic
    std::vector<InForce> inForce;     ///< for telling what SIGHUP changes
    std::unique_ptr<StunThread> stun; ///< null: off
};

/// Where the operator's STUN and TURN servers are, as clients are told of them.
std::vector<protocol::StunServer> stunServersOf(const Config &config, const StunThread *stun);
/// Empty: there is none.
std::string turnHostOf(const Config &config);

class Boson : public QObject
{
    Q_OBJECT

public:
    /// Who has asked for the readiness within this watches it.
    static constexpr Milliseconds ReadinessMemory = Seconds(60);

    Boson(Config &&config, BosonParts &&parts);
    ~Boson() override;

    /// Takes up what the storage remembers and binds every socket.
    Result<void> start();
    [[nodiscard]] Endpoint localEndpoint() const { return m_http.localEndpoint(); }
    /// Takes nothing on any more; where somebody watches the readiness, that is told for
    /// Limits::drainNotice before the port closes. Then finishes what runs and closes relay
    /// connections 1001: stopped() within Limits::drain and Limits::storageAnswer. Once.
    void stop();
    [[nodiscard]] bool isStopping() const { return m_state.standing == Standing::Ending; }
    [[nodiscard]] Monotonic stopAskedAt() const { return m_stopAskedAt; }
    /// SIGHUP: certificate, limits and whatever else may change at once. What needs a restart is
    /// named; what does not load leaves the old in use.
    void reload(Reread &&read);
    /// SIGHUP was heard, and the files cannot be read; all goes on as it was.
    void reloadIsLate();

Q_SIGNALS:
    void stopping();
    void stopped();

private:
    Result<void> listenForCommands();
    bool takeCertificate(Reread &read);
    /// The names that are in force by now, and those that wait for a restart.
    std::pair<std::string, std::string> compare(const ConfigReading &reading,
                                                bool certificateTaken);
    /// Unavailable: not now; the upkeep asks again.
    Result<void> takeUp();
    void takeUpLater();
    void restore(const StoredState &stored);
    std::vector<SessionRecord> withKeyedGroups(const StoredState &stored);
    void connectRelay();
    void connectSignalling();
    void legChanged(const SessionId &session, relay::Role role, bool open);
    void signalReceived(const NodeId &node, const IpAddress &from, const std::string &text);
    void gather();
    void gatherCondition();
    /// For the operator: what none but the server as a whole knows of itself.
    [[nodiscard]] protocol::Json describe() const;
    /// Nodes go on with the tokens that they have.
    Result<void> rotateTokenKey();
    void closeAll();
    void partStopped();

    const WallTime m_began = wallNow(); ///< as /metrics tells it: it does not follow the clock
    std::string m_dataDir;
    std::string m_database; ///< without a password
    Endpoint m_listen;
    std::optional<Endpoint> m_metricsListen;
    std::uint16_t m_publicPort;
    CertificateFiles m_files;
    WallTime m_certificateEnds;
    bool m_certificateIsPublic;
    std::vector<InForce> m_inForce;
    std::unique_ptr<Storage> m_storage; ///< dies late: writes what was submitted
    TlsContext m_tls;
    std::unique_ptr<StunThread> m_stun;
    EpollSet m_epoll;
    relay::RelayHub m_hub;
    HubControl m_hubControl;
    TurnAddresses m_turnAddresses;
    SignalLinks m_links;
    ClusterReplica m_cluster;
    ServerState m_state;
    ServerMetrics m_metrics;
    ApiCore m_core;
    Api m_api;
    HttpServer m_http;
    std::unique_ptr<PlainListener> m_metricsListener;
    Upkeep m_upkeep;
    ControlLag m_lag;
    AdminSocket m_admin;
    OperatorPage m_page;
    std::int64_t m_adminRevision = 0;
    Monotonic m_stopAskedAt;
    int m_stopping = 0; ///< parts that still drain
};

} // namespace higgs::server
