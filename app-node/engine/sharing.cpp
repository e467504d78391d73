// SPDX-License-Identifier: GPL-3.0-or-later
// The node at work: builds the exit before anything is offered, and takes sessions as guests.
#include "app-node/engine/node_engine_p.h"

#include "shared/base/log.h"
#include "shared/tunnel/conntrack_forget.h"
#include "shared/tunnel/guest_networks.h"

#include <algorithm>

namespace higgs::node {

namespace {

constexpr Milliseconds ExitRetry{15'000};
constexpr Milliseconds WireguardCountersAge{10'000}; // asking costs a process
constexpr std::uint16_t DefaultUdpPort = 51820;
constexpr int HttpUnauthorized = 401;

using Guests = std::map<SessionId, std::unique_ptr<Guest>>;

std::vector<IpPrefix> addressesOf(const protocol::SessionConnect &session)
{
    std::vector<IpPrefix> addresses;
    if (session.clientAddress)
        addresses.push_back(*session.clientAddress);
    if (session.clientAddressV6)
        addresses.push_back(*session.clientAddressV6);
    return addresses;
}

bool hasGuestAddresses(const protocol::SessionConnect &session, const protocol::ServerInfo &server)
{
    const std::vector<IpPrefix> addresses = addressesOf(session);
    return std::all_of(addresses.begin(), addresses.end(), [&](const IpPrefix &address) {
        return isGuestAddress(address, server.tunnelNetwork4) ||
               isGuestAddress(address, server.tunnelNetwork6);
    });
}

/// The guest that has one of the session's addresses.
Guests::const_iterator holderOf(const Guests &guests, const protocol::SessionConnect &session)
{
    const std::vector<IpPrefix> wanted = addressesOf(session);
    return std::find_if(guests.begin(), guests.end(), [&wanted](const auto &guest) {
        const std::vector<IpPrefix> taken = guest.second->addresses();
        return std::any_of(wanted.begin(), wanted.end(), [&taken](const IpPrefix &each) {
            return std::find(taken.begin(), taken.end(), each) != taken.end();
        });
    });
}

} // namespace

void NodeEngine::Private::serverKnown(const protocol::ServerInfo &info)
{
    const bool moved = m_server.tunnelNetwork4 != info.tunnelNetwork4 ||
                       m_server.tunnelNetwork6 != info.tunnelNetwork6;
    const bool others = m_server.stunServers != info.stunServers;
    m_server = info;
    m_others.fleet().told(info);
    if (m_device) {
        if (moved) // the exit stands on the old networks
            QMetaObject::invokeMethod(this, &Private::restart, Qt::QueuedConnection);
        else if (others)
            findStunServers();
        return;
    }
    if (m_openingExit)
        return;
    // The router's public addresses are part of the policy: asked for before anybody is let in.
    m_registration->hold();
    m_openingExit = true;
    m_homeNetworks.ask(m_server, {});
    findStunServers();
}

/// Nothing is shared, nobody is told of us, and it is tried again later.
void NodeEngine::Private::failExit(const Error &error)
{
    const bool unsafe = error.code == ErrorCode::Forbidden;
    const bool denied = error.code == ErrorCode::Permission;
    for (QTimer *timer : {&m_stunTimer, &m_inquiries.timer, &m_sightings.timer})
        timer->stop();
    m_registration->stop();
    m_signal.reset();
    m_signalUp = false;
    closeExit();
    setState(NodeState::Problem,
             unsafe   ? NodeProblem::ExitUnsafe
             : denied ? NodeProblem::NoPermission
                      : NodeProblem::ExitFailed,
             error.detail);
    m_resolveTimer.start(ExitRetry); // a line that is not up yet comes up later
}

Result<void> NodeEngine::Private::openExit(const protocol::ServerInfo &info)
{
    std::vector<InterfaceAddress> gateways;
    for (const IpPrefix &network : {info.tunnelNetwork4, info.tunnelNetwork6}) {
        if (!network.address.isNull())
            gateways.push_back({gatewayOf(network), network.length});
    }
    ExitPolicy policy;
    policy.network4 = info.tunnelNetwork4;
    policy.network6 = info.tunnelNetwork6;
    for (const InterfaceAddress &gateway : gateways)
        policy.gateways.push_back(gateway.address);
    policy.egress = m_config.egressInterface;
    policy.exitAllow = m_config.exitAllow;
    policy.router = m_router.surface();
    if (Result<void> fit = m_homeNetworks.check(info, m_config.interfaceName); !fit)
        return fit;
    // The policy stands before the interface does: there is no moment without it.
    if (Result<void> applied = m_exit.apply(policy); !applied)
        return applied;

    DeviceConfig config{m_config.interfaceName, m_identity->key.copy(), gateways};
    Result<std::unique_ptr<TunnelDevice>> device =
        openTunnelDevice(m_epoll, m_config.tunnel, config);
    if (!device)
        return unexpected(device.error());
    m_device = std::move(*device);
    m_exit.raiseBarrier();
    m_answers.open(m_config.interfaceName, trialGuests(info));
    connect(
        m_device.get(), &TunnelDevice::failed, this,
        [this](const Error &error) {
            log::error("node", "the tunnel device died", {{"error", error.detail}});
            restartSoon(); // the guests' keys died with it
        },
        Qt::QueuedConnection);
    if (Result<void> bound = openResponders(gateways); !bound)
        return bound;
    return testSafety();
}

Result<void> NodeEngine::Private::openResponders(const std::vector<InterfaceAddress> &gateways)
{
    for (const InterfaceAddress &gateway : gateways) {
        auto responder = std::make_unique<StunResponder>(m_epoll);
        const Result<void> bound = responder->listen({gateway.address, GatewayStunPort});
        if (!bound && gateway.address.isV6()) {
            // A machine without IPv6 shares its IPv4; guests probe by that.
            log::warning("node", "no probe is answered over IPv6",
                         {{"error", bound.error().detail}});
            continue;
        }
        if (!bound)
            return bound;
        m_responders.push_back(std::move(responder));
    }
    return {};
}

void NodeEngine::Private::closeExit()
{
    // A node that could not start has changed nothing, and may not be allowed to look.
    if (m_identity == nullptr)
        return;
    m_look.forget();
    m_mapper.stop();
    m_answers.close();
    m_unoffered = false;
    m_guests.clear();
    m_waiting.clear();
    applyNeighbour();
    m_guestRates.clear();
    m_wireguard = m_wireguardGone = {};
    m_responders.clear();
    m_device.reset();
    if (const Result<void> restored = m_exit.restore(); !restored)
        log::error("node", "the exit rules could not be taken away",
                   {{"error", restored.error().detail}});
}

void NodeEngine::Private::registered(bool pending)
{
    if (pending) {
        setState(NodeState::Problem, NodeProblem::PendingApproval,
                 "the operator has not approved this node yet");
    } else if (m_state != NodeState::Sharing && m_state != NodeState::Limited) {
        setState(NodeState::Sharing);
        showOccupancy();
    }
    openSignalLink();
}

/// Sharing, or Limited by what keeps new guests out while those here stay.
void NodeEngine::Private::showOccupancy()
{
    applyNeighbour();
    if (!m_running || (m_state != NodeState::Sharing && m_state != NodeState::Limited))
        return;
    const bool full = m_guests.size() >= m_config.limits.maxGuests;
    setState(m_maintenance || full ? NodeState::Limited : NodeState::Sharing);
}

void NodeEngine::Private::openSignalLink()
{
    if (m_signal) {
        m_signal->setToken(m_registration->token());
        return;
    }
    SignalLinkOptions options;
    options.host = m_config.serverHost;
    options.port = m_config.serverPort;
    options.trust = m_config.trust;
    options.addresses = m_serverAddresses;
    options.node = m_identity->id;
    options.token = m_registration->token();
    options.fleet = &m_others.fleet();
    m_signal = std::make_unique<SignalLink>(m_epoll, std::move(options));
    connect(m_signal.get(), &SignalLink::connected, this, [this] {
        m_signalUp = true;
        m_registration->serverMoved(); // it may be another one of several, or have new ones
        m_witness.forget();
        askMappedAddress(); // a line that comes back may have another address
        Q_EMIT m_owner.statusChanged();
    });
    connect(m_signal.get(), &SignalLink::disconnected, this, [this](const Error &error) {
        m_signalUp = false;
        log::info("node", "signal link down", {{"error", error.detail}});
        askMappedAddress();
        resolveServerAgain();
        if (error.code == ErrorCode::Unauthorized)
            m_registration->tokenRefused({error, HttpUnauthorized, {}, {}});
        Q_EMIT m_owner.statusChanged();
    });
    connect(m_signal.get(), &SignalLink::sessionOffered, this,
            [this](const std::shared_ptr<protocol::SessionConnect> &session) {
                offered(std::move(*session));
            });
    connect(m_signal.get(), &SignalLink::sessionEnded, this,
            [this](const SessionId &session) { guestEnded(session, "the server ended it"); });
    connect(m_signal.get(), &SignalLink::candidatesReceived, this,
            [this](const SessionId &session, const std::vector<protocol::Candidate> &candidates) {
                const auto guest = m_guests.find(session);
                if (guest != m_guests.end())
                    guest->second->candidatesCame(candidates);
            });
    m_signal->open();
}

/// Whether a session may become a guest as the server describes it: with addresses of the guests'
/// networks, and of no other guest. WireGuard would take them away from that one.
void NodeEngine::Private::offered(protocol::SessionConnect session)
{
    const auto known = m_guests.find(session.sessionId);
    if (known != m_guests.end())
        known->second->moved(session.relayEndpoint);
    if (!m_device || known != m_guests.end())
        return;
    if (!hasGuestAddresses(session, m_server) || m_maintenance) {
        ++m_guestTotals.failed;
        log::sampled(log::Level::Warning, "node", "session not taken", "",
                     {{"session", session.sessionId.text()}, {"maintenance", m_maintenance}});
        return;
    }
    // The server gives an address to one session at a time, and a place to no more than there are:
    // a guest that is in the way is over, which could not be heard.
    bool waits = m_guests.size() >= m_config.limits.maxGuests;
    for (auto holder = holderOf(m_guests, session); holder != m_guests.end() && !waits;
         holder = holderOf(m_guests, session)) {
        waits = !holder->second->lostItsPath(); // it will hear of it, or is not
        if (!waits)
            guestEnded(SessionId(holder->first), "its address is another session's");
    }
    if (waits) {
        log::sampled(log::Level::Info, "node", "session waits for a guest to leave", "",
                     {{"session", session.sessionId.text()}});
        m_waiting.add(monotonicNow(), std::move(session));
        return;
    }
    const SessionId id = session.sessionId;
    GuestOptions options;
    options.serverHost = m_config.serverHost;
    options.serverAddresses = [this] { return m_serverAddresses; };
    options.otherAddresses = [this](const std::string &host) { return m_others.addressesOf(host); };
    options.check = [this](const std::vector<IpAddress> &addresses, std::uint16_t port) {
        return m_named.relay(addresses, port);
    };
    options.trust = m_config.trust;
    options.token = [this] { return m_registration->token(); };
    options.mux = m_mux.get();
    options.key = &m_identity->key;
    options.checkGuest = [this](const std::vector<IpAddress> &addresses, std::uint16_t port) {
        return m_named.guest(addresses, port);
    };
    options.checkRelayed = [this](const std::vector<IpAddress> &addresses, std::uint16_t port) {
        return m_named.relayed(addresses, port);
    };
    options.place = m_place;
    options.countPorts = [this] { m_nat.count(); };
    options.checkNeighbour = [this](const Endpoint &endpoint) {
        return m_named.neighbour(endpoint);
    };
    options.mayKnock = [this] { return m_named.mayKnock(); };
    options.startedAt = m_registration->serverNow();
    auto guest = std::make_unique<Guest>(m_epoll, *m_device, m_traffic, ++m_lastNumber,
                                         std::move(options), std::move(session));
    // Queued: the guest is deleted in answer, and must not stand on the stack then.
    connect(guest.get(), &Guest::ended, this, &Private::guestEnded, Qt::QueuedConnection);
    connect(guest.get(), &Guest::pathBroke, this, &Private::resolveServerAgain);
    connect(guest.get(), &Guest::relayQuiet, this, [this] {
        if (m_signal)
            m_signal->doubt();
    });
    connect(guest.get(), &Guest::serverHeard, this, [this] {
        if (m_signal) // which may wait for its turn
            m_signal->serverIsThere();
    });
    connect(guest.get(), &Guest::wayDoubtful, this, &Private::askMappedAddress,
            Qt::QueuedConnection);
    // Of whoever had them when the server began to give addresses anew.
    forgetTraffic(guest->addresses());
    if (const Result<void> started = guest->start(); !started) {
        ++m_guestTotals.failed;
        log::sampled(log::Level::Warning, "node", "session not taken", "",
                     {{"session", id.text()}, {"error", started.error().detail}});
        return;
    }
    ++m_guestTotals.come;
    log::sampled(log::Level::Info, "node", "guest came", "",
                 {{"session", id.text()}, {"guests", m_guests.size() + 1}});
    m_usage.addGuest(dayOf(localNow()));
    m_hours.addGuest(hourOf(wallNow() + m_config.clockOffset));
    m_guests.emplace(id, std::move(guest));
    showOccupancy();
}

void NodeEngine::Private::guestEnded(const SessionId &session, const std::string &reason)
{
    m_waiting.forget(session);
    const auto guest = m_guests.find(session);
    if (guest == m_guests.end())
        return;
    const TrafficCounts last = guest->second->counts();
    log::sampled(log::Level::Info, "node", "guest left", "",
                 {{"session", session.text()},
                  {"reason", reason},
                  {"rxBytes", last.up},
                  {"txBytes", last.down}});
    // Its counters go with the peer.
    if (const Result<PeerStats> stats = m_device->peerStats(guest->second->key())) {
        m_wireguardGone.rxBytes += stats->rxBytes;
        m_wireguardGone.txBytes += stats->txBytes;
        m_wireguardGone.errors += stats->droppedDatagrams;
    }
    m_guestTotals.dropped += guest->second->droppedByPaths();
    m_guestRates.erase(guest->second->number());
    const std::vector<IpPrefix> addresses = guest->second->addresses();
    m_guests.erase(guest);
    forgetTraffic(addresses);
    showOccupancy();
    for (protocol::SessionConnect &each : m_waiting.take(monotonicNow()))
        offered(std::move(each));
}

/// Whoever gets these addresses next must get no late answers to whoever had them.
void NodeEngine::Private::forgetTraffic(const std::vector<IpPrefix> &addresses)
{
    const Result<std::size_t> forgotten = forgetConnections(addresses);
    if (!forgotten)
        log::error("node", "a guest's connections were not forgotten",
                   {{"error", forgotten.error().detail}});
}

Result<void> NodeEngine::Private::endGuest(std::uint64_t number)
{
    for (const auto &[id, guest] : m_guests) {
        if (guest->number() == number) {
            guest->dismiss();
            return {};
        }
    }
    return unexpected(ErrorCode::NotFound, "there is no such guest, or no longer");
}

void NodeEngine::Private::readWireguardCounters()
{
    const Monotonic now = monotonicNow();
    if (!m_device || (m_wireguardReadAt && now - *m_wireguardReadAt < WireguardCountersAge))
        return;
    m_wireguardReadAt = now;
    const Result<std::vector<PeerStats>> all = m_device->allPeerStats();
    if (!all)
        return;
    m_wireguard = m_wireguardGone;
    for (const PeerStats &stats : *all) {
        m_wireguard.rxBytes += stats.rxBytes;
        m_wireguard.txBytes += stats.txBytes;
        m_wireguard.errors += stats.droppedDatagrams;
    }
    m_wireguard.rxPackets = m_traffic.packets().up;
    m_wireguard.txPackets = m_traffic.packets().down;
    m_wireguard.errors += m_traffic.dropped();
}

NodeFigures NodeEngine::Private::figures()
{
    readWireguardCounters();
    NodeFigures figures;
    figures.network.natType = m_place.toldNat();
    figures.network.stunMappedAddress = m_mapped;
    if (m_mapped) {
        if (const auto opened = m_place.opened(m_mapped->address.family()))
            figures.network.stunMappedAddress = opened;
    }
    // Of the socket whose mapping is told, and before there is one, of the one that will be.
    figures.network.localPort = m_config.udpPort != 0 ? m_config.udpPort : DefaultUdpPort;
    if (m_mux)
        figures.network.localPort = m_mux->port();
    if (m_local) {
        (m_local->address.isV4() ? figures.network.ipv4 : figures.network.ipv6) = m_local->address;
    }
    const NodeLimits &limits = m_config.limits;
    figures.capabilities.maxConnections = limits.maxGuests;
    if (limits.upMbps != 0 && limits.downMbps != 0)
        figures.capabilities.bandwidth = protocol::Bandwidth{static_cast<double>(limits.upMbps),
                                                             static_cast<double>(limits.downMbps)};
    figures.capabilities.routing = true;
    figures.capabilities.natting = true;
    figures.guests = m_guests.size();
    figures.guestsTotal = m_guestTotals.come;
    figures.guestsFailed = m_guestTotals.failed;
    const TrafficCounts totals = m_traffic.totals();
    figures.rxBytes = totals.up - m_atStart.up;
    figures.txBytes = totals.down - m_atStart.down;
    figures.wireguard = m_wireguard;
    figures.line = m_line.figures(monotonicNow());
    if (!figures.line && m_stunRttMs) // one probe, and it was answered
        figures.line = LineFigures{*m_stunRttMs, 0, 0};
    figures.accepting = !m_maintenance && m_guests.size() < limits.maxGuests;
    return figures;
}

} // namespace higgs::node
