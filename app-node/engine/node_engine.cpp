// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/node_engine.h"

#include "app-node/engine/node_engine_p.h"
#include "shared/base/log.h"
#include "shared/net/host_resolver.h"
#include "shared/net/tls_context.h"
#include "shared/tunnel/privileges.h"

namespace higgs::node {

namespace {

constexpr Milliseconds ResolveRetry{10'000};
constexpr Milliseconds LongestGoodbye{3'000};      // a new connection over a far line, and more
constexpr std::int64_t MorningSeconds = 6 * 3'600; ///< when "until tomorrow" is over

} // namespace

NodeEngine::NodeEngine(EpollSet &epoll, NodeConfig config, QObject *parent)
    : QObject(parent), d(std::make_unique<Private>(*this, epoll, std::move(config)))
{}

NodeEngine::~NodeEngine() = default;

Result<void> NodeEngine::start()
{
    return d->start();
}

void NodeEngine::setSharing(bool on)
{
    d->setSharing(on);
}

Result<void> NodeEngine::restoreNetwork()
{
    return d->restoreNetwork();
}

Result<void> NodeEngine::setServer(std::string host, std::uint16_t port, ServerTrust trust)
{
    return d->setServer(std::move(host), port, std::move(trust));
}

void NodeEngine::setAccessKey(SecretText key)
{
    d->setAccessKey(std::move(key));
}

void NodeEngine::setPlace(std::string country, std::string region)
{
    d->setPlace(std::move(country), std::move(region));
}

const NodeConfig &NodeEngine::config() const
{
    return d->config();
}

void NodeEngine::pause(std::optional<WallTime> until)
{
    d->pause(until);
}

Result<void> NodeEngine::endGuest(std::uint64_t number)
{
    return d->endGuest(number);
}

Result<ExitSafety> NodeEngine::attackHome()
{
    return d->attackHome();
}

void NodeEngine::leave()
{
    d->leave();
}

void NodeEngine::setLimits(const NodeLimits &limits)
{
    d->setLimits(limits);
}

NodeStatus NodeEngine::status() const
{
    return d->status();
}

const UsageLedger &NodeEngine::usage() const
{
    return d->usage();
}

const HourLedger &NodeEngine::hours() const
{
    return d->hours();
}

LocalDay NodeEngine::today() const
{
    return dayOf(d->localNow());
}

WallTime NodeEngine::nextMorning() const
{
    const LocalTime now = d->localNow();
    LocalTime morning{startOf(dayOf(now)).seconds + MorningSeconds};
    if (morning <= now)
        morning = {startOf(dayOf(now) + 1).seconds + MorningSeconds};
    return d->comingWallOf(morning);
}

NodeEngine::Private::Private(NodeEngine &owner, EpollSet &epoll, NodeConfig config)
    : m_owner(owner),
      m_epoll(epoll),
      m_config(std::move(config)),
      m_exit(ExitNetworkOptions{m_config.dataDir, m_config.interfaceName}),
      m_others(
          m_config.dataDir, [this] { return m_serverAddresses; },
          [this](const auto &addresses, auto port) { return m_named.relay(addresses, port); }),
      m_witness(m_epoll,
                [this](ApiClient &api, FamilyWitness::Done done) {
                    api.turnServers(m_registration->token(),
                                    {&api, [done](const auto &answer) { done(bool(answer)); }});
                }),
      m_homeNetworks(m_epoll),
      m_nat(
          [this](const Endpoint &second) {
              return m_named.mayAsk(second) ? std::optional(second) : std::nullopt;
          },
          [&epoll](const CheckedEndpoint &server) {
              return std::make_unique<PortCount>(epoll, server, std::nullopt);
          }),
      m_since(wallNow()),
      m_networkWatch(m_config.interfaceName, 0),
      m_uplinkProbe(m_epoll),
      m_pausedUntil(m_config.pausedUntil),
      m_usage(std::move(m_config.usage)),
      m_hours(std::move(m_config.hours))
{
    connect(&m_stunTimer, &QTimer::timeout, this, &Private::askMappedAddress);
    m_inquiries.timer.setSingleShot(true);
    connect(&m_inquiries.timer, &QTimer::timeout, this, &Private::askMappedAddress);
    m_sightings.timer.setSingleShot(true);
    connect(&m_sightings.timer, &QTimer::timeout, this, &Private::applyRouter);
    connect(&m_nat, &NatWatch::counted, this, &Private::portsCounted);
    connect(&m_witness, &FamilyWitness::shown, this, [this] {
        m_registration->refresh();
        for (const auto &[id, guest] : m_guests)
            guest->tellAnew();
    });
    connect(&m_nat, &NatWatch::changed, this, [this] {
        tellPlace(); // which is what is registered
        m_registration->refresh();
        Q_EMIT m_owner.statusChanged();
    });
    connect(&m_mapper, &portmap::PortMapper::changed, this, &Private::mappingChanged);
    connect(&m_homeNetworks, &HomeNetworks::answered, this, &Private::networksAnswered);
    m_resolveTimer.setSingleShot(true);
    connect(&m_resolveTimer, &QTimer::timeout, this, &Private::resolveServer);
    watchActions();
    watchNeighbours();
    watchLimits();
}

NodeEngine::Private::~Private()
{
    shutDown();
}

Result<void> NodeEngine::Private::start()
{
    if (Result<void> allowed = checkTunnelPrivileges(m_config.tunnel); !allowed)
        return allowed;
    if (!m_config.serverHost.empty()) {
        if (const Result<TlsContext> context = TlsContext::client(m_config.trust); !context)
            return unexpected(context.error());
    }
    if (Result<void> clean = restoreNetwork(); !clean)
        return clean;
    Result<Identity> identity = identityFor(
        m_config.dataDir, {m_config.serverHost, m_config.serverPort, m_config.trust.pin});
    if (!identity)
        return unexpected(identity.error());
    m_identity = std::make_unique<Identity>(std::move(*identity));
    watchMachine();
    makeServerLink();
    return {};
}

void NodeEngine::Private::makeServerLink()
{
    ApiClientOptions options;
    options.host = m_config.serverHost;
    options.port = m_config.serverPort;
    options.trust = m_config.trust;
    m_knownAddresses = {};
    options.proven = [this](const std::string &host, const IpAddress &address) {
        if (host != m_config.serverHost)
            m_others.proven(host, address);
        else if (m_knownAddresses.proven(address))
            m_serverAddresses = m_knownAddresses.inOrder();
        if (m_signal) // which may wait for its turn
            m_signal->serverIsThere();
    };
    m_others.fleet().setEntry({m_config.serverHost, m_config.serverPort});
    options.fleet = &m_others.fleet();
    m_registration.reset();
    m_api = std::make_unique<ApiClient>(m_epoll, std::move(options));
    m_registration =
        std::make_unique<Registration>(*m_api, m_config, *m_identity, [this] { return figures(); });
    connect(m_registration.get(), &Registration::serverKnown, this, &Private::serverKnown);
    connect(m_registration.get(), &Registration::registered, this, &Private::registered);
    connect(m_registration.get(), &Registration::failed, this,
            [this](NodeProblem problem, const std::string &detail) {
                setState(NodeState::Problem, problem, detail);
                // What the name said may be a captive portal's, or of yesterday.
                if (problem == NodeProblem::ServerUnreachable ||
                    problem == NodeProblem::ServerUntrusted ||
                    problem == NodeProblem::CertificateDates)
                    resolveServerAgain();
            });
    connect(m_registration.get(), &Registration::actionReceived, this,
            [this](const std::shared_ptr<protocol::NodeAction> &action) { obey(*action); });
}

void NodeEngine::Private::setPlace(std::string country, std::string region)
{
    m_config.country = std::move(country);
    m_config.region = std::move(region);
    if (m_running)
        m_registration->refresh();
    Q_EMIT m_owner.statusChanged();
}

void NodeEngine::Private::setSharing(bool on)
{
    if (on == m_sharing) {
        applyLimits();
        return;
    }
    m_sharing = on;
    if (on) {
        m_atStart = m_traffic.totals();
        m_guestTotals = {};
        m_fuseTrips = 0;
        applyLimits();
    } else {
        shutDown();
        m_verdict = {};
        setState(NodeState::Off);
    }
}

Result<void> NodeEngine::Private::restoreNetwork()
{
    if (m_sharing)
        setSharing(false);
    const Result<void> removed = removeStaleDevice(m_config.interfaceName);
    const Result<void> restored = m_exit.restore();
    return removed ? restored : removed;
}

void NodeEngine::Private::leave()
{
    const auto done = [this] { Q_EMIT m_owner.leftServer(); };
    connect(m_registration.get(), &Registration::left, this, done);
    const Milliseconds longest = m_sharing ? LongestGoodbye : Milliseconds(0);
    setSharing(false);
    // From now on: what took the exit down had this thread, and nothing was sent in that time.
    QTimer::singleShot(longest, this, done);
}

void NodeEngine::Private::switchOn()
{
    ++m_generation;
    m_running = true;
    m_maintenance = false;
    if (m_config.serverHost.empty()) {
        setState(NodeState::Problem, NodeProblem::NoServer, "no server is configured");
        return;
    }
    setState(NodeState::Starting);
    resolveServer();
}

void NodeEngine::Private::resolveServer()
{
    resolveHost(
        m_config.serverHost,
        {this, [this, generation = m_generation](const Result<std::vector<IpAddress>> &addresses) {
             if (generation != m_generation)
                 return;
             if (addresses)
                 m_knownAddresses.answered(*addresses);
             m_serverAddresses = m_knownAddresses.inOrder();
             if (m_serverAddresses.empty() && m_others.fleet().others().empty()) {
                 setState(NodeState::Problem, NodeProblem::ServerUnreachable,
                          "the server's name does not resolve: " + addresses.error().detail);
                 m_resolveTimer.start(ResolveRetry);
                 return;
             }
             m_api->setAddresses(m_serverAddresses);
             m_registration->start();
         }});
}

/// The server may have moved: the next attempts go to where its name points now.
void NodeEngine::Private::resolveServerAgain()
{
    if (m_config.serverHost.empty() || std::exchange(m_resolving, true))
        return;
    const auto answered =
        [this, generation = m_generation](const Result<std::vector<IpAddress>> &addresses) {
            m_resolving = false;
            if (generation != m_generation || !addresses)
                return;
            m_knownAddresses.answered(*addresses);
            std::vector<IpAddress> now = m_knownAddresses.inOrder();
            if (now == m_serverAddresses)
                return;
            log::info("node", "the server's name has other addresses now");
            m_serverAddresses = std::move(now);
            m_api->setAddresses(m_serverAddresses);
            if (m_signal)
                m_signal->setAddresses(m_serverAddresses);
            for (const auto &[session, guest] : m_guests)
                guest->serverMoved();
            if (m_device)
                findStunServers(); // they are most often the same machine
        };
    resolveHost(m_config.serverHost, {this, answered});
}

void NodeEngine::Private::shutDown()
{
    ++m_generation;
    m_running = false;
    m_openingExit = false;
    m_resolveTimer.stop();
    m_restartTimer.stop();
    m_drainTimer.stop();
    for (QTimer *timer : {&m_stunTimer, &m_inquiries.timer, &m_sightings.timer})
        timer->stop();
    if (m_registration)
        m_registration->stop();
    m_signal.reset();
    m_signalUp = false;
    m_inquiry.reset();
    m_nat.setMux(nullptr);
    m_homeNetworks.stop();
    m_askAgain = false;
    closeExit();
    m_mux.reset(); // after the guests, who send by it
    m_place = {};
    m_silent = {};
    account();
}

void NodeEngine::Private::restart()
{
    if (!m_running)
        return;
    shutDown();
    switchOn();
}

void NodeEngine::Private::setState(NodeState state, NodeProblem problem, std::string detail)
{
    if (state != m_state || problem != m_problem)
        log::info("node", "state",
                  {{"from", toString(m_state)},
                   {"to", toString(state)},
                   {"problem", toString(problem)},
                   {"detail", detail}});
    if (state != m_state)
        m_since = wallNow();
    m_state = state;
    m_problem = problem;
    m_problemDetail = std::move(detail);
    Q_EMIT m_owner.statusChanged();
}

NodeStatus NodeEngine::Private::status()
{
    account();
    NodeStatus status;
    status.state = m_state;
    status.problem = m_problem;
    status.problemDetail = m_problemDetail;
    status.sharing = m_sharing;
    status.since = m_since;
    if (m_identity)
        status.nodeId = m_identity->id;
    status.country = m_config.country;
    status.region = m_config.region;
    status.serverVersion = m_server.version;
    status.natType = protocol::toString(m_nat.type());
    if (m_nat.type() != protocol::NatType::Blocked) // else it is nobody's any more
        status.mappedAddress = m_mapped;
    status.ownFirewall = m_nat.ownFirewall();
    status.nat = m_nat.report();
    status.mapping = m_mapper.status();
    if (m_mux)
        status.udpRefused = m_mux->counters();
    const bool portTaken = m_mux && m_mux->lacks(m_config.udpPort);
    status.advice = protocol::adviseHome(
        {.own = m_nat.type(),
         .mapping = protocol::parseHomeMapping(toString(status.mapping.v4.state)),
         .port = m_config.udpPort,
         .portTaken = portTaken,
         .ownFirewall = status.ownFirewall});
    status.udpPort = portTaken ? m_mux->port() : m_config.udpPort;
    status.udpPortTaken = portTaken ? m_config.udpPort : std::uint16_t{0};
    const TrafficCounts totals = m_traffic.totals();
    status.rxBytes = totals.up - m_atStart.up;
    status.txBytes = totals.down - m_atStart.down;
    if (m_mux)
        status.lost = lossesOf(*m_mux);
    status.lost.tunnel = m_device ? m_device->dropped() : 0;
    status.lost.limits = m_traffic.dropped();
    status.lost.paths = m_guestTotals.dropped;
    for (const auto &[session, guest] : m_guests)
        status.lost.paths += guest->droppedByPaths();
    status.signalLinkUp = m_signalUp;
    if (m_device)
        status.tunnelKind = higgs::toString(m_device->kind());
    status.barrierFault = m_exit.barrierFault();
    status.egressInterface = m_exit.egress();
    status.safety = m_safety;
    status.fuseTrips = m_fuseTrips;
    fillLimits(status);
    return status;
}

} // namespace higgs::node
