// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/direct_member.h"

#include "shared/base/log.h"
#include "shared/net/stun_transaction.h"

#include <algorithm>
#include <utility>

namespace higgs {

using protocol::NatType;
using protocol::PathReason;
using protocol::StunMessage;

namespace {

/// Above the numbers of whatever this end sent for the session in an earlier run.
std::uint64_t firstNumber()
{
    constexpr unsigned ProbesOfAMillisecond = 8; // bits
    return static_cast<std::uint64_t>(wallNow().ms) << ProbesOfAMillisecond;
}

/// Between two counts: what one end tells anew has the other count, which tells anew.
constexpr Seconds CountAgain{10};
/// Of a count itself.
constexpr unsigned CountedPorts = 3;

bool isSymmetric(NatType type)
{
    return type == NatType::Symmetric;
}

} // namespace

void DirectMember::Inbound::take(std::span<const ByteSpan> datagrams)
{
    m_checks.trafficCame(monotonicNow());
    if (receiver != nullptr)
        receiver->take(datagrams);
}

DirectMember::DirectMember(UdpMux &mux, DirectMemberOptions options)
    : m_mux(mux),
      m_options(std::move(options)),
      m_checks(monotonicNow(), m_options.decides, firstNumber()),
      m_inbound(m_checks)
{
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, &DirectMember::advance);
    m_trafficTimer.setSingleShot(true);
    m_trafficTimer.setInterval(checks::SuspectAfter);
    connect(&m_trafficTimer, &QTimer::timeout, this, &DirectMember::advance);
}

DirectMember::~DirectMember()
{
    detach();
}

void DirectMember::detach()
{
    m_timer.stop();
    m_trafficTimer.stop();
    m_to.reset();
    if (std::exchange(m_served, false))
        m_mux.stopServing(m_options.codec.served());
    for (const Endpoint &each : std::exchange(m_listening, {}))
        m_mux.stopReceiving(each, m_inbound);
    for (const protocol::StunTransactionId &each : std::exchange(m_expected, {}))
        m_mux.forget(each);
}

void DirectMember::open()
{
    const Result<void> served = m_mux.serve(m_options.codec.served(), *this);
    if (!served)
        log::warning("paths", "no direct way", {{"error", served.error().detail}});
    m_served = served.has_value();
    m_timer.start(Milliseconds(0));
}

void DirectMember::close()
{
    detach();
    QMetaObject::invokeMethod(
        this,
        [this] {
            Q_EMIT changed({PathPhase::Closed, {PathEnd::Broke, "closed"}});
        },
        Qt::QueuedConnection);
}

// --- Datagrams -----------------------------------------------------------------------------------

void DirectMember::take(std::span<const ByteSpan> datagrams)
{
    if (!m_to)
        return;
    m_mux.send(*m_to, datagrams);
    m_checks.trafficSent(monotonicNow());
    if (!m_trafficTimer.isActive())
        m_trafficTimer.start();
}

// --- Telling where we are ------------------------------------------------------------------------

void DirectMember::setOwnPlace(OwnPlace place)
{
    if (m_options.countPorts) { // which tells of them when they matter
        for (auto &[family, each] : place.families) {
            const auto known = m_own.families.find(family);
            const bool same = known != m_own.families.end() && known->second.mapped == each.mapped;
            each.lastPort = same ? known->second.lastPort : std::uint16_t{0};
        }
    }
    const bool was = m_own.isSequential();
    m_own = std::move(place);
    if (!was && !m_heard.empty() && countsFirst())
        m_late = m_probed;
    if (m_own.candidates(m_neighbour, m_options.decides) != m_told)
        tellAnew();
    if (!m_heard.empty())
        hearCandidates(std::vector(m_heard)); // it may be a neighbour by now, or none any more
    tellPhase(monotonicNow());
}

bool DirectMember::countsFirst()
{
    const Monotonic now = monotonicNow();
    const bool lately = m_countedAt && now - *m_countedAt < CountAgain;
    if (m_counting || lately || !m_options.countPorts || !m_own.isSequential())
        return m_counting;
    m_counting = true;
    m_countedAt = now;
    m_options.countPorts();
    return true;
}

void DirectMember::portsCounted(const OwnPlace &place)
{
    if (!std::exchange(m_counting, false))
        return;
    // The way to whom was probed already has a port from before the count.
    const unsigned back = m_late ? OwnPlace::PredictedPorts + CountedPorts : 0;
    m_late = false;
    for (const auto &[family, each] : place.families) {
        const unsigned shift = back * each.portStep;
        const bool known = each.lastPort > shift;
        m_own.setPorts(family,
                       known ? static_cast<std::uint16_t>(each.lastPort - shift) : std::uint16_t{0},
                       each.portStep);
    }
    tellAnew();
    if (!m_heard.empty())
        hearCandidates(std::vector(m_heard));
}

