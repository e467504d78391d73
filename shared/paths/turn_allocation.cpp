// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/turn_allocation.h"

#include "shared/base/log.h"
#include "shared/net/stun_transaction.h"
#include "shared/paths/turn_tls.h"
#include "shared/paths/turn_udp.h"

#include <QPointer>
#include <algorithm>

namespace higgs {

/// Datagrams to one peer.
class TurnAllocation::PeerSink : public DatagramSink
{
public:
    PeerSink(TurnAllocation &owner, const Endpoint &peer) : m_owner(owner), m_peer(peer) {}

    void take(std::span<const ByteSpan> datagrams) override { m_owner.send(m_peer, datagrams); }
    [[nodiscard]] std::size_t room() const override
    {
        return m_owner.m_carrier ? m_owner.m_carrier->room() : AnyNumber;
    }
    void whenRoom(RoomWaiter &waiter) override
    {
        if (m_owner.m_carrier)
            m_owner.m_carrier->whenRoom(waiter);
    }

private:
    TurnAllocation &m_owner;
    Endpoint m_peer;
};

TurnAllocation::TurnAllocation(EpollSet &epoll, UdpMux *mux, const TlsContext *tls,
                               TurnAllocationOptions options, QObject *parent)
    : QObject(parent),
      m_epoll(epoll),
      m_mux(mux),
      m_tls(tls),
      m_options(std::move(options)),
      m_timer(this),
      m_events(this)
{
    std::stable_sort(
        m_options.doors.begin(), m_options.doors.end(),
        [](const TurnDoor &a, const TurnDoor &b) { return a.transport < b.transport; });
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    m_events.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &TurnAllocation::advance);
    connect(&m_events, &QTimer::timeout, this, &TurnAllocation::turn);
}

TurnAllocation::~TurnAllocation()
{
    if (!m_core)
        return;
    m_core->end();
    drain();
}

void TurnAllocation::start()
{
    QMetaObject::invokeMethod(this, &TurnAllocation::tryDoor, Qt::QueuedConnection);
}

// --- The server ----------------------------------------------------------------------------------

void TurnAllocation::tryDoor()
{
    while (m_door < m_options.doors.size())
        if (openDoor(m_options.doors[m_door++]))
            return;
    m_carrier.reset();
    m_core.reset();
    Q_EMIT failed(m_lastError);
}

/// False when there is nothing to open it with.
bool TurnAllocation::openDoor(const TurnDoor &door)
{
    const Endpoint &server = door.server.endpoint();
    const bool udp = door.transport == TurnTransport::Udp;
    if (udp ? m_mux == nullptr || !m_mux->carries(server.address.unmapped().family())
            : door.transport == TurnTransport::Tls && m_tls == nullptr)
        return false;
    m_closed.reset();
    m_carrier.reset(); // out of the mux, before another one comes in
    m_transport = door.transport;
    TurnCoreOptions core;
    core.server = server;
    core.v4 = m_options.v4;
    core.v6 = m_options.v6;
    core.stream = !udp;
    core.timeout = udp ? m_options.udpTimeout : m_options.streamTimeout;
    core.permissionLife = m_options.permissionLife;
    core.channelLife = m_options.channelLife;
    m_core.emplace(core, TurnAuthentication(m_options.username, m_options.password.copy()),
                   newStunTransaction);
    TurnCarrierClient &client = *this;
    const TurnStreamOptions stream{server, door.serverName, m_options.mark, m_options.interfaceName,
                                   door.transport == TurnTransport::Tcp ? m_options.dialTimeout
                                                                        : m_options.streamTimeout};
    if (udp)
        m_carrier = std::make_unique<TurnUdp>(*m_mux, server, client);
    else if (door.transport == TurnTransport::Tcp)
        m_carrier = std::make_unique<TurnTcp>(m_epoll, stream, client);
    else
        m_carrier = std::make_unique<TurnTls>(m_epoll, *m_tls, stream, client);
    m_carrier->open();
    return true;
}

void TurnAllocation::carrierReady()
{
    m_core->start(monotonicNow());
    drain();
}

/// What one peer sent goes on together. An indication's lies in the core until its next call, a
/// channel's in what was received.
void TurnAllocation::carrierReceived(std::span<const ByteSpan> frames)
{
    const Monotonic now = monotonicNow();
    bool talks = false;
    for (const ByteSpan &frame : frames) {
        const bool channel = looksLikeChannelMessage(frame);
        if (!channel)
            passOn();
        const auto delivered = m_core->receive(now, frame);
        talks = talks || !delivered;
        if (!delivered)
            continue;
        if (delivered->peer != m_runFrom)
            passOn();
        m_runFrom = delivered->peer;
        m_run.push_back(delivered->data);
        if (!channel)
            passOn();
    }
    passOn();
    if (talks)
        drain();
}

void TurnAllocation::passOn()
{
    if (!m_run.empty() && m_receiver != nullptr)
        m_receiver->turnReceived(m_runFrom, m_run);
    m_run.clear();
}

void TurnAllocation::carrierClosed(const Error &error)
{
    m_closed = error;
    m_events.start(0);
}

