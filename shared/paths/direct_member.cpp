// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/direct_member.h"

#include "shared/base/log.h"
#include "shared/net/stun_transaction.h"
#include "shared/paths/nat_reason.h"

#include <algorithm>
#include <utility>

namespace higgs {

using protocol::NatType;
using protocol::PathReason;
using protocol::PathType;
using protocol::StunMessage;

namespace {

/// Above the numbers of whatever this end sent for the session in an earlier run.
std::uint64_t firstNumber(WallTime startedAt)
{
    constexpr unsigned ProbesOfAMillisecond = 8; // bits
    return static_cast<std::uint64_t>(startedAt.ms) << ProbesOfAMillisecond;
}

} // namespace

void DirectMember::Inbound::take(std::span<const ByteSpan> datagrams)
{
    m_checks.trafficCame(monotonicNow());
    if (!m_timer.isActive())
        m_timer.start();
    if (receiver != nullptr)
        receiver->take(datagrams);
}

DirectMember::DirectMember(UdpMux &mux, DirectMemberOptions options)
    : m_mux(mux),
      m_options(std::move(options)),
      m_checks(monotonicNow(), m_options.decides, firstNumber(m_options.startedAt)),
      m_inbound(m_checks, m_trafficTimer)
{
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, &DirectMember::advance);
    m_trafficTimer.setSingleShot(true);
    m_trafficTimer.setInterval(checks::SuspectAfter);
    connect(&m_trafficTimer, &QTimer::timeout, this, &DirectMember::advance);
    m_tellTimer.setSingleShot(true);
    connect(&m_tellTimer, &QTimer::timeout, this, &DirectMember::tellAnew);
    m_turnTimer.setSingleShot(true);
    connect(&m_turnTimer, &QTimer::timeout, this, &DirectMember::wantTurn);
    m_turnEnd.setSingleShot(true);
    m_turnEnd.setInterval(TurnKept);
    if (!m_options.turn)
        return;
    TurnLease &turn = *m_options.turn;
    turn.setReceiver(this);
    connect(&m_turnEnd, &QTimer::timeout, &turn, &TurnLease::giveBack);
    connect(&turn, &TurnLease::changed, this, &DirectMember::turnChanged);
    connect(&turn, &TurnLease::failed, this, &DirectMember::turnFailed);
}

DirectMember::~DirectMember()
{
    detach();
}

void DirectMember::detach()
{
    m_timer.stop();
    m_tellTimer.stop();
    m_trafficTimer.stop();
    m_to.reset();
    m_turnTimer.stop();
    m_turnEnd.stop();
    stopWaiting();
    if (m_options.turn) {
        m_options.turn->setReceiver(nullptr);
        m_options.turn->disconnect(this);
        m_options.turn->giveBack();
    }
    if (std::exchange(m_served, false))
        m_mux.stopServing(m_options.codec.served());
    for (const Endpoint &each : std::exchange(m_listening, {}))
        m_mux.stopReceiving(each, m_inbound);
    for (const protocol::StunTransactionId &each : std::exchange(m_expected, {}))
        m_mux.forget(each);
}

void DirectMember::open()
{
    if (m_options.straight) {
        const Result<void> served = m_mux.serve(m_options.codec.served(), *this);
        if (!served)
            log::warning("paths", "no direct way", {{"error", served.error().detail}});
        m_served = served.has_value();
    }
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
    DatagramSink *turn = m_to && m_to->via != 0 ? turnSink(m_to->way()) : nullptr;
    if (!m_to || (m_to->via != 0 && turn == nullptr)) {
        m_dropped += datagrams.size();
        return;
    }
    if (turn != nullptr)
        turn->take(datagrams);
    else
        m_mux.send(m_to->address, datagrams);
    m_checks.trafficSent(monotonicNow());
    if (!m_trafficTimer.isActive())
        m_trafficTimer.start();
}

std::size_t DirectMember::room() const
{
    if (!m_to || m_to->via == 0)
        return m_mux.room();
    const DatagramSink *sink = turnSink(m_to->way());
    return sink != nullptr ? sink->room() : AnyNumber;
}

/// Who waits is told also when another way carries.
void DirectMember::whenRoom(RoomWaiter &waiter)
{
    DatagramSink::whenRoom(waiter);
    if (!m_to || m_to->via == 0)
        m_mux.whenRoom(*this);
    else if (DatagramSink *sink = turnSink(m_to->way()))
        sink->whenRoom(*this);
}

