// SPDX-License-Identifier: GPL-3.0-or-later
// What keeps a session alive and true: its renewal, and the proof that its exit leads anywhere.
#include "app-vpn/engine/client_engine_p.h"

#include "shared/base/log.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace higgs::vpn {

namespace {

constexpr Milliseconds RenewRetry{10'000};
constexpr Milliseconds MinRenewWait{1'000};
/// How long the Internet may stay silent behind an exit, on a line that is not far.
constexpr Milliseconds BeyondTimeout{4'000};
constexpr Milliseconds LongestBeyondTimeout{20'000};
constexpr Milliseconds BeyondInterval{15'000};
constexpr Seconds AskTranslationAgain{300};
/// A lost packet is no lost exit: so many questions in a row.
constexpr unsigned MostSilences = 2;

} // namespace

void ClientEngine::Private::scheduleRenewal()
{
    m_renewTimer.start(renewalWait(m_serverClock.left(m_session->route().expiresAt, clocksNow())));
}

void ClientEngine::Private::renew()
{
    if (!m_session)
        return;
    const protocol::SelectedRoute &route = m_session->route();
    m_api->renewSession(route.relayEndpoint.sessionId, route.sessionToken,
                        {this, [this, id = route.relayEndpoint.sessionId](
                                   const ApiResult<protocol::RenewResponse> &answer) {
                             if (!m_session || m_session->route().relayEndpoint.sessionId != id)
                                 return;
                             if (!answer) {
                                 // The session ends by itself if this goes on, and a new one is
                                 // made then.
                                 log::warning("client", "session not renewed",
                                              {{"error", answer.failure().error.detail}});
                                 const Milliseconds left =
                                     m_serverClock.left(m_session->route().expiresAt, clocksNow());
                                 m_renewTimer.start(std::clamp(left / 4, MinRenewWait, RenewRetry));
                                 return;
                             }
                             m_session->setExpiry(answer->expiresAt);
                             scheduleRenewal();
                             askServerTime(); // it may have been set since
                         }});
}

BeyondProbeOptions ClientEngine::Private::beyond()
{
    BeyondProbeOptions options;
    options.interfaceName = config.interfaceName;
    const Milliseconds rtt = m_session->usualTrip();
    options.timeout = std::clamp(rtt * 6, BeyondTimeout, LongestBeyondTimeout);
    std::vector<IpAddress> own = m_addresses.known(config.serverHost);
    for (const ServerPlace &each : m_fleet.others()) {
        const auto more = m_fleet.addressesOf(each);
        if (each.port == config.serverPort)
            own.insert(own.end(), more.begin(), more.end());
    }
    // Only what is the Internet's enters the tunnel: a server of a private network proves nothing.
    std::copy_if(own.begin(), own.end(), std::back_inserter(options.tcpAddresses), isGlobalUnicast);
    options.tcpPort = config.serverPort;
    if (!m_serverInfo)
        return options;
    for (const protocol::StunServer &server : m_serverInfo->stunServers) {
        std::vector<IpAddress> addresses = m_addresses.known(server.host);
        if (addresses.empty())
            addresses = own;
        for (const IpAddress &address : addresses) {
            const auto checked = checkBeyondTunnel({address, server.port});
            // Those of the Internet are asked by the machine's own routes.
            const bool home =
                isGlobalUnicast(address) && !m_named.check(NamedUse::Stun, {address}, server.port,
                                                           m_addresses.reached(config.serverHost));
            const bool asked = std::any_of(
                options.stunServers.begin(), options.stunServers.end(),
                [&](const auto &each) { return each.endpoint().address == address.unmapped(); });
            if (checked && !home && !asked)
                options.stunServers.push_back(*checked);
        }
    }
    return options;
}

std::vector<CheckedEndpoint> ClientEngine::Private::stunServers()
{
    std::vector<CheckedEndpoint> servers;
    if (!m_serverInfo)
        return servers;
    const std::vector<IpAddress> reached = m_addresses.reached(config.serverHost);
    for (const protocol::StunServer &server : m_serverInfo->stunServers) {
        const auto checked =
            m_named.check(NamedUse::Stun, relayAddresses(server.host), server.port, reached);
        if (checked)
            servers.insert(servers.end(), checked->begin(), checked->end());
    }
    return translated(std::move(servers));
}

/// The same, and where those that have IPv4 are met by the provider's translation.
std::vector<CheckedEndpoint> ClientEngine::Private::translated(std::vector<CheckedEndpoint> servers)
{
    const OwnPlace &place = m_place.place();
    for (std::size_t i = 0, own = servers.size(); i < own && place.nat64; ++i) {
        const Endpoint there = place.called(servers[i].endpoint());
        if (there == servers[i].endpoint())
            continue;
        const auto checked = m_named.check(NamedUse::Stun, {there.address}, there.port, {});
        if (checked)
            servers.insert(servers.end(), checked->begin(), checked->end());
    }
    return servers;
}

/// Where IPv4 leads out by a translation alone, exits that have nothing else are met by it. A
/// resolver may have failed, and a provider may have changed it.
void ClientEngine::Private::findTranslation()
{
    const OwnPlace &place = m_place.place();
    const bool lacks =
        place.asked && !place.families.empty() && !place.reaches(IpAddress::Family::V4);
    const Monotonic now = monotonicNow();
    const bool asked = m_translationAsked && now - *m_translationAsked < AskTranslationAgain;
    if (!m_session || !wantsStraightWay() || !lacks || asked)
        return;
    m_translationAsked = now;
    m_place.expectNat64();
    m_addresses.refresh(std::string(Nat64Prefix::AskedName), false,
                        {this, [this](const ServerAddresses::Found &found) {
                             const auto prefix = found ? Nat64Prefix::fromAnswer(*found)
                                                       : std::optional<Nat64Prefix>();
                             if (!m_translationAsked) // of a network before
                                 return;
                             if (prefix) {
                                 log::info("client",
                                           "IPv4 is reached by the provider's translation");
                                 m_named.setNat64(*prefix);
                             }
                             m_place.setNat64(prefix);
                         }});
}

/// What a STUN server says is its second address.
bool ClientEngine::Private::mayAsk(const Endpoint &second)
{
    return m_named
        .check(NamedUse::Stun, {second.address}, second.port,
               m_addresses.reached(config.serverHost))
        .has_value();
}

/// The relay's connection has one family, and the exit is told only of what the server has seen.
/// Not where a person wants no direct path.
void ClientEngine::Private::showFamilies()
{
    if (!m_session || !wantsStraightWay())
        return;
    ApiClientOptions server;
    server.host = config.serverHost;
    server.port = config.serverPort;
    server.trust = config.trust;
    server.mark = config.socketMark;
    server.addresses = m_addresses.known(config.serverHost);
    m_witness.show(m_place.place().addresses(), server);
}

void ClientEngine::Private::showSession(ApiClient &api, FamilyWitness::Done done)
{
    const protocol::SelectedRoute &route = m_session->route();
    api.renewSession(route.relayEndpoint.sessionId, route.sessionToken,
                     {&api, [done = std::move(done)](const auto &answer) { done(bool(answer)); }});
}

/// As far as it is known by now. The exit is told the address, so it is not said where a person
/// wants no direct path.
protocol::ClientNetworkInfo ClientEngine::Private::networkInfo() const
{
    protocol::ClientNetworkInfo info;
    info.natType = m_place.place().toldNat();
    if (wantsStraightWay())
        info.stunMappedAddress = m_place.told();
    return info;
}

/// The exit's gateway answers: what is behind it?
void ClientEngine::Private::proveExit()
{
    if (std::exchange(m_awaited, false)) {
        ++m_attempt; // it is back, and no other is looked for any more
        m_retryTimer.stop();
    }
    const auto &endpoint = m_session->route().nodeEndpoint.wireguardConfig.endpoint;
    if (endpoint && endpoint->address.isV4())
        m_status.exitAddress = endpoint->address;
    m_silences = 0;
    BeyondProbeOptions options = beyond();
    if (options.stunServers.empty() && options.tcpAddresses.empty()) {
        log::info("client", "whether the Internet answers through the exit cannot be asked here");
        sessionVerified();
        return;
    }
    // Until an exit has let a question through, silence of such addresses proves nothing.
    if (!isTelling(options))
        sessionVerified();
    askBeyond(std::move(options));
}

bool ClientEngine::Private::isTelling(const BeyondProbeOptions &options) const
{
    return (!m_beyondHeard.empty() && options.tcpAddresses == m_beyondHeard) ||
           std::any_of(options.tcpAddresses.begin(), options.tcpAddresses.end(), isGlobalUnicast) ||
           std::any_of(options.stunServers.begin(), options.stunServers.end(),
                       [](const CheckedEndpoint &each) {
                           return isGlobalUnicast(each.endpoint().address);
                       });
}

void ClientEngine::Private::askBeyond(BeyondProbeOptions options)
{
    m_beyondTimer.stop();
    findTranslation(); // time has passed
    m_beyond = std::make_unique<BeyondProbe>(m_epoll, std::move(options));
    connect(m_beyond.get(), &BeyondProbe::seen, this, [this](const IpAddress &address) {
        (address.isV4() ? m_status.exitAddress : m_status.exitAddressV6) = address;
        Q_EMIT m_owner.statusChanged();
    });
    connect(m_beyond.get(), &BeyondProbe::answered, this, [this] {
        if (!m_session)
            return;
        m_silences = 0;
        m_beyondHeard = beyond().tcpAddresses;
        m_beyondTimer.start(BeyondInterval);
        if (m_session && m_state != ClientState::Connected)
            sessionVerified();
    });
    connect(m_beyond.get(), &BeyondProbe::untold, this, [this] {
        if (!m_session)
            return;
        m_silences = 0;
        m_beyondTimer.start(BeyondInterval);
        if (m_state == ClientState::Connected)
            return;
        log::info("client", "the exit has no IPv6, and nothing known here can be asked over IPv4");
        sessionVerified();
    });
    connect(m_beyond.get(), &BeyondProbe::silent, this, &Private::beyondSilent);
    m_beyond->start();
}

void ClientEngine::Private::beyondSilent()
{
    if (!m_session)
        return;
    if (!isTelling(beyond())) {
        m_beyondTimer.start(BeyondInterval);
        return;
    }
    if (++m_silences < MostSilences) {
        BeyondProbe *old = m_beyond.release(); // we stand in its signal
        old->deleteLater();
        askBeyond(beyond());
        return;
    }
    const protocol::PathType path = m_session->path();
    const bool past = path == protocol::PathType::Direct || path == protocol::PathType::Turn;
    if (m_state != ClientState::Connected || !past) {
        exitIsSilent();
        return;
    }
    // What was asked is the server's own. On a way past it, it may be away and the exit well.
    m_api->serverInfo(
        {this, [this, current = m_attempt](const ApiResult<protocol::ServerInfo> &answer) {
             if (current != m_attempt || !m_session)
                 return;
             if (answer || answer.failure().httpStatus != 0) {
                 exitIsSilent();
                 return;
             }
             log::info("client", "the server is away, so that nothing tells of the exit");
             m_silences = 0;
             m_beyondTimer.start(BeyondInterval);
         }});
}

void ClientEngine::Private::exitIsSilent()
{
    m_session->giveUp("the exit is there, and the Internet does not answer through it");
}

} // namespace higgs::vpn
