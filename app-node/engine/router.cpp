// SPDX-License-Identifier: GPL-3.0-or-later
// The node and its home's router: asks for the router's addresses whenever they may have changed,
// and shares nothing while they are not known.
#include "app-node/engine/node_engine_p.h"
#include "shared/base/log.h"
#include "shared/net/host_resolver.h"
#include "shared/tunnel/exit_surroundings.h"

#include <algorithm>

namespace higgs::node {

namespace {

/// Beside what the line's measuring tells, and every reconnection.
constexpr Milliseconds InquiryInterval{30'000};
/// Of what a server names: each is asked anew in every round.
constexpr std::size_t MostStunServers = 4;
constexpr std::size_t MostStunAddresses = 8;
/// So long the socket of another port stays when the configured one is free again.
constexpr Milliseconds FormerPortKept{2'000};

/// Of the answers that differ with it: one a family, and every global IPv6 address, of which a
/// home with several providers or networks has several.
std::vector<IpAddress> probeSources()
{
    constexpr std::size_t Most = 6;
    std::vector<IpAddress> sources{IpAddress::any(IpAddress::Family::V4)};
    const auto own = machineAddresses();
    for (const IpAddress &address : own ? *own : std::vector<IpAddress>()) {
        if (address.isV6() && IpPrefix::parse("2000::/3")->contains(address) &&
            sources.size() < Most)
            sources.push_back(address);
    }
    return sources;
}

/// It stays open while the node shares, as what the router maps for it is what is registered.
std::unique_ptr<UdpMux> openMux(EpollSet &epoll, std::uint16_t port)
{
    auto mux = UdpMux::open(epoll, {.port = port, .mark = {}, .interfaceName = {}});
    if (!mux && port != 0) {
        log::warning("node", "the UDP port cannot be had: another one is used",
                     {{"error", mux.error().detail}});
        mux = UdpMux::open(epoll, {});
    }
    if (mux)
        return std::move(*mux);
    log::warning("node", "no UDP socket", {{"error", mux.error().detail}});
    return nullptr;
}

/// Without IPv4 there is nothing to share.
Result<void> checkKnown(const RouterKnowledge &router, const protocol::ServerInfo &server,
                        const std::string &refused)
{
    if (server.tunnelNetwork4.address.isNull() || router.knows(IpAddress::Family::V4))
        return {};
    if (!refused.empty())
        return unexpected(ErrorCode::Unavailable,
                          refused + ". The router's public address is not known: nothing is "
                                    "shared, as guests could reach the router");
    if (router.isRefused())
        return unexpected(ErrorCode::Unavailable,
                          "a firewall on this machine refuses UDP, so that the router's public "
                          "address is not known: nothing is shared, as guests could reach the "
                          "router");
    return unexpected(
        ErrorCode::Unavailable,
        server.stunServers.empty()
            ? "the router's public address is not known, and the server names no STUN server to "
              "ask: nothing is shared, as guests could reach the router"
            : "the router's public address is not known, as no STUN server answers: nothing is "
              "shared, as guests could reach the router");
}

/// A server or a line that went without a word: the signal link takes a quarter of a minute to see
/// it, and until then silence is nobody's answer.
bool isHeard(const SignalLink *signal, Monotonic since)
{
    const auto heard = signal != nullptr ? signal->heardAt() : std::nullopt;
    return heard && *heard >= since;
}

} // namespace

/// Their names may be other machines' than the server's.
void NodeEngine::Private::findStunServers()
{
    resolveStunServer(0, {});
}

void NodeEngine::Private::resolveStunServer(std::size_t number, std::vector<Endpoint> found)
{
    if (number >= std::min(m_server.stunServers.size(), MostStunServers)) {
        m_named.setStun(std::move(found), m_server.stunServers.empty());
        m_stunTimer.start(InquiryInterval);
        askMappedAddress();
        return;
    }
    const protocol::StunServer &server = m_server.stunServers[number];
    resolveHost(
        server.host,
        {this,
         [this, number, found = std::move(found), port = server.port,
          generation = m_generation](const Result<std::vector<IpAddress>> &addresses) mutable {
             if (generation != m_generation)
                 return;
             if (!addresses)
                 log::warning("node", "a STUN server's name does not resolve",
                              {{"error", addresses.error().detail}});
             for (const IpAddress &address : addresses ? *addresses : std::vector<IpAddress>()) {
                 const Endpoint endpoint{address.unmapped(), port};
                 const bool known = std::count(found.begin(), found.end(), endpoint) > 0;
                 if (!known && found.size() < MostStunAddresses)
                     found.push_back(endpoint);
             }
             resolveStunServer(number + 1, std::move(found));
         }});
}

void NodeEngine::Private::askMappedAddress()
{
    if (!m_running || (!m_openingExit && !m_device))
        return;
    if (m_inquiry) {
        m_askAgain = true;
        return;
    }
    const Monotonic now = monotonicNow();
    if (!m_inquiries.pace.take(now)) {
        if (!m_inquiries.timer.isActive())
            m_inquiries.timer.start(m_inquiries.pace.wait(now));
        return;
    }
    m_inquiries.timer.stop();
    m_askAgain = false;
    // Before each question, as this machine may be in another network by now.
    const std::vector<CheckedEndpoint> &good = m_named.checkStun();
    if (m_lineServer && std::count(good.begin(), good.end(), *m_lineServer) == 0) {
        m_lineServer.reset();
        applyNeighbour();
    }
    m_router.beginRound();
    takePortBack();
    if (!m_mux) {
        m_mux = openMux(m_epoll, m_config.udpPort);
        m_nat.setMux(m_mux.get());
    }
    m_inquiry =
        std::make_unique<AddressInquiry>(m_epoll, m_mux.get(), m_named.stun(), probeSources());
    connect(m_inquiry.get(), &AddressInquiry::answered, this, &Private::mapped);
    connect(m_inquiry.get(), &AddressInquiry::found, this,
            [this](IpAddress::Family family, const Hops &hops) {
                if (m_router.hops(family, hops, m_inquiry->asks(family)))
                    applyRouter();
            });
    connect(m_inquiry.get(), &AddressInquiry::finished, this, &Private::inquiryFinished);
    if (m_signal)
        m_signal->ask();
    m_inquiry->start();
}

/// Another program had the configured port, and may have it no more. Guests' ways lead to the other
/// one as long as there are guests.
void NodeEngine::Private::takePortBack()
{
    if (!m_mux || !m_mux->lacks(m_config.udpPort) || !m_guests.empty())
        return;
    auto mux = UdpMux::open(m_epoll, {.port = m_config.udpPort, .mark = {}, .interfaceName = {}});
    if (!mux)
        return;
    log::info("node", "the UDP port is free again", {{"port", m_config.udpPort}});
    m_nat.setMux(nullptr);
    // Ways of guests who have just left may say a last word by the former.
    const std::shared_ptr<UdpMux> former(std::exchange(m_mux, std::move(*mux)));
    QTimer::singleShot(FormerPortKept, this, [former] { /* dies with this */ });
    m_nat.setMux(m_mux.get());
    if (m_device)
        m_mapper.start(m_mux->port());
}

void NodeEngine::Private::mapped(const StunBindingResult &result, bool primary)
{
    if (m_router.mapped(result))
        applyRouter();
    if (primary)
        m_mapper.observed(result.mapped.address);
    if (primary && m_place.setMapped(result.mapped, result.local))
        tellPlace();
    // What the server is told: over IPv4, if there is one.
    const bool v4 = result.mapped.address.isV4();
    if (primary)
        m_nat.seen(result);
    if (!primary || (!v4 && m_mapped && m_mapped->address.isV4()))
        return;
    m_stunRttMs = result.rttMs;
    m_local = result.local;
    if (m_mapped == result.mapped)
        return;
    m_mapped = result.mapped;
    m_registration->refresh();
    Q_EMIT m_owner.statusChanged();
}

void NodeEngine::Private::tellPlace()
{
    m_nat.describe(m_place);
    m_place.setOpenedAs([this](IpAddress::Family family) { return m_mapper.believed(family); });
    for (const auto &[id, guest] : m_guests)
        guest->setOwnPlace(m_place);
    showFamilies();
}

/// The signal link has one family, and guests are told only of what the server has seen.
void NodeEngine::Private::showFamilies()
{
    if (!m_signalUp)
        return;
    ApiClientOptions server;
    server.host = m_config.serverHost;
    server.port = m_config.serverPort;
    server.trust = m_config.trust;
    server.addresses = m_serverAddresses;
    m_witness.show(m_place.addresses(), server);
}

void NodeEngine::Private::portsCounted()
{
    m_nat.describe(m_place);
    for (const auto &[id, guest] : m_guests)
        guest->portsCounted(m_place);
}

/// What the router opened is where the server and guests find this node.
void NodeEngine::Private::mappingChanged()
{
    const OwnPlace before = m_place;
    tellPlace();
    if (m_place != before && m_running)
        m_registration->refresh();
    Q_EMIT m_owner.statusChanged();
}

/// A router's nightly reconnection shows here first, and within a second while guests are there.
void NodeEngine::Private::seenAs(const IpAddress &address, const IpAddress &server)
{
    if (!m_router.mapped(address, server))
        return;
    applyRouter();
    askMappedAddress();
}

/// Whoever tells of the router, and however often: new rules are programs and a self-test, on the
/// thread that carries all guests' packets.
void NodeEngine::Private::applyRouter()
{
    if (!m_device)
        return;
    const Monotonic now = monotonicNow();
    if (!m_sightings.pace.take(now)) {
        if (!m_sightings.timer.isActive())
            m_sightings.timer.start(m_sightings.pace.wait(now));
        return;
    }
    m_named.networksChanged(); // the home has another outside
    const Result<void> safe = m_exit.updateRouter(m_router.surface());
    const Monotonic done = monotonicNow();
    m_sightings.pace.charge(done, std::chrono::ceil<Milliseconds>(done - now));
    if (safe)
        m_look.ask(true);
    else // queued: what told of the router is on the stack
        QMetaObject::invokeMethod(
            this,
            [this, error = safe.error()] {
                if (m_device)
                    failExit(error);
            },
            Qt::QueuedConnection);
}

/// When both are answered: who the router is, and whose the guests' networks are.
void NodeEngine::Private::proceedOpening()
{
    if (!m_openingExit || m_inquiry || m_inquiries.timer.isActive() || m_homeNetworks.isAsking())
        return;
    m_openingExit = false;
    Result<void> opened = checkKnown(m_router, m_server, m_named.stunRefused());
    if (opened)
        opened = openExit(m_server);
    m_unoffered = opened.has_value();
    if (opened && m_mux)
        m_mapper.start(m_mux->port());
    if (opened)
        askAnswers();
    else
        failExit(opened.error());
}

void NodeEngine::Private::networksAnswered()
{
    if (m_openingExit) {
        proceedOpening();
        return;
    }
    const Result<void> fit = m_homeNetworks.check(m_server, m_config.interfaceName);
    if (m_device && !fit)
        failExit(fit.error());
}

void NodeEngine::Private::inquiryFinished()
{
    const bool there = isHeard(m_signal.get(), m_inquiry->startedAt());
    if (m_inquiry->refusedHere())
        m_router.refused();
    m_inquiry.reset();
    using Family = IpAddress::Family;
    const bool answered = m_router.answered(Family::V4);
    // That a server is silent which is away says nothing of the home's network.
    const bool judged = m_openingExit || there || answered;
    bool soon = false;
    for (const Family family : {Family::V4, Family::V6}) {
        if (m_router.answered(family)) {
            m_silent.answered(family);
            continue;
        }
        if (!judged)
            continue;
        if (m_silent.silent(family)) {
            m_place.forgetMapped(family);
            m_nat.silent(family);
        }
        soon = soon || m_place.families.contains(family);
    }
    if (judged)
        m_nat.look(m_named.stun());
    m_place.asked = true;
    tellPlace();
    // Without the server no guest comes, and there is nobody to ask.
    const bool forgotten = (m_openingExit || there) && m_router.endRound(m_openingExit);
    if (!answered)
        m_stunRttMs.reset();
    const std::vector<CheckedEndpoint> &stun = m_named.stun();
    if (!m_lineServer && !stun.empty()) {
        const auto v4 = std::find_if(stun.begin(), stun.end(), [](const CheckedEndpoint &each) {
            return each.endpoint().address.isV4();
        });
        m_lineServer = v4 == stun.end() ? stun.front() : *v4;
        applyNeighbour();
    }
    if (m_openingExit) {
        proceedOpening();
        if (!m_device)
            return;
    } else if (const Result<void> known = checkKnown(m_router, m_server, m_named.stunRefused());
               !known && there) {
        // The server is there, guests may be: and whoever asks is not answered.
        failExit(known.error());
        return;
    } else {
        if (forgotten)
            applyRouter();
        // While the server is away it is asked at the timer's pace, and when it is back.
        m_askAgain = m_askAgain || soon || (!answered && m_router.knows(Family::V4) && there);
    }
    if (m_askAgain && !answered)
        findStunServers(); // they may have moved
    else if (m_askAgain)
        askMappedAddress();
}

} // namespace higgs::node
