// SPDX-License-Identifier: GPL-3.0-or-later
// The inside of NodeEngine: the exit, the standing with the server, the guests, and their limits.
#pragma once

#include "app-node/engine/address_inquiry.h"
#include "app-node/engine/guest.h"
#include "app-node/engine/guest_answers.h"
#include "app-node/engine/home_networks.h"
#include "app-node/engine/line_quality.h"
#include "app-node/engine/look_aside.h"
#include "app-node/engine/named_servers.h"
#include "app-node/engine/node_engine.h"
#include "app-node/engine/other_servers.h"
#include "app-node/engine/registration.h"
#include "app-node/engine/surroundings_reader.h"
#include "app-node/engine/traffic_rate.h"
#include "app-node/engine/uplink_probe.h"
#include "app-node/engine/waiting_offers.h"
#include "shared/net/family_witness.h"
#include "shared/net/signal_link.h"
#include "shared/net/stun_responder.h"
#include "shared/paths/nat_watch.h"
#include "shared/paths/silent_rounds.h"
#include "shared/portmap/port_mapper.h"
#include "shared/tunnel/exit_network.h"
#include "shared/tunnel/firewall_watch.h"
#include "shared/tunnel/network_watch.h"

#include <QTimer>
#include <deque>
#include <set>

namespace higgs::node {

class NodeEngine::Private : public QObject
{
    Q_OBJECT

public:
    Private(NodeEngine &owner, EpollSet &epoll, NodeConfig config);
    ~Private() override;

