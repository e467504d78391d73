// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/engine/tunnel_session.h"

#include "shared/base/log.h"
#include "shared/net/stun_binding.h"
#include "shared/paths/relay_member.h"
#include "shared/tunnel/exit_network.h"

#include <algorithm>
#include <array>
#include <utility>

namespace higgs::vpn {

namespace {

constexpr Milliseconds ProbeInterval{2'000};
constexpr Milliseconds FirstProbeTimeout{12'000}; // two far round trips, one lost handshake (5 s)
constexpr Milliseconds LongestFirstProbe{24'000};
constexpr Milliseconds ProbeTimeout{2'000};
constexpr unsigned MaxMissedProbes = 3;
constexpr Milliseconds CheckAgain{300};
/// Of an exit that may be back at any moment.
constexpr Milliseconds AwaitInterval{1'000};
/// A node whose relay connection broke may be back in a moment, with nothing lost.
constexpr Milliseconds PeerGrace{1'500};

/// A relay passes what comes back at once: so long without anything is doubt.
constexpr Milliseconds RelayQuiet{700};

/// What it is to the session that its paths are lost.
SessionFailure failureOf(const PathClose &why)
{
    switch (why.end) {
    case PathEnd::SessionOver:
    case PathEnd::Replaced:
        return {Failure::SessionEnded, Problem::NodeLost, why.detail};
    case PathEnd::Untrusted:
        return {Failure::AttemptFailed, Problem::ServerUntrusted, why.detail};
    case PathEnd::NotValidNow:
        return {Failure::RelayBroke, Problem::CertificateDates, why.detail};
    case PathEnd::NotAllowed:
        return {Failure::AttemptFailed, Problem::ServerRefused, why.detail};
    case PathEnd::NoAddress:
        return {Failure::AttemptFailed, Problem::ServerUnreachable, why.detail};
    case PathEnd::PeerGone:
        return {Failure::ExitAway, Problem::NodeLost, "the exit left the relay"};
    case PathEnd::NoWay:
        return {Failure::AttemptFailed, Problem::PathNotAvailable, why.detail};
    case PathEnd::Broke:
        break;
    }
    return {Failure::RelayBroke, Problem::ServerUnreachable, why.detail};
}

InterfaceAddress interfaceAddress(const IpPrefix &prefix)
{
    return {prefix.address, prefix.length};
}

} // namespace

TunnelSession::TunnelSession(EpollSet &epoll, ClientNetwork &network, TunnelSessionOptions options,
                             protocol::SelectedRoute route, QObject *parent)
    : QObject(parent),
      m_epoll(epoll),
      m_network(network),
      m_options(std::move(options)),
      m_route(std::move(route)),
      m_paths(pathsOptions())
{
    m_probeTimer.setSingleShot(true);
    connect(&m_probeTimer, &QTimer::timeout, this, &TunnelSession::probe);
    m_awaitTimer.setSingleShot(true);
    connect(&m_awaitTimer, &QTimer::timeout, this, [this] { m_paths.awaitPeer(true); });
    connect(&m_paths, &SessionPaths::opened, this, &TunnelSession::pathOpened);
    connect(&m_paths, &SessionPaths::lost, this, &TunnelSession::pathsLost);
    m_keysTimer.setSingleShot(true);
    connect(&m_keysTimer, &QTimer::timeout, this, &TunnelSession::forgetKeys);
    connect(&m_paths, &SessionPaths::pathChanged, this, &TunnelSession::pathChanged);
    connect(&m_paths, &SessionPaths::relayRenewed, this, &TunnelSession::relayRenewed);
    connect(&m_paths, &SessionPaths::relayStands, this, [this] {
        if (std::exchange(m_relayStood, true))
            Q_EMIT relayMoved();
    });
}

SessionPathsOptions TunnelSession::pathsOptions()
{
    RelayMemberOptions member{.trust = m_options.trust,
                              .token = [this] { return m_route.sessionToken.copy(); },
                              .sessionId = m_route.relayEndpoint.sessionId,
                              .direction = protocol::Direction::ClientToNode,
                              .mark = m_options.mark,
                              .quiet = m_options.fleet != nullptr ? RelayQuiet : Milliseconds(0)};
    SessionPathsOptions options;
    options.relay = {.host = m_route.relayEndpoint.host,
                     .port = m_route.relayEndpoint.port,
                     .addresses = [this] { return m_options.relayAddresses; },
                     .check = m_options.checkRelay,
                     .make = relayMembers(m_epoll, std::move(member)),
                     .fleet = m_options.fleet};
    options.rules.quietGrace = PeerGrace;
    options.rules.only = m_options.only;
    return options;
}

TunnelSession::~TunnelSession()
{
    // The device writes into the paths and the paths into the device: part them first.
    m_paths.setReceiver(nullptr);
    if (m_device) {
        if (const auto down = m_network.takeDown(); !down)
            log::warning("tunnel", "routes could not be taken down",
                         {{"error", down.error().detail}});
        m_device.reset();
    }
}

void TunnelSession::start()
{
    const Result<PublicKey> key =
        PublicKey::parse(m_route.nodeEndpoint.wireguardConfig.publicKey.text());
    if (!key) {
        fail(Failure::AttemptFailed, Problem::ServerRefused, "the exit's key is not usable");
        return;
    }
    m_peerKey = *key;
    m_paths.start();
    lookForBetterWay();
}

void TunnelSession::lookForBetterWay()
{
    if (m_options.mux == nullptr || m_options.only == protocol::PathType::Relay ||
        m_options.cascade)
        return;
    auto codec = CheckCodec::make(m_options.key, m_peerKey, m_route.relayEndpoint.sessionId,
                                  protocol::Direction::ClientToNode);
    if (!codec)
        return;
    DirectMemberOptions direct{.codec = std::move(*codec),
                               .decides = true,
                               .check = m_options.checkExit,
                               .checkNeighbour = m_options.checkNeighbour,
                               .mayKnock = m_options.mayKnock,
                               .startedAt = m_options.startedAt,
                               .countPorts = m_options.straight ? m_options.countPorts
                                                                : std::function<void()>(),
                               .straight = m_options.straight,
                               .alone = m_options.only.has_value()};
    if (m_options.askTurn)
        direct.turn = std::make_unique<TurnLease>(
            m_epoll, TurnLeaseOptions{.ask = m_options.askTurn, .mark = m_options.mark});
    auto member = std::make_unique<DirectMember>(*m_options.mux, std::move(direct));
    m_direct = member.get();
    connect(m_direct, &DirectMember::doubtful, this, &TunnelSession::wayDoubtful);
    m_paths.add(std::move(member));
    m_direct->setOwnPlace(m_options.place);
    // Where the exit was when it registered: the first probes need not wait for its own word.
    if (const auto &endpoint = m_route.nodeEndpoint.wireguardConfig.endpoint)
        m_direct->hearCandidates(
            std::array{protocol::Candidate{protocol::CandidateType::Srflx, *endpoint}});
}

protocol::PathType TunnelSession::path() const
{
    return m_options.cascade ? protocol::PathType::Cascade : m_paths.type();
}

protocol::PathReason TunnelSession::pathReason() const
{
    return m_options.cascade ? protocol::PathReason::Cascade : m_paths.reason();
}

void TunnelSession::setExitNat(protocol::NatType type)
{
    if (m_direct != nullptr)
        m_direct->setPeerNat(type);
}

void TunnelSession::setOwnPlace(OwnPlace place)
{
    m_options.place = std::move(place);
    if (m_direct != nullptr)
        m_direct->setOwnPlace(m_options.place);
}

void TunnelSession::portsCounted(const OwnPlace &place)
{
    if (m_direct != nullptr)
        m_direct->portsCounted(place);
}

void TunnelSession::tellAnew()
{
    if (m_direct != nullptr)
        m_direct->tellAnew();
}

void TunnelSession::setRelayAddresses(std::vector<IpAddress> addresses)
{
    if (addresses == m_options.relayAddresses)
        return;
    m_options.relayAddresses = std::move(addresses);
    // What waits for the old ones may wait until its time-out.
    if (!m_failed)
        m_paths.tryNow();
}

void TunnelSession::giveUp(std::string why)
{
    fail(Failure::ExitSilent, Problem::NodeLost, std::move(why));
}

void TunnelSession::close()
{
    m_failed = true; // what follows is no loss
    m_paths.setReceiver(nullptr);
    m_paths.close();
}

void TunnelSession::pathOpened(Milliseconds took)
{
    m_keysOld = m_keysOld || (m_awaiting && monotonicNow() - m_failedAt >= KeysWait);
    if (m_device && std::exchange(m_keysOld, false)) {
        m_keysForgotten = 0;
        forgetKeys();
    } else if (m_device && m_awaiting) {
        believeKeys();
    }
    // That were four round trips to the server; handshake and probe go beyond it twice.
    m_firstProbe = std::clamp(took * 3, FirstProbeTimeout, LongestFirstProbe);
    if (const Result<void> raised = raiseTunnel(); !raised) {
        failBy(raised.error());
        return;
    }
    probe();
}

void TunnelSession::failBy(const Error &error)
{
    Problem problem = Problem::TunnelFailed;
    if (m_network.dnsFailed())
        problem = Problem::DnsFailed;
    else if (error.code == ErrorCode::Permission)
        problem = Problem::NoPermission;
    else if (error.code == ErrorCode::Forbidden)
        problem = Problem::ServerRefused;
    fail(Failure::AttemptFailed, problem, error.detail);
}

void TunnelSession::setDns(std::vector<IpAddress> servers)
{
    m_options.dns = std::move(servers);
    if (!m_device)
        return;
    if (const Result<void> routed = routeIntoTunnel(); !routed)
        failBy(routed.error());
}

Result<void> TunnelSession::raiseTunnel()
{
    const protocol::WireguardConfig &config = m_route.nodeEndpoint.wireguardConfig;
    if (m_device)
        return {}; // it has never known another path than m_paths
    std::vector<InterfaceAddress> addresses = {interfaceAddress(config.address)};
    if (!config.addressV6.address.isNull())
        addresses.push_back(interfaceAddress(config.addressV6));
    if (m_options.makeRoom)
        m_options.makeRoom();
    DeviceConfig device{m_options.interfaceName, m_options.key.copy(), addresses, config.mtu};
    Result<std::unique_ptr<TunnelDevice>> opened =
        openTunnelDevice(m_epoll, m_options.tunnel, device);
    if (!opened)
        return unexpected(opened.error());
    m_device = std::move(*opened);
    connect(m_device.get(), &TunnelDevice::failed, this, [this](const Error &error) {
        fail(Failure::AttemptFailed, Problem::TunnelFailed, error.detail);
    });

    PeerConfig peer{m_peerKey, config.allowedIps, config.persistentKeepalive};
    const Result<DatagramSink *> input = m_device->addPeer(peer, m_paths);
    if (!input)
        return unexpected(input.error());
    m_paths.setReceiver(*input);

    return routeIntoTunnel();
}

Result<void> TunnelSession::routeIntoTunnel()
{
    const protocol::WireguardConfig &config = m_route.nodeEndpoint.wireguardConfig;
    TunnelRoutes routes;
    routes.addresses = {interfaceAddress(config.address)};
    if (!config.addressV6.address.isNull())
        routes.addresses.push_back(interfaceAddress(config.addressV6));
    routes.dnsServers = m_options.dns.empty() ? config.dns : m_options.dns;
    routes.gateways = {m_options.gateway};
    if (!m_options.gatewayV6.isNull())
        routes.gateways.push_back(m_options.gatewayV6);
    return m_network.bringUp(routes);
}

void TunnelSession::pathsLost(const PathClose &why)
{
    SessionFailure failure = failureOf(why);
    if (awaitsOn(failure))
        return;
    fail(failure.failure, failure.problem, std::move(failure.detail));
}

void TunnelSession::probe()
{
    if (m_failed)
        return;
    StunBindingOptions options{
        .server = CheckedEndpoint::tunnelGateway({m_options.gateway, GatewayStunPort})};
    options.bindToInterface = m_options.interfaceName;
    const Milliseconds usual = usualTrip();
    options.timeout = m_verified ? std::max(ProbeTimeout, usual * 3) : m_firstProbe;
    if (m_awaiting)
        options.timeout = std::max(AwaitInterval, usual * 3);
    if (m_checking) {
        options.timeout = m_checkTime;
        options.firstWait = std::min(options.timeout / 3, CheckAgain); // one loss is no silence
    }
    m_probe = std::make_unique<StunBinding>(m_epoll, options);
    connect(m_probe.get(), &StunBinding::succeeded, this,
            [this](const StunBindingResult &result) { probeAnswered(result.rttMs); });
    connect(m_probe.get(), &StunBinding::failed, this, &TunnelSession::probeMissed);
    m_probe->start();
}

void TunnelSession::probeAnswered(double rttMs)
{
    m_missedProbes = 0;
    m_keysTimer.stop();
    m_checking = false;
    m_rttMs = rttMs;
    m_health.answered(rttMs);
    m_probeTimer.start(ProbeInterval);
    if (std::exchange(m_awaiting, false)) {
        m_awaitTimer.stop();
        m_paths.awaitPeer(false);
    }
    if (!m_verified) {
        m_verified = m_knowsExit = true;
        Q_EMIT verified();
    }
}

void TunnelSession::probeMissed(const Error &error)
{
    m_health.missed();
    if (m_awaiting) {
        m_checking = false;
        // What cannot even be asked fails at once.
        m_probeTimer.start(error.code == ErrorCode::Timeout ? Milliseconds(0) : AwaitInterval);
        return;
    }
    if (m_checking && m_believing) { // more than what stood before
        m_believing = false;
        m_paths.doubt();
        m_heardAtDoubt = stats().rxBytes;
        if (!m_failed)
            probe();
        return;
    }
    if (m_checking && m_heardAtDoubt && stats().rxBytes > *m_heardAtDoubt) {
        m_checking = false; // an answer is late or lost; the exit is not
        probe();
        return;
    }
    if (m_checking) {
        fail(Failure::RelayBroke, Problem::ServerUnreachable,
             "the network changed, and nothing comes back on the old path");
        return;
    }
    if (m_verified && ++m_missedProbes < MaxMissedProbes) {
        probe();
        return;
    }
    if (error.code == ErrorCode::Permission) {
        fail(Failure::AttemptFailed, Problem::TunnelFailed,
             error.detail + ": let it allow what leaves by " + m_options.interfaceName);
        return;
    }
    fail(m_knowsExit ? Failure::ExitAway : Failure::ExitSilent, Problem::NodeLost,
         "no probe came back through the tunnel");
}

void TunnelSession::fail(Failure failure, Problem problem, std::string detail)
{
    if (m_failed)
        return;
    m_failed = true;
    m_awaiting = false;
    m_failedAt = monotonicNow();
    m_awaitTimer.stop();
    m_probeTimer.stop();
    m_keysTimer.stop();
    m_probe.reset(); // what was asked by the old path says nothing of the next
    Q_EMIT lost({failure, problem, std::move(detail)});
}

Milliseconds TunnelSession::usualTrip() const
{
    return std::chrono::duration_cast<Milliseconds>(
        std::chrono::duration<double, std::milli>(m_rttMs.value_or(0)));
}

PeerStats TunnelSession::stats() const
{
    if (!m_device)
        return {};
    return m_device->peerStats(m_peerKey).value_or(PeerStats{});
}

DatagramLosses TunnelSession::losses() const
{
    DatagramLosses losses = m_options.mux != nullptr ? lossesOf(*m_options.mux) : DatagramLosses();
    losses.paths = m_paths.dropped();
    return losses;
}

std::string TunnelSession::tunnelKind() const
{
    return m_device ? higgs::toString(m_device->kind()) : "";
}

} // namespace higgs::vpn