void DirectMember::hurry()
{
    m_checks.hurry(monotonicNow());
    advance();
}

/// The server knows an allocation by our mapping, which may be another one by now.
void DirectMember::woke()
{
    m_checks.woke(monotonicNow());
    m_to.reset(); // by no fault of a TURN server's
    m_held.clear();
    if (m_options.turn)
        m_options.turn->renew();
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
    noteRefused();
    if (!m_checks.isDoubtful()) {
        m_doubtful = false;
    } else if (!m_doubtful && m_doubts.take(now)) {
        m_doubtful = true;
        tellAnew(); // by a relay's connection that may be as dead, and says so
        Q_EMIT doubtful();
    }
    tellPhase(now);
    schedule(now);
}

void DirectMember::probe(const PathChecks::Probe &probe)
{
    const protocol::StunTransactionId transaction = newStunTransaction();
    if (probe.to.via == 0) {
        if (!m_mux.expectProbe(transaction, probe.to.address, *this))
            return;
        m_expected.insert(transaction);
    }
    const Bytes request =
        m_options.codec.request(transaction, probe.number, probe.nominated, probe.full);
    const Result<void> sent = send(probe.to, request);
    m_probed = m_probed || probe.to.via == 0;
    const bool noRoute = !sent && sent.error().code == ErrorCode::Network;
    if (probe.to.via == 0)
        noteRoute(probe.to.address, !noRoute);
    m_checks.sent(monotonicNow(), probe.to, transaction);
    if (noRoute)
        m_checks.noRoute(monotonicNow(), probe.to);
}

/// What cannot leave for a moment is as good as lost: the silence that follows says so.
Result<void> DirectMember::send(const CheckWay &to, ByteSpan datagram)
{
    if (to.via == 0)
        return m_mux.send(to.address, datagram);
    if (DatagramSink *sink = turnSink(to))
        sink->take({&datagram, 1});
    return {};
}

void DirectMember::stunReceived(const StunMessage &message, ByteSpan datagram,
                                const MuxArrival &arrival)
{
    stunCame(message, datagram, arrival.from, arrival.hopLimit);
}

void DirectMember::stunCame(const StunMessage &message, ByteSpan datagram, const CheckWay &from,
                            std::optional<unsigned> hopLimit)
{
    if (const auto number = m_options.codec.numberOf(message, datagram)) {
        asked(*number, message, message.padding ? datagram.size() : 0, from, hopLimit);
        return;
    }
    if (!m_options.codec.isAnswer(message, datagram)) {
        m_mux.note(&MuxCounters::forged);
        return;
    }
    m_checks.answered(monotonicNow(), from, message.transaction);
    if (from.via == 0)
        noteOpened(message, from.address);
    listen();
    if (const auto held = m_held.extract(from); held && hears(from))
        answer(held.key(), held.mapped());
    advance();
}

void DirectMember::asked(std::uint64_t number, const StunMessage &message, std::size_t size,
                         const CheckWay &from, std::optional<unsigned> hopLimit)
{
    // A sender's address is no more than its word, until it answers; what comes by an allocation of
    // ours goes back to the TURN server.
    const bool allowed = from.via != 0 || isOutside(from.address) || isRelayed(from.address) ||
                         (hopLimit == UdpMux::AllHops && isInside(from.address));
    if (!allowed) {
        log::sampled(log::Level::Warning, "paths", "a probe from a forbidden address", "", {});
        m_mux.note(&MuxCounters::forbidden);
        return;
    }
    if (!m_checks.asked(monotonicNow(), from, number, message.useCandidate,
                        size >= checks::FullProbe))
        return;
    listen(); // before the answer, upon which datagrams come
    if (m_checks.mayAnswer(from) && hears(from)) {
        answer(from, message.transaction, size);
    } else {
        if (m_held.size() >= checks::MaxSeen)
            m_held.clear();
        m_held[from] = message.transaction;
    }
    advance();
}

/// Who is answered sends datagrams there.
bool DirectMember::hears(const CheckWay &from) const
{
    return from.via != 0 || m_listening.contains(from.address);
}

void DirectMember::answer(const CheckWay &to, const protocol::StunTransactionId &transaction,
                          std::size_t size)
{
    const auto opened = to.via != 0 ? std::nullopt : m_own.opened(to.address.address.family());
    (void)send(to, m_options.codec.answer(transaction, to.address, opened, size));
}

