// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/relay/relay_thread.h"

#include "server/cache/networks.h"
#include "shared/base/log.h"

#include <algorithm>

namespace higgs::relay {

namespace {

// Heartbeats, expiry and holding are counted in seconds.
constexpr Milliseconds TickInterval{25};
// More at once would hold the thread: the others are late by a tick.
constexpr std::size_t LooksPerTick = 1000;
// The end learns half a round trip after us that its new connection is taken, and until then sends
// by the old one; what that brings comes another half later.
constexpr Milliseconds DisplacedLinger{1'000};
// Connections of a session that were replaced and wait for the peer's half of the close.
constexpr std::size_t MaxClosing = 4;
// A session without connections keeps what its core remembers for so long.
constexpr Seconds ForsakenLinger{60};
// Admissions that were on their way when a session ended come well within this.
constexpr Seconds EndedMemory{60};
constexpr std::string_view InvalidSession = "Invalid session";
constexpr std::string_view InternalError = "Internal server error";
constexpr std::string_view GoingAway = "Server is going away";

Now now()
{
    return {monotonicNow(), wallNow()};
}

std::optional<RelayError> errorOf(const WebSocketClose &close)
{
    using namespace protocol;
    if (close.code == ws_close::TooBig)
        return RelayError::TooBig;
    if (close.code == ws_close::ProtocolError || close.code == ws_close::InvalidPayload)
        return RelayError::Protocol;
    if (close.error && close.error->code == ErrorCode::Timeout)
        return RelayError::SlowReader;
    if (close.code == ws_close::Abnormal)
        return RelayError::Broken;
    return std::nullopt;
}

} // namespace

RelayThread::RelayThread(std::size_t heldBytes)
    : m_held(heldBytes), m_unfinished(heldBytes), m_mostBacklog(heldBytes)
{}

RelayThread::~RelayThread()
{
    m_legs.clear(); // before the epoll set that they are in
}

void RelayThread::start()
{
    m_epoll = std::make_unique<EpollSet>();
    m_timer = std::make_unique<QTimer>();
    m_timer->setTimerType(Qt::CoarseTimer);
    connect(m_timer.get(), &QTimer::timeout, this, &RelayThread::tick);
    m_timer->start(TickInterval);
    m_wake = std::make_unique<QTimer>();
    m_wake->setSingleShot(true);
    m_wake->setTimerType(Qt::PreciseTimer);
    connect(m_wake.get(), &QTimer::timeout, this, &RelayThread::wakeWaiting);
}

void RelayThread::adopt(TlsConnection connection, const RelayAdmission &admission)
{
    if (m_draining) {
        turnAway(std::move(connection), admission.deflate, CloseGoingAway, GoingAway);
        return;
    }
    if (m_ended.contains(admission.session)) {
        refuse(std::move(connection), admission.deflate, RelayRefusal::InvalidSession);
        return;
    }
    std::unique_ptr<LiveSession> &slot = m_sessions[admission.session];
    if (!slot)
        slot = std::make_unique<LiveSession>(admission.session, admission.expiresAt, m_counters,
                                             m_held);
    LiveSession &session = *slot;
    session.core.setExpiry(admission.expiresAt);
    session.core.setQuota(admission.quota);
    session.core.setMeets(admission.meets);
    session.core.displace(admission.role);
    obey(session);

    RelayLeg &leg = addLeg(std::move(connection), admission.deflate);
    leg.session = &session;
    leg.sessionId = admission.session;
    leg.role = admission.role;
    if (session.legs[indexOf(otherEnd(leg.role))] == nullptr)
        m_counters.sessions.add(1);
    session.legs[indexOf(leg.role)] = &leg;
    log::ofPeer(log::Level::Info, "relay", "open", leg.stream().peer().address,
                {{"session", admission.session.text()},
                 {"role", nameOf(admission.role)},
                 {"from", log::networkOf(leg.stream().peer().address)}});
    Q_EMIT legOpened(admission.session, admission.role);
    // Before its own address, which is the latest: what was known may be where it has moved from.
    session.core.seenAlso(admission.role, admission.seen);
    session.core.attach(now(), admission.role, leg.stream().peer().address);
    obey(session);
}

void RelayThread::refuse(TlsConnection connection,
                         const std::optional<protocol::WsDeflate> &deflate, RelayRefusal why)
{
    if (why == RelayRefusal::ServerFault) {
        turnAway(std::move(connection), deflate, protocol::ws_close::InternalError, InternalError);
        return;
    }
    m_counters.fail(RelayError::InvalidSession);
    turnAway(std::move(connection), deflate, ClosePolicy, InvalidSession);
}

void RelayThread::turnAway(TlsConnection connection,
                           const std::optional<protocol::WsDeflate> &deflate, std::uint16_t code,
                           std::string_view reason)
{
    RelayLeg &leg = addLeg(std::move(connection), deflate);
    log::sampled(log::Level::Info, "relay", "refused", reason,
                 {{"reason", reason}, {"from", log::networkOf(leg.stream().peer().address)}});
    leg.stream().refuse(code, reason);
}

/// One whose ends are not here yet brings with it where else it was seen.
void RelayThread::seenAlso(const SessionId &id, Role role, const IpAddress &address)
{
    if (LiveSession *session = find(id))
        session->core.seenAlso(role, address);
}

void RelayThread::setExpiry(const SessionId &id, Monotonic expiresAt)
{
    if (LiveSession *session = find(id)) {
        session->core.setExpiry(expiresAt);
        book(*session);
    }
}

void RelayThread::endSession(const SessionId &id, std::uint16_t code, std::string_view reason)
{
    noteEnded(id);
    if (LiveSession *session = find(id)) {
        session->core.close(code, reason);
        obey(*session);
    }
}

void RelayThread::releaseSession(const SessionId &id, std::uint16_t code, std::string_view reason)
{
    endSession(id, code, reason);
    m_ended.erase(id);
}

void RelayThread::candidatesForClient(const SessionId &id, std::string text)
{
    if (LiveSession *session = find(id)) {
        session->core.candidates(now(), Role::Client, std::move(text));
        obey(*session);
    }
}

void RelayThread::drain()
{
    m_draining = true;
    closeLingering(Monotonic::max());
    for (auto it = m_sessions.begin(); it != m_sessions.end();) {
        LiveSession &session = *(it++)->second;
        session.core.close(CloseGoingAway, GoingAway);
        obey(session);
    }
    reportDrained();
}

void RelayThread::carry(LiveSession &session, Role from, std::span<const ByteSpan> datagrams)
{
    const Routing routing = session.core.route(monotonicNow(), from, datagrams);
    if (!routing.forward.empty())
        deliver(session, otherEnd(from), routing.asJson, routing.forward);
    else
        book(session); // it may hold them
}

void RelayThread::text(LiveSession &session, Role from, std::string_view text)
{
    session.core.text(now(), from, text, m_turn);
    obey(session);
}

void RelayThread::closed(RelayLeg &leg, const WebSocketClose &close)
{
    const std::unique_ptr<RelayLeg> owned = std::move(m_legs.extract(&leg).mapped());
    forget(leg);
    m_counters.connections.subtract(1);
    m_counters.drop(DropReason::SlowReader, leg.takeDropped());
    if (const std::optional<RelayError> error = errorOf(close))
        m_counters.fail(*error);
    if (!leg.sessionId.isNull()) {
        const WebSocketCounters counters = leg.stream().counters();
        log::ofPeer(log::Level::Info, "relay", "close", leg.stream().peer().address,
                    {{"session", leg.sessionId.text()},
                     {"role", nameOf(leg.role)},
                     {"code", close.code},
                     {"reason", close.error ? close.error->detail : close.reason},
                     {"bytesIn", counters.bytesIn},
                     {"bytesOut", counters.bytesOut},
                     {"dropped", counters.dropped},
                     {"seconds", (monotonicNow() - leg.openedAt) / Seconds(1)}});
    }
    if (LiveSession *session = leg.session) {
        detach(leg);
        session->core.detach(now(), leg.role, close.code);
        obey(*session);
    }
    reportDrained();
}

RelayLeg &RelayThread::addLeg(TlsConnection connection,
                              const std::optional<protocol::WsDeflate> &deflate)
{
    auto leg = std::make_unique<RelayLeg>(*this, *m_epoll, std::move(connection), deflate);
    leg->openedAt = monotonicNow();
    leg->site = server::siteOf(leg->stream().peer().address);
    m_counters.connections.add(1);
    RelayLeg &added = *leg;
    m_legs.emplace(&added, std::move(leg));
    return added;
}

void RelayThread::deliver(LiveSession &session, Role to, bool asJson,
                          std::span<const ByteSpan> datagrams)
{
    if (to == Role::Client && !std::exchange(session.answered, true))
        Q_EMIT answered(session.core.id());
    RelayLeg *leg = session.legs[indexOf(to)];
    if (leg == nullptr)
        return;
    std::size_t bytes = 0;
    for (const ByteSpan datagram : datagrams)
        bytes += datagram.size();
    if (!hasRoomFor(*leg, bytes)) {
        m_counters.drop(DropReason::SlowReader, datagrams.size());
        return;
    }
    if (!asJson) {
        leg->stream().sendBinary(datagrams);
        countWaiting(*leg, leg->stream().waitingBytes());
        return;
    }
    // To write a text is work as well, for the one who sends the datagrams.
    RelayLeg *const sender = session.legs[indexOf(otherEnd(to))];
    std::size_t sent = 0;
    for (const ByteSpan datagram : datagrams) {
        if (sender != nullptr && !sender->texts.hasLeft(monotonicNow()))
            break;
        leg->stream().sendDroppableText(dataText(session.core.id(), otherEnd(to), datagram));
        ++sent;
        if (sender != nullptr)
            worked(*sender, datagram.size());
    }
    countWaiting(*leg, leg->stream().waitingBytes());
    m_counters.drop(DropReason::SlowReader, datagrams.size() - sent);
    if (sender != nullptr)
        beforeWork(*sender);
}

void RelayThread::obey(LiveSession &session)
{
    while (std::optional<RelayOutput> output = session.core.poll())
        std::visit([&](auto &each) { apply(session, each); }, *output);
    if (!session.core.isOver()) {
        book(session);
        return;
    }
    noteEnded(session.core.id());
    forgetSession(session);
}

void RelayThread::book(LiveSession &session)
{
    m_due.bookBy(&session, session.core.deadline(ForsakenLinger));
}

void RelayThread::forgetSession(LiveSession &session)
{
    m_due.forget(&session);
    m_sessions.erase(SessionId(session.core.id()));
}

void RelayThread::noteEnded(const SessionId &session)
{
    const Monotonic until = monotonicNow() + EndedMemory;
    m_ended[session] = until;
    m_endedInOrder.emplace_back(until, session);
}

void RelayThread::forgetEnded(Monotonic at)
{
    for (; !m_endedInOrder.empty() && m_endedInOrder.front().first <= at;
         m_endedInOrder.pop_front()) {
        const auto found = m_ended.find(m_endedInOrder.front().second);
        if (found != m_ended.end() && found->second <= at)
            m_ended.erase(found);
    }
}

void RelayThread::apply(LiveSession &session, SendText &output)
{
    RelayLeg *const leg = session.legs[indexOf(output.to)];
    if (leg == nullptr)
        return;
    leg->stream().sendText(output.text);
    countWaiting(*leg, leg->stream().waitingBytes());
}

void RelayThread::apply(LiveSession &session, SendDatagrams &output)
{
    m_spans.assign(output.datagrams.begin(), output.datagrams.end());
    deliver(session, output.to, output.asJson, m_spans);
}

void RelayThread::apply(LiveSession &session, CloseLeg &output)
{
    RelayLeg *const leg = session.legs[indexOf(output.leg)];
    if (leg == nullptr)
        return;
    detach(*leg);
    if (output.lingers) {
        leg->displaced = true;
        m_lingering.push_back({leg, monotonicNow() + DisplacedLinger, output.code, output.reason});
    } else {
        leg->stream().close(output.code, output.reason);
    }
    session.closing.push_back(leg);
    // Two that replace each other without end do not wait for each other's close.
    if (session.closing.size() > MaxClosing)
        drop(*session.closing.front());
}

void RelayThread::carryLate(const RelayLeg &leg, std::span<const ByteSpan> datagrams)
{
    if (LiveSession *session = find(leg.sessionId))
        carry(*session, leg.role, datagrams);
}

void RelayThread::closeLingering(Monotonic at)
{
    while (!m_lingering.empty() && m_lingering.front().until <= at) {
        const Lingering due = m_lingering.front();
        m_lingering.pop_front();
        due.leg->displaced = false;
        due.leg->stream().close(due.code, due.reason);
    }
}

/// Ends a connection whose close frame has had its time.
void RelayThread::drop(RelayLeg &leg)
{
    forget(leg);
    m_counters.connections.subtract(1);
    m_counters.drop(DropReason::SlowReader, leg.takeDropped());
    m_legs.erase(&leg);
}

/// Before a leg goes: nobody shall know it any more.
void RelayThread::forget(RelayLeg &leg)
{
    m_unfinished.remove(&leg);
    std::erase_if(m_lingering, [&](const Lingering &each) { return each.leg == &leg; });
    forgetTurns(leg);
    countWaiting(leg, 0);
    if (LiveSession *session = leg.sessionId.isNull() ? nullptr : find(leg.sessionId))
        std::erase(session->closing, &leg);
}

void RelayThread::apply(LiveSession &session, CandidatesForNode &output)
{
    Q_EMIT candidatesForNode(session.core.id(), output.text);
}

void RelayThread::apply(LiveSession &session, SessionOver &output)
{
    Q_EMIT sessionEnded(session.core.id(), output.cause);
}

void RelayThread::detach(RelayLeg &leg)
{
    LiveSession &session = *std::exchange(leg.session, nullptr);
    session.legs[indexOf(leg.role)] = nullptr;
    if (session.legs[indexOf(otherEnd(leg.role))] == nullptr)
        m_counters.sessions.subtract(1);
    Q_EMIT legClosed(leg.sessionId, leg.role);
}

void RelayThread::tick()
{
    const Now at = now();
    watchBacklog();
    closeLingering(at.monotonic);
    for (LiveSession *const session : m_due.take(at.monotonic, LooksPerTick)) {
        if (session->core.isForsaken(at.monotonic, ForsakenLinger)) {
            forgetSession(*session);
            continue;
        }
        session->core.tick(at);
        obey(*session);
    }
    forgetEnded(at.monotonic);
}

void RelayThread::holds(RelayLeg &leg, std::size_t bytes)
{
    m_unfinished.set(&leg, leg.site, bytes);
    while (RelayLeg *most = m_unfinished.tooMuch()) {
        // At once, and so without a close frame: what it holds is to be free.
        closed(*most,
               {protocol::ws_close::TooBig, {}, Error{ErrorCode::TooLarge, "unfinished messages"}});
    }
}

void RelayThread::reportDrained()
{
    if (m_draining && m_legs.empty())
        Q_EMIT drained();
}

LiveSession *RelayThread::find(const SessionId &id)
{
    const auto it = m_sessions.find(id);
    return it == m_sessions.end() ? nullptr : it->second.get();
}

} // namespace higgs::relay