void TurnAllocation::advance()
{
    if (!m_core)
        return;
    m_core->advance(monotonicNow());
    drain();
}

/// Messages leave at once; what is to be told waits for the event loop.
void TurnAllocation::drain()
{
    while (const auto transmission = m_core->nextTransmission())
        if (m_carrier)
            m_carrier->ask(*transmission);
    for (const protocol::StunTransactionId &each : m_core->takeAnswered())
        if (m_carrier)
            m_carrier->answered(each);
    const Monotonic deadline = m_core->deadline();
    if (deadline == Monotonic::max()) {
        m_timer.stop();
    } else {
        const auto wait = std::chrono::ceil<Milliseconds>(deadline - monotonicNow());
        m_timer.start(std::max(wait, Milliseconds(0)));
    }
    if (m_core->hasEvents())
        m_events.start(0);
}

// --- What is told --------------------------------------------------------------------------------

void TurnAllocation::turn()
{
    const QPointer<TurnAllocation> alive(this);
    while (alive && m_core) {
        const auto event = m_core->nextEvent();
        if (!event)
            break;
        handle(*event); // may delete this
    }
    if (!alive || !m_closed)
        return;
    const Error error = *m_closed;
    m_closed.reset();
    const bool stood = isAllocated();
    if (!stood) {
        doorFailed(error);
        return;
    }
    m_core.reset();
    m_carrier.reset();
    m_timer.stop();
    Q_EMIT lost(error);
}

void TurnAllocation::handle(const TurnEvent &event)
{
    switch (event.kind) {
    case TurnEvent::Kind::Allocated:
        Q_EMIT allocated(m_core->relayed());
        return;
    case TurnEvent::Kind::Redirected:
        redirect(event.peer);
        return;
    case TurnEvent::Kind::Failed:
        doorFailed(event.error);
        return;
    case TurnEvent::Kind::Lost:
        m_carrier.reset();
        m_closed.reset();
        Q_EMIT lost(event.error);
        return;
    case TurnEvent::Kind::Permitted:
        Q_EMIT permitted(event.peer);
        return;
    case TurnEvent::Kind::Refused:
        Q_EMIT refused(event.peer, event.error);
        return;
    case TurnEvent::Kind::Unreachable:
        Q_EMIT unreachable(event.peer);
        return;
    }
}

void TurnAllocation::redirect(const Endpoint &server)
{
    const auto checked = m_options.checkAlternate && m_redirects < MaxRedirects
                             ? m_options.checkAlternate(server)
                             : Result<CheckedEndpoint>(unexpected(
                                   ErrorCode::Forbidden, "the TURN server sends to another one"));
    if (!checked) {
        doorFailed(checked.error());
        return;
    }
    ++m_redirects;
    const std::string name = m_options.doors[m_door - 1].serverName;
    openDoor({m_transport, *checked, name});
}

/// Wrong credentials are wrong at each door.
void TurnAllocation::doorFailed(const Error &error)
{
    const bool last = m_door >= m_options.doors.size() || error.code == ErrorCode::Unauthorized;
    m_closed.reset();
    m_lastError = error;
    if (!last) { // whose error is told
        log::sampled(log::Level::Info, "paths", "a TURN server's address is of no use", "",
                     {{"error", error.detail}});
        tryDoor();
        return;
    }
    m_timer.stop();
    m_carrier.reset();
    Q_EMIT failed(error);
}

// --- Peers ---------------------------------------------------------------------------------------

Result<void> TurnAllocation::permit(const Endpoint &peer)
{
    if (!m_core)
        return unexpected(ErrorCode::Unavailable, "there is no allocation");
    Result<void> asked = m_core->permit(monotonicNow(), peer);
    if (asked) {
        const Endpoint known{peer.address.unmapped(), peer.port};
        auto &sink = m_sinks[known];
        if (!sink)
            sink = std::make_unique<PeerSink>(*this, known);
        drain();
    }
    return asked;
}

DatagramSink *TurnAllocation::sinkTo(const Endpoint &peer)
{
    const auto found = m_sinks.find({peer.address.unmapped(), peer.port});
    return found == m_sinks.end() ? nullptr : found->second.get();
}

void TurnAllocation::forget(const Endpoint &peer)
{
    m_sinks.erase({peer.address.unmapped(), peer.port});
    if (!m_core)
        return;
    m_core->forget(peer);
    drain();
}

void TurnAllocation::send(const Endpoint &peer, std::span<const ByteSpan> datagrams)
{
    if (!m_core || !m_carrier)
        return;
    const Monotonic now = monotonicNow();
    m_wrapped.clear();
    m_ends.clear();
    for (const ByteSpan &each : datagrams)
        if (m_core->wrap(now, peer, each, m_wrapped))
            m_ends.push_back(m_wrapped.size());
    m_messages.clear();
    std::size_t begin = 0; // they lie still only now
    for (const std::size_t end : m_ends) {
        m_messages.push_back(ByteSpan(m_wrapped).subspan(begin, end - begin));
        begin = end;
    }
    m_carrier->send(m_messages);
    if (m_core->hasTransmissions())
        drain();
}

} // namespace higgs
