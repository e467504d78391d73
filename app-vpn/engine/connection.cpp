// SPDX-License-Identifier: GPL-3.0-or-later
// The person's side of the engine: connect, disconnect, restore, status; and the state's changes.
#include "app-vpn/engine/client_engine_p.h"

#include "app-vpn/engine/routing_choice.h"
#include "shared/base/log.h"
#include "shared/net/stun_binding.h"
#include "shared/tunnel/exit_surroundings.h"
#include "shared/tunnel/privileges.h"

#include <array>
#include <cstring>
#include <unistd.h>

namespace higgs::vpn {

namespace {

/// A person should hear soon that the server does not answer; the plan goes on trying.
constexpr Milliseconds QuestionDeadline{4'000};

/// After a block that the machine did not take: modules may still be loading at its start.
constexpr Milliseconds BlockRetry{1'000};

/// After a change: a container that gets a part of the network card opens it a moment after it was
/// made, where no tidings of it come from.
constexpr Milliseconds SecondLook{1'500};
constexpr Milliseconds SettingsInterval{5'000};
} // namespace

void drawMarks(ClientConfig &config)
{
    std::array<std::uint8_t, 8> random{};
    do {
        fillRandom(random);
        std::memcpy(&config.socketMark, random.data(), sizeof config.socketMark);
        std::memcpy(&config.excludeMark, random.data() + 4, sizeof config.excludeMark);
    } while (config.socketMark == 0 || config.excludeMark == 0 ||
             config.socketMark == config.excludeMark);
}

ClientNetworkOptions networkOptions(const ClientConfig &config)
{
    ClientNetworkOptions options;
    options.stateDir = config.dataDir;
    options.interfaceName = config.interfaceName;
    options.mark = config.socketMark;
    options.excludeMark = config.excludeMark;
    options.uid = ::geteuid();
    return options;
}

ClientEngine::Private::Private(ClientEngine &owner, EpollSet &epoll, ClientConfig clientConfig)
    : config(std::move(clientConfig)),
      m_owner(owner),
      m_epoll(epoll),
      m_network(networkOptions(config)),
      m_watch(config.interfaceName, ClientNetworkOptions{}.table),
      m_blockWatch(FirewallWatch::Scope::Block),
      m_addresses(epoll, config.dataDir, config.socketMark,
                  [this] { return m_network.tunnelResolvers(); }),
      m_named([this] { return nearbyNetworks(config.interfaceName); }),
      m_fleet(fleetOptions()),
      // A fresh id each start: the server needs to tell clients apart, not to know them again.
      m_clientId(*ClientId::parse(randomUuid()))
{
    m_retryTimer.setSingleShot(true);
    m_findingTimer.setSingleShot(true);
    connect(&m_findingTimer, &QTimer::timeout, this, &Private::routerFound);
    m_giveUpTimer.setSingleShot(true);
    m_renewTimer.setSingleShot(true);
    m_pauseTimer.setSingleShot(true);
    m_verifyTimer.setSingleShot(true);
    connect(&m_verifyTimer, &QTimer::timeout, this, &Private::verifyBlock);
    connect(&m_settingsTimer, &QTimer::timeout, this, [this] {
        if (!m_network.lookAtLeaks() || !m_network.settingsStand())
            verifyBlock();
    });
    m_settingsTimer.start(SettingsInterval);
    connect(&m_retryTimer, &QTimer::timeout, this, &Private::retry);
    connect(&m_giveUpTimer, &QTimer::timeout, this, &Private::giveUpIfLate);
    connect(&m_renewTimer, &QTimer::timeout, this, &Private::renew);
    m_beyondTimer.setSingleShot(true);
    connect(&m_beyondTimer, &QTimer::timeout, this, [this] { askBeyond(beyond()); });
    connect(&m_pauseTimer, &QTimer::timeout, this, &Private::pauseOver);
    connect(&m_watch, &NetworkWatch::uplinkChanged, this, &Private::uplinkChanged);
    connect(&m_watch, &NetworkWatch::slept, this, &Private::woke);
    watchPlace();
    connect(&m_blockWatch, &FirewallWatch::changed, this, [this] {
        verifyBlock();
        if (!m_verifyTimer.isActive())
            m_verifyTimer.start(SecondLook);
    });
    connect(&m_addresses, &ServerAddresses::refreshed, this,
            [this](const std::string &host, const std::string &error) {
                if (host == config.serverHost)
                    addressesRefreshed(error);
            });
    makeApi();
}

ClientEngine::Private::~Private() = default;

void ClientEngine::Private::makeApi()
{
    ApiClientOptions options;
    options.host = config.serverHost;
    options.port = config.serverPort;
    options.trust = config.trust;
    options.mark = config.socketMark;
    options.deadline = QuestionDeadline;
    options.proven = [this](const std::string &host, const IpAddress &address) {
        m_addresses.proven(host, address);
    };
    m_fleet.setEntry({config.serverHost, config.serverPort});
    options.fleet = &m_fleet;
    m_api = std::make_unique<ApiClient>(m_epoll, std::move(options));
    m_serverInfo.reset();
    m_beyondHeard.clear();
}

Result<void> ClientEngine::Private::start()
{
    if (Result<void> allowed = checkTunnelPrivileges(config.tunnel); !allowed)
        return allowed;
    if (const Result<void> watching = m_watch.start(); !watching)
        log::warning("client", "changes of the network are noticed late",
                     {{"error", watching.error().detail}});
    if (const Result<void> watching = m_blockWatch.start(); !watching)
        log::warning("client", "nobody would notice if the block were removed",
                     {{"error", watching.error().detail}});
    if (m_network.isBlocked() || config.policy.lockdown) {
        // A predecessor died with its block up, and nobody has asked to open the line since; or
        // the person wants it up whenever there is no tunnel.
        if (config.policy.lockdown) {
            setProblem(Problem::Lockdown, {});
        } else {
            log::warning("client", "adopted the kill switch of an earlier run", {});
            setProblem(Problem::TunnelFailed, "an earlier run ended without disconnecting");
        }
        m_state = ClientState::Blocked;
        m_protectedBefore = true;
        if (Result<void> blocked = m_network.block(blockPolicy()); !blocked)
            return blocked;
        if (Result<void> down = m_network.takeDown(); !down)
            log::warning("client", "old routes could not be taken down",
                         {{"error", down.error().detail}});
        return removeStaleDevice(config.interfaceName);
    }
    if (!config.serverHost.empty())
        m_addresses.refresh(config.serverHost, true);
    putBackLeftovers();
    return {};
}

void ClientEngine::Private::connectTunnel(const ConnectRequest &request)
{
    m_protectedBefore = m_state != ClientState::Disconnected && m_network.isBlocked();
    begin(request, {}, true);
}

void ClientEngine::Private::begin(const ConnectRequest &request, const NodeId &returnTo, bool keep)
{
    endPause();
    noteLeftExit();
    m_switch.returnTo = returnTo;
    m_switch.going = m_state == ClientState::Connected || m_state == ClientState::Reconnecting ||
                     (m_state == ClientState::Connecting && m_switch.going);
    if (!nextState(m_state, ClientEvent::ConnectAsked))
        return;
    if (keep)
        keepSession();
    else
        endStanding();
    m_status.switchFault.reset();
    // Before the state is told: nobody is to see it with the request before.
    m_request = request;
    m_wanted = true;
    m_status.reconnects = 0;
    m_status.since.reset();
    setProblem(Problem::None, {});
    apply(ClientEvent::ConnectAsked);
    endSession();
    const Monotonic now = monotonicNow();
    m_plan.begin(now);
    m_giveUpTimer.start(GiveUpAfter);
    if (config.serverHost.empty()) {
        m_wanted = false; // nothing goes on by itself, and a server may be named
        refuse(Problem::NoServer, "no server is configured");
        return;
    }
    if (request.path != PathPreference::Auto && request.path != PathPreference::Relay &&
        !request.via.empty()) {
        refuse(Problem::PathNotAvailable,
               request.path == PathPreference::Direct
                   ? "by an entry node there is no straight way to the exit"
                   : "by an entry node there is no way over TURN to the exit");
        return;
    }
    if (!request.country.empty() && !protocol::CountryCode::parse(request.country)) {
        refuse(Problem::NoMatchingNode, "not a country: " + request.country);
        return;
    }
    attempt();
}

void ClientEngine::Private::disconnectTunnel()
{
    m_wanted = false;
    if (m_pausedUntil) {
        endPause();
        Q_EMIT m_owner.statusChanged();
    }
    if (!apply(ClientEvent::DisconnectAsked)) {
        setProblem(Problem::None, {}); // of a wish that is over
        putBackLeftovers();
        return;
    }
    endSession();
    openLine();
}

void ClientEngine::Private::openLine()
{
    if (config.policy.lockdown) {
        // The rules are exchanged where they stand: there is no moment without a block.
        Result<void> locked = m_network.takeDown();
        if (const Result<void> blocked = m_network.block(blockPolicy()); !blocked)
            locked = blocked;
        if (!locked)
            log::error("client", "not all of the tunnel's settings could be taken down",
                       {{"error", locked.error().detail}});
        setProblem(Problem::Lockdown, locked ? std::string() : locked.error().detail);
        apply(ClientEvent::LockedDown);
        return;
    }
    const bool gaveBackBefore = m_status.problem == Problem::NotRestored;
    if (!noteRestoration(m_network.restore()))
        return;
    const bool all = !m_network.hasLeftovers();
    if (all && m_status.problem != Problem::None && (m_protectedBefore || gaveBackBefore))
        setProblem(Problem::None, {});
    apply(ClientEvent::Restored);
    // For the next connection: the system's resolver may know what no other does.
    if (!config.serverHost.empty())
        m_addresses.refresh(config.serverHost, true);
}

bool ClientEngine::Private::noteRestoration(const Result<Restoration> &restored)
{
    if (restored && restored->left.empty())
        return true;
    const std::string &detail = restored ? restored->left : restored.error().detail;
    log::error("client", "the network could not be restored", {{"error", detail}});
    setProblem(Problem::NotRestored, detail);
    if (!restored)
        apply(ClientEvent::GaveUp);
    return restored.has_value();
}

void ClientEngine::Private::putBackLeftovers()
{
    if (m_state != ClientState::Disconnected || !m_network.hasLeftovers())
        return;
    setProblem(Problem::None, {});
    static_cast<void>(noteRestoration(m_network.restore()));
    Q_EMIT m_owner.statusChanged();
}

Result<std::string> ClientEngine::Private::restoreNetwork()
{
    endSession();
    endStanding();
    endPause();
    m_wanted = false;
    config.policy.lockdown = false; // or the machine would not be given back
    const Result<Restoration> restored = m_network.restore();
    setProblem(Problem::None, {});
    m_state = restored ? ClientState::Disconnected : ClientState::Blocked;
    static_cast<void>(noteRestoration(restored));
    Q_EMIT m_owner.statusChanged();
    if (!restored)
        return unexpected(restored.error());
    if (!restored->left.empty())
        return unexpected(ErrorCode::System, "the line is open, but " + restored->left);
    return restored->file;
}

ClientStatus ClientEngine::Private::status() const
{
    ClientStatus status = m_status;
    status.state = m_state;
    status.killSwitch = m_network.stands();
    if (m_network.isBlocked() && !status.killSwitch)
        status.blockFault = m_blockFault;
    status.beside = m_network.surroundings().beside;
    status.unguarded = m_network.unguarded();
    status.switching = m_state == ClientState::Connecting && m_switch.going;
    if (status.switching && m_switch.from) {
        status.switchingFrom = m_switch.from;
        status.switchingFrom->carries = m_switch.standing.has_value();
    }
    status.pausedUntil = m_pausedUntil;
    m_place.tell(status);
    status.serverVersion = m_serverInfo ? m_serverInfo->version : std::string();
    if (m_state == ClientState::Disconnected && !status.killSwitch && m_serverInfo)
        status.exposedAddress = m_serverInfo->clientAddress;
    if (m_session)
        status.mappedAddress = m_place.mapped();
    status.lockdown = config.policy.lockdown;
    if (m_wanted) {
        status.request = m_request;
    } else { // what is left of a connection that nobody wants any more
        status.country.clear();
        status.region.clear();
        status.reconnects = 0;
    }
    if (m_state == ClientState::Blocked || m_state == ClientState::Disconnected)
        status.since.reset();
    if (m_state == ClientState::Reconnecting)
        status.health = Health::NoSignal;
    if (!m_session)
        return status;
    const protocol::SelectedRoute &route = m_session->route();
    const protocol::WireguardConfig &wireguard = route.nodeEndpoint.wireguardConfig;
    status.node = route.nodeEndpoint.nodeId;
    status.session = route.relayEndpoint.sessionId;
    status.tunnelAddress = wireguard.address.address;
    if (!wireguard.addressV6.address.isNull())
        status.tunnelAddressV6 = wireguard.addressV6.address;
    status.tunnelKind = m_session->tunnelKind();
    if (m_state == ClientState::Connected) {
        status.path = m_session->path();
        status.pathReason = m_session->pathReason();
        if (const std::optional<Error> fault = m_session->turnFault())
            status.turnFault = fault->detail;
        status.pathAdvice = protocol::advise(
            {.path = *status.path,
             .reason = *status.pathReason,
             .own = status.natType,
             .exit = status.exitNat,
             .turnOffered = route.turnConfig && protocol::offersTurn(*route.turnConfig),
             .turnFails = !status.turnFault.empty(),
             .ownFirewall = status.ownFirewall});
        status.rttMs = m_session->rttMs();
        status.health = m_session->health();
        const PeerStats stats = m_session->stats();
        status.rxBytes = stats.rxBytes;
        status.txBytes = stats.txBytes;
        status.lost = m_session->losses();
        status.lost.tunnel = stats.droppedDatagrams;
    }
    return status;
}

bool ClientEngine::Private::apply(ClientEvent event)
{
    const std::optional<ClientState> next = nextState(m_state, event);
    if (!next)
        return false;
    if (*next != m_state) {
        log::info("client", "state",
                  {{"from", toString(m_state)},
                   {"to", toString(*next)},
                   {"problem", toString(m_status.problem)}});
        const ClientState from = std::exchange(m_state, *next);
        if (m_state != ClientState::Connecting)
            endStanding(); // no other state says that one is left
        followState(from);
    }
    Q_EMIT m_owner.statusChanged();
    return true;
}

void ClientEngine::Private::setProblem(Problem problem, std::string detail)
{
    m_status.problem = problem;
    m_status.problemDetail = std::move(detail);
}

void ClientEngine::Private::refuse(Problem problem, std::string detail)
{
    log::warning("client", "refused", {{"problem", toString(problem)}, {"detail", detail}});
    if (goBack(SwitchFault{m_request.country, problem, detail}))
        return;
    setProblem(problem, std::move(detail));
    ++m_attempt;
    endSession();
    // The wish stands, and the block with it, until a person takes it back.
    if (m_network.isBlocked() || m_protectedBefore || config.policy.lockdown ||
        m_state != ClientState::Connecting) {
        if (const Result<void> blocked = m_network.block(blockPolicy()); !blocked)
            log::error("client", "the block could not be put up",
                       {{"error", blocked.error().detail}});
        apply(ClientEvent::GaveUp);
        return;
    }
    m_wanted = false;
    bareLine();
}

void ClientEngine::Private::bareLine()
{
    apply(ClientEvent::Refused);
    const std::string why = m_status.problemDetail;
    if (!noteRestoration(m_network.restore()))
        return;
    if (m_network.hasLeftovers())
        m_status.problemDetail += why.empty() ? "" : "; not connected: " + why;
    apply(ClientEvent::Restored);
}

void ClientEngine::Private::unblocked(Problem problem, std::string detail)
{
    log::error("client", "the block cannot be put up: the line is open", {{"detail", detail}});
    setProblem(problem, std::move(detail));
    ++m_attempt;
    bareLine();
    if (m_state == ClientState::Disconnected && problem != Problem::NoPermission)
        m_retryTimer.start(BlockRetry);
    else
        m_wanted = false;
}

void ClientEngine::Private::endSession()
{
    ++m_attempt;
    m_status.exitNat = protocol::NatType::Unknown;
    m_retryTimer.stop();
    m_findingTimer.stop();
    m_renewTimer.stop();
    m_waitingForAddresses = false;
    m_beyond.reset();
    m_beyondTimer.stop();
    m_status.exitAddress.reset();
    m_status.exitAddressV6.reset();
    if (!m_switch.standing)
        m_place.stop();
    if (m_session)
        leaveSession();
}

} // namespace higgs::vpn