    Result<void> start();
    void setSharing(bool on);
    Result<void> restoreNetwork();
    void leave();
    Result<void> setServer(std::string host, std::uint16_t port, ServerTrust trust);
    void setAccessKey(SecretText key);
    void setPlace(std::string country, std::string region);
    [[nodiscard]] const NodeConfig &config() const { return m_config; }
    void setLimits(const NodeLimits &limits);
    void pause(std::optional<WallTime> until);
    Result<void> endGuest(std::uint64_t number);
    Result<ExitSafety> attackHome();
    [[nodiscard]] NodeStatus status();
    [[nodiscard]] const UsageLedger &usage();
    [[nodiscard]] const HourLedger &hours();
    [[nodiscard]] LocalTime localNow() const;
    [[nodiscard]] WallTime wallOf(LocalTime time) const;
    [[nodiscard]] WallTime comingWallOf(LocalTime time) const;

private:
    // On and off: node_engine.cpp.
    void makeServerLink();
    void switchOn();
    void shutDown();
    void restart();
    void resolveServer();
    void resolveServerAgain();
    void setState(NodeState state, NodeProblem problem = NodeProblem::None,
                  std::string detail = {});
    // The exit and its guests: sharing.cpp.
    void serverKnown(const protocol::ServerInfo &info);
    Result<void> openExit(const protocol::ServerInfo &info);
    Result<void> openResponders(const std::vector<InterfaceAddress> &gateways);
    void closeExit();
    void registered(bool pending);
    void openSignalLink();
    void offered(protocol::SessionConnect session);
    void guestEnded(const SessionId &session, const std::string &reason);
    void forgetTraffic(const std::vector<IpPrefix> &addresses);
    void showOccupancy();
    [[nodiscard]] NodeFigures figures();
    void readWireguardCounters();
    // What the server asks: server_actions.cpp.
    void watchActions();
    void obey(protocol::NodeAction &action);
    void setMaintenance(const protocol::MaintenanceAction &action);
    void dismissGuests();
    void restartSoon();
    // The router as the outside sees it: router.cpp.
    void findStunServers();
    void resolveStunServer(std::size_t number, std::vector<Endpoint> found);
    void askMappedAddress();
    void mapped(const StunBindingResult &result, bool primary);
    void takePortBack();
    void seenAs(const IpAddress &address, const IpAddress &server);
    void inquiryFinished();
    void tellPlace();
    void portsCounted();
    void mappingChanged();
    void showFamilies();
    void proceedOpening();
    void applyRouter();
    void networksAnswered();
    // Whether the home is safe: safety.cpp.
    void watchMachine();
    void failExit(const Error &error);
    Result<void> testSafety();
    void firewallChanged(bool elsewhere);
    void testAgain();
    void uplinkChanged();
    void readFuse();
    void lookedAside(const HomeSeen &home);
    // Whether guests get answers: answers.cpp.
    void askAnswers();
    void answersSettled(const ReturnVerdict &verdict);
    // What the owner allows, and when: limits.cpp.
    void watchLimits();
    void tick();
    void account();
    void applyLimits();
    void askSurroundings();
    [[nodiscard]] std::uint64_t usedThisMonth() const;
    void fillLimits(NodeStatus &status);
    // Giving way to the owner: neighbour.cpp.
    void watchNeighbours();
    void applyNeighbour();
    void applyRates();
    double guestUse();
    [[nodiscard]] NeighbourStatus neighbourStatus() const;
    NodeEngine &m_owner;
    EpollSet &m_epoll;
    NodeConfig m_config;
    std::unique_ptr<Identity> m_identity;
    ExitNetwork m_exit;
    LookAside m_look{m_exit};
    GuestAnswers m_answers{m_epoll};
    OtherServers m_others;
    std::unique_ptr<ApiClient> m_api;
    std::unique_ptr<Registration> m_registration;
    FamilyWitness m_witness; ///< by the node's token
    KnownAddresses m_knownAddresses;
    bool m_resolving = false;
    std::vector<IpAddress> m_serverAddresses; ///< to try, in this order
    protocol::ServerInfo m_server;
    std::unique_ptr<TunnelDevice> m_device;
    std::vector<std::unique_ptr<StunResponder>> m_responders;
    std::unique_ptr<SignalLink> m_signal;
    std::unique_ptr<UdpMux> m_mux; ///< while sharing
    std::unique_ptr<AddressInquiry> m_inquiry;
    bool m_askAgain = false; ///< something happened while it was under way
    Paced m_inquiries{{AddressInquiry::AtOnce, AddressInquiry::Interval}};
    Paced m_sightings{{AddressInquiry::AtOnce, AddressInquiry::Interval}};
    RouterKnowledge m_router;
    HomeNetworks m_homeNetworks;
    std::optional<CheckedEndpoint> m_lineServer; ///< that the line is measured to
    NamedServers m_named{m_config, m_router, m_knownAddresses};
    NatWatch m_nat;                    ///< of m_mux
    std::optional<double> m_stunRttMs; ///< of the latest answer
    std::optional<Endpoint> m_mapped;
    OwnPlace m_place; ///< for guests
    SilentRounds m_silent;
    portmap::PortMapper m_mapper{m_epoll};
    std::optional<Endpoint> m_local; ///< what m_mapped is the mapping of
    GuestTraffic m_traffic;
    std::map<SessionId, std::unique_ptr<Guest>> m_guests;
    WaitingOffers m_waiting;
    NodeState m_state = NodeState::Off;
    NodeProblem m_problem = NodeProblem::None;
    std::string m_problemDetail;
    WallTime m_since;
    bool m_sharing = false;     ///< the owner's wish
    bool m_openingExit = false; ///< waits for the router's addresses
    bool m_unoffered = false;   ///< the exit stands, and is tried before it is offered
    bool m_running = false;     ///< between switchOn() and shutDown()
    bool m_maintenance = false;
    bool m_signalUp = false;
    std::uint64_t m_generation = 0;
    std::uint64_t m_lastNumber = 0; ///< of a guest
    GuestTotals m_guestTotals;
    WireguardCounters m_wireguard;
    WireguardCounters m_wireguardGone; ///< of guests that have left
    std::optional<Monotonic> m_wireguardReadAt;
    QTimer m_stunTimer, m_resolveTimer;
    QTimer m_restartTimer;
    QTimer m_drainTimer; ///< in maintenance: then the last guests have to go
    NetworkWatch m_networkWatch;
    FirewallWatch m_firewallWatch;
    std::optional<ExitSafety> m_safety;
    std::uint64_t m_fuseTrips = 0;
    std::uint64_t m_carriedAtFuse = 0; ///< bytes from guests when the fuse was read last
    std::set<IpAddress> m_cut;         ///< guests whom the fuse holds
    QTimer m_fuseTimer, m_rulesTimer;
    QTimer m_testTimer; ///< a change came too soon after the last test
    Monotonic m_testedAt;
    UplinkProbe m_uplinkProbe;
    NeighbourControl m_neighbour;
    LineQuality m_line;
    unsigned m_lostInRow = 0;
    bool m_measures = false; ///< the line is probed
    bool m_yields = false;   ///< and guests give way by that
    GuestRates m_ratesNow;   ///< in force
    std::deque<UseSample> m_useSamples;
    PolicyVerdict m_verdict; ///< None: the limits let the node share
    std::optional<WallTime> m_pausedUntil;
    Surroundings m_surroundings;
    SurroundingsReader m_surroundingsReader;
    UsageLedger m_usage;
    HourLedger m_hours;
    TrafficCounts m_accounted; ///< of the totals, what the ledger has
    TrafficCounts m_atStart;   ///< the totals when sharing was switched on
    TrafficRate m_rate;
    std::map<std::uint64_t, TrafficRate> m_guestRates;
    std::optional<Monotonic> m_tickedAt;
    QTimer m_tickTimer, m_surroundingsTimer;
};

} // namespace higgs::node