void DirectMember::setPeerNat(NatType type)
{
    m_options.peerNat = type;
    tellPhase(monotonicNow());
}

void DirectMember::tellAnew()
{
    if (m_counting)
        return;
    m_told = m_own.candidates(m_neighbour, m_options.decides);
    if (m_told.empty())
        return;
    protocol::RelayControl control;
    control.action = protocol::ControlAction::Candidates;
    control.candidates = m_told;
    Q_EMIT wantsToTell(control);
}

void DirectMember::hear(const protocol::RelayControl &control)
{
    if (control.action == protocol::ControlAction::Candidates)
        hearCandidates(control.candidates);
}

bool DirectMember::isInside(const Endpoint &address) const
{
    return m_options.checkNeighbour && m_options.checkNeighbour(address).has_value();
}

/// Routers keep ports below these for themselves, and services listen there (RFC 4787, REQ-3).
bool DirectMember::isOutside(const Endpoint &address) const
{
    constexpr std::uint16_t FirstFreePort = 1024;
    if (address.port < FirstFreePort)
        return false;
    const auto checked = m_options.check({address.address}, address.port);
    return checked && !checked->empty();
}

/// Whoever names a machine of this network, or of nobody's, would have us knock there. The client
/// does, where the exit seems to be its neighbour; a node is found by its neighbours, and does not
/// search a home on a guest's word.
std::optional<CheckTarget> DirectMember::target(const protocol::Candidate &candidate) const
{
    using protocol::CandidateType;
    const Endpoint address{candidate.address.address.unmapped(), candidate.address.port};
    if (!m_mux.carries(address.address.family()))
        return std::nullopt;
    if (isOutside(address))
        return CheckTarget{address, candidate.type};
    const bool told = m_neighbour || candidate.type == CandidateType::Srflx;
    if (m_options.decides && told && isInside(address))
        return CheckTarget{address, CandidateType::Host};
    log::sampled(log::Level::Warning, "paths", "an address of the other end is not probed", "", {});
    return std::nullopt;
}

void DirectMember::hearCandidates(std::span<const protocol::Candidate> candidates)
{
    const bool isNew = std::any_of(candidates.begin(), candidates.end(), [this](const auto &each) {
        return std::find(m_heard.begin(), m_heard.end(), each) == m_heard.end();
    });
    m_heard.assign(candidates.begin(), candidates.end());
    const bool neighbour = std::any_of(m_heard.begin(), m_heard.end(), [this](const auto &each) {
        return each.type == protocol::CandidateType::Srflx &&
               m_own.isNeighbour(each.address.address);
    });
    if (neighbour != std::exchange(m_neighbour, neighbour))
        tellAnew();
    if (m_counting || (isNew && countsFirst()))
        return;
    std::vector<CheckTarget> targets;
    for (const protocol::Candidate &each : m_heard) {
        const Endpoint address{each.address.address.unmapped(), each.address.port};
        const bool known = std::any_of(targets.begin(), targets.end(), [&](const CheckTarget &one) {
            return one.address == address;
        });
        if (known || targets.size() > checks::MaxTold) // one beyond is counted
            continue;
        if (const auto target = this->target(each))
            targets.push_back(*target);
    }
    m_checks.told(monotonicNow(), targets);
    advance();
}

void DirectMember::hurry()
{
    m_checks.hurry(monotonicNow());
    advance();
}

void DirectMember::cameByAnother()
{
    m_checks.trafficElsewhere(monotonicNow());
    if (m_to && !m_checks.chosen())
        m_timer.start(Milliseconds(0));
}

// --- Probes --------------------------------------------------------------------------------------

void DirectMember::advance()
{
    const Monotonic now = monotonicNow();
    for (const PathChecks::Probe &each : m_checks.due(now))
        probe(each);
    forgetAnswers();
    tellPhase(now);
    schedule(now);
}

void DirectMember::probe(const PathChecks::Probe &probe)
{
    const protocol::StunTransactionId transaction = newStunTransaction();
    if (!m_mux.expect(transaction, probe.to, *this))
        return;
    m_expected.insert(transaction);
    const Bytes request = m_options.codec.request(transaction, probe.number, probe.nominated);
    // What cannot leave is as good as lost: the silence that follows says so.
    (void)m_mux.send(probe.to, ByteSpan(request));
    m_probed = true;
    m_checks.sent(monotonicNow(), probe.to, transaction);
}