/// A way goes by an opened port of theirs when they say that they are met there, and of ours when
/// they see us there.
void DirectMember::noteOpened(const StunMessage &answer, const Endpoint &from)
{
    const bool theirs = m_own.called(answer.responseOrigin.value_or(Endpoint())) == from;
    const bool ours = answer.xorMappedAddress == m_own.opened(from.address.family());
    if (!theirs && !ours)
        m_opened.erase(from);
    else if (m_opened.size() < checks::MaxTold + checks::MaxSeen)
        m_opened.insert(from);
}

void DirectMember::listen()
{
    std::set<Endpoint> wanted;
    m_turnTrusted.clear();
    for (const CheckWay &each : m_checks.trusted()) {
        if (each.via == 0)
            wanted.insert(each.address);
        else
            m_turnTrusted.insert(each);
    }
    for (const Endpoint &each : m_listening) {
        if (!wanted.contains(each))
            m_mux.stopReceiving(each, m_inbound);
    }
    // Another session's place is not had for a sender's address, which anybody can write. The
    // client has one session; if both ends waited for the other's answer, neither would get one.
    std::erase_if(wanted, [this](const Endpoint &each) {
        const bool replaces = m_options.decides || m_checks.isProven(each);
        if (m_listening.contains(each))
            return false;
        const Result<void> entered = m_mux.receiveFrom(each, m_inbound, replaces);
        if (entered)
            return false;
        log::sampled(log::Level::Warning, "paths", "datagrams of an address are not taken", "",
                     {{"error", entered.error().detail}});
        return true;
    });
    const bool others = std::exchange(m_listening, std::move(wanted)) != m_listening;
    if (others && m_options.turn && !m_counting)
        tellTargets(); // where it is seen may be nowhere that it told
}

void DirectMember::noteRefused()
{
    const CheckCounters &now = m_checks.counters();
    MuxCounters refused;
    refused.repeated = now.repeated - m_noted.repeated;
    refused.beyond = now.beyond - m_noted.beyond;
    refused.withheld = now.withheld - m_noted.withheld;
    m_noted = now;
    m_mux.note(refused);
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
    return m_to ? std::optional(m_to->address) : std::nullopt;
}

PathType DirectMember::type() const
{
    return (m_to ? m_to->isTurn() : !m_options.straight) ? PathType::Turn : PathType::Direct;
}

/// The one end has IPv4 alone and the other IPv6.
bool DirectMember::speaksAnotherFamily() const
{
    return m_own.asked && !m_heard.empty() &&
           std::none_of(m_heard.begin(), m_heard.end(), [this](const auto &each) {
               return m_own.reaches(each.address.address.unmapped().family());
           });
}

std::optional<PathReason> DirectMember::reason() const
{
    if (m_to && m_to->isTurn())
        return PathReason::TurnRelay;
    if (m_to && m_to->type == protocol::CandidateType::Host)
        return PathReason::SameLan;
    if (m_to)
        return m_opened.contains(m_to->address) ? PathReason::PortMapped : PathReason::Direct;
    if ((m_own.asked && m_own.families.empty()) || m_checks.isNarrow())
        return PathReason::UdpBlocked;
    if (!m_checks.wasTold() || speaksAnotherFamily())
        return PathReason::PeerCannot;
    const NatType own = m_own.toldNat();
    if (own == NatType::Unknown && m_own.natPending)
        return PathReason::Probing;
    return natReason(own, m_options.peerNat);
}

void DirectMember::tellPhase(Monotonic now)
{
    const std::optional<CheckTarget> before = std::exchange(m_to, m_checks.chosen());
    if (m_options.turn)
        judgeTurn(now, before);
    PathPhase phase = PathPhase::Open;
    switch (m_checks.state(now)) {
    case CheckState::Found:
        break;
    case CheckState::Searching:
        // The first may end well, so may one for a way that was lost; later ones are no news.
        phase =
            m_phase == PathPhase::Idle && !m_options.alone ? PathPhase::Idle : PathPhase::Opening;
        break;
    case CheckState::None:
        phase = m_phase == PathPhase::Opening && !m_options.straight && m_options.turn &&
                        m_options.turn->isFirstTry() && m_allocations.empty()
                    ? PathPhase::Opening
                    : PathPhase::Idle;
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