void DirectMember::stunReceived(const StunMessage &message, ByteSpan datagram,
                                const MuxArrival &arrival)
{
    if (const auto number = m_options.codec.numberOf(message, datagram)) {
        asked(*number, message, arrival);
        return;
    }
    if (!m_options.codec.isAnswer(message, datagram))
        return;
    m_checks.answered(monotonicNow(), arrival.from, message.transaction);
    listen();
    if (const auto held = m_held.extract(arrival.from))
        answer(held.key(), held.mapped());
    advance();
}

void DirectMember::asked(std::uint64_t number, const StunMessage &message,
                         const MuxArrival &arrival)
{
    // A sender's address is no more than its word, until it answers.
    const bool isNeighbour = arrival.hopLimit == UdpMux::AllHops && isInside(arrival.from);
    if (!isOutside(arrival.from) && !isNeighbour) {
        log::sampled(log::Level::Warning, "paths", "a probe from a forbidden address", "", {});
        return;
    }
    if (!m_checks.asked(monotonicNow(), arrival.from, number, message.useCandidate))
        return;
    listen(); // before the answer, upon which datagrams come
    if (m_checks.mayAnswer(arrival.from)) {
        answer(arrival.from, message.transaction);
    } else {
        if (m_held.size() >= checks::MaxSeen)
            m_held.clear();
        m_held[arrival.from] = message.transaction;
    }
    advance();
}

void DirectMember::answer(const Endpoint &to, const protocol::StunTransactionId &transaction)
{
    const Bytes answer = m_options.codec.answer(transaction, to);
    (void)m_mux.send(to, ByteSpan(answer));
}

void DirectMember::listen()
{
    std::set<Endpoint> wanted;
    for (const Endpoint &each : m_checks.trusted())
        wanted.insert(each);
    for (const Endpoint &each : m_listening) {
        if (!wanted.contains(each))
            m_mux.stopReceiving(each, m_inbound);
    }
    for (const Endpoint &each : wanted) {
        if (!m_listening.contains(each) && !m_mux.receiveFrom(each, m_inbound))
            log::sampled(log::Level::Warning, "paths", "too many other ends", "", {});
    }
    m_listening = std::move(wanted);
}

void DirectMember::forgetAnswers()
{
    for (const protocol::StunTransactionId &each : m_checks.takeForgotten()) {
        m_mux.forget(each);
        m_expected.erase(each);
    }
}

// --- What it comes to ----------------------------------------------------------------------------

std::optional<Endpoint> DirectMember::remote() const
{
    return m_to;
}

std::optional<PathReason> DirectMember::reason() const
{
    if (m_to)
        return m_checks.chosen()->type == protocol::CandidateType::Host ? PathReason::SameLan
                                                                        : PathReason::Direct;
    if (m_own.asked && m_own.families.empty())
        return PathReason::UdpBlocked;
    if (!m_checks.wasTold())
        return PathReason::PeerCannot;
    if (isSymmetric(m_own.nat) && isSymmetric(m_options.peerNat))
        return PathReason::BothSymmetric;
    if (isSymmetric(m_own.nat) || isSymmetric(m_options.peerNat))
        return PathReason::SymmetricBehindStrict;
    return std::nullopt;
}

void DirectMember::tellPhase(Monotonic now)
{
    const std::optional<CheckTarget> chosen = m_checks.chosen();
    m_to = chosen ? std::optional(chosen->address) : std::nullopt;
    PathPhase phase = PathPhase::Open;
    switch (m_checks.state(now)) {
    case CheckState::Found:
        break;
    case CheckState::Searching:
        // The first search may end well, and later ones are nobody's news.
        phase = m_phase == PathPhase::Opening ? PathPhase::Opening : PathPhase::Idle;
        break;
    case CheckState::None:
        phase = PathPhase::Idle;
        break;
    }
    if (phase == PathPhase::Open)
        tellRoom();
    const std::optional<PathReason> why = reason();
    const bool otherReason = why != std::exchange(m_reason, why);
    if (phase != std::exchange(m_phase, phase))
        Q_EMIT changed({phase, {}});
    else if (otherReason)
        Q_EMIT reasonChanged();
}

void DirectMember::schedule(Monotonic now)
{
    const auto wait = std::chrono::ceil<Milliseconds>(m_checks.deadline(now) - now);
    m_timer.start(std::max(wait, Milliseconds(1)));
}

} // namespace higgs
