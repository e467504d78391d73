// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/relay_path.h"

#include "shared/base/log.h"

#include <QMetaObject>
#include <QPointer>

namespace higgs {

using protocol::ControlAction;
using protocol::Direction;

namespace {

// How often a heartbeat interval is looked at: silence is found so much after two of them.
constexpr int LooksPerInterval = 6;

/// For a sign of life: four round trips, of which opening took as many, and no less.
constexpr Milliseconds ShortestAnswer{1'000};

/// In the queue a datagram has its frame's header with it (RFC 6455 section 5.2): two bytes, as
/// many of length, and the mask.
constexpr std::size_t FrameOverhead = 8;
// When half of the queue is free, who waits is told: then a train must fit.
static_assert(datagramsIn(MaxQueuedDatagramBytes / 2, FrameOverhead) >= MaxTrain);

/// RFC 3986 section 3.2.2: an IPv6 address stands in brackets.
std::string hostHeader(const std::string &host, std::uint16_t port)
{
    const Result<IpAddress> address = IpAddress::parse(host);
    const std::string name = address && address->isV6() ? "[" + host + "]" : host;
    return port == 443 ? name : name + ":" + std::to_string(port);
}

} // namespace

RelayPath::RelayPath(EpollSet &epoll, RelayPathOptions options, QObject *parent)
    : QObject(parent), m_epoll(epoll), m_options(std::move(options))
{
    m_openTimer.setSingleShot(true);
    connect(&m_openTimer, &QTimer::timeout, this, [this] {
        end({protocol::ws_close::Abnormal,
             {},
             Error{ErrorCode::Timeout, "the relay did not confirm the connection"}});
    });
    connect(&m_beatTimer, &QTimer::timeout, this, &RelayPath::beat);
    m_quietTimer.setSingleShot(true);
    connect(&m_quietTimer, &QTimer::timeout, this, &RelayPath::lookWhetherQuiet);
    m_answerTimer.setSingleShot(true);
    connect(&m_answerTimer, &QTimer::timeout, this, [this] {
        if (!m_open || isWaiting() || m_lastSeen > m_askedAt)
            return;
        m_unansweredSince.reset();
        Q_EMIT silent();
    });
}

RelayPath::~RelayPath() = default;

void RelayPath::open()
{
    if (m_stream || m_ended)
        return;
    const Result<TlsContext> context = TlsContext::client(m_options.trust);
    if (!context) {
        const RelayClose close{protocol::ws_close::Abnormal, {}, context.error()};
        QMetaObject::invokeMethod(
            this, [this, close] { end(close); }, Qt::QueuedConnection);
        return;
    }
    WebSocketDial dial;
    for (const CheckedEndpoint &each : m_options.endpoints) {
        dial.connect.addresses.push_back(each.endpoint().address);
        dial.connect.port = each.endpoint().port;
    }
    dial.connect.serverName = m_options.host;
    dial.connect.mark = m_options.mark;
    dial.connect.interfaceName = m_options.interfaceName;
    dial.connect.timeout = m_options.openTimeout;
    dial.host = hostHeader(m_options.host, dial.connect.port);
    dial.path = "/relay/" + m_options.sessionId.text();
    dial.bearer = m_options.token.copy();
    m_openTimer.start(m_options.openTimeout);
    m_openedAt = monotonicNow();
    m_stream = std::make_unique<WebSocketStream>(m_epoll, *context, std::move(dial),
                                                 static_cast<WebSocketClient &>(*this));
}

void RelayPath::close(std::uint16_t code)
{
    m_openTimer.stop();
    m_beatTimer.stop();
    m_open = false;
    tellRoom(); // from now on all is dropped
    if (m_stream) {
        m_stream->close(code);
    } else if (!m_ended) {
        QMetaObject::invokeMethod(
            this,
            [this, code] {
                end({code, {}, std::nullopt});
            },
            Qt::QueuedConnection);
    }
}

void RelayPath::take(std::span<const ByteSpan> datagrams)
{
    if (!m_open) {
        m_notOpen += datagrams.size();
        return;
    }
    m_stream->sendBinary(datagrams);
    if (!m_unansweredSince && m_options.quiet > Milliseconds(0) && m_options.quietAfterOwn) {
        m_unansweredSince = monotonicNow();
        startQuietWatch(m_options.quiet);
    }
}

void RelayPath::startQuietWatch(Milliseconds wait)
{
    if (m_options.quiet > Milliseconds(0) && !m_quietTimer.isActive())
        m_quietTimer.start(wait);
}

void RelayPath::lookWhetherQuiet()
{
    const auto since = m_options.quietAfterOwn ? m_unansweredSince : std::optional(m_lastSeen);
    if (!m_open || !since)
        return;
    const auto passed = std::chrono::ceil<Milliseconds>(monotonicNow() - *since);
    if (isWaiting() || passed < m_options.quiet) { // we who do not read hear nothing
        startQuietWatch(isWaiting() ? m_options.quiet : m_options.quiet - passed);
        return;
    }
    if (!m_options.quietAfterOwn)
        startQuietWatch(m_options.quiet);
    if (m_answerTimer.isActive())
        return;
    m_askedAt = monotonicNow();
    m_stream->ping();
    m_answerTimer.start(std::max(ShortestAnswer, m_openTook));
    Q_EMIT quiet();
}

std::size_t RelayPath::room() const
{
    return m_open ? datagramsIn(m_stream->datagramRoom(), FrameOverhead) : AnyNumber;
}

void RelayPath::whenRoom(RoomWaiter &waiter)
{
    DatagramSink::whenRoom(waiter);
    if (m_open)
        m_stream->awaitRoom();
}

void RelayPath::sendControl(protocol::RelayControl control)
{
    if (!m_open)
        return;
    const protocol::RelayMessage message{m_options.sessionId, m_options.direction,
                                         std::move(control)};
    m_stream->sendText(toJson(message).dump());
}

WebSocketCounters RelayPath::counters() const
{
    WebSocketCounters counters = m_stream ? m_stream->counters() : WebSocketCounters();
    counters.dropped += m_notOpen;
    return counters;
}

// --- From the server -----------------------------------------------------------------------------

void RelayPath::webSocketOpened()
{
    m_lastSeen = monotonicNow();
}

void RelayPath::webSocketAlive()
{
    m_lastSeen = monotonicNow();
    m_unansweredSince.reset();
}

void RelayPath::webSocketBinary(std::span<const ByteSpan> messages)
{
    deliver(messages);
}

void RelayPath::deliver(std::span<const ByteSpan> datagrams)
{
    if (m_receiver == nullptr)
        return;
    m_receiver->take(datagrams);
    if (m_receiver == nullptr || m_receiver->room() > 0)
        return;
    m_stream->pauseReading();
    m_receiver->whenRoom(*this);
}

void RelayPath::roomAgain()
{
    m_stream->resumeReading();
}

void RelayPath::setReceiver(DatagramSink *receiver)
{
    m_receiver = receiver;
    if (!isWaiting())
        return;
    stopWaiting();
    m_stream->resumeReading();
}

void RelayPath::webSocketText(std::string_view text)
{
    const Result<protocol::RelayMessage> message = protocol::decodeRelayText(text);
    if (!message || message->sessionId != m_options.sessionId) {
        log::sampled(log::Level::Warning, "relay", "message not understood", "",
                     {{"detail", message ? "another session" : message.error().detail}});
        return;
    }
    if (const auto *data = std::get_if<protocol::RelayData>(&message->payload))
        handleData(*data);
    else if (std::holds_alternative<protocol::RelayHeartbeat>(message->payload))
        handleHeartbeat();
    else
        handleControl(*message);
}

/// The server gives data in the form that we send, which is binary; the other form is fine too.
void RelayPath::handleData(const protocol::RelayData &data)
{
    if (data.datagram.empty())
        return;
    const ByteSpan datagram(data.datagram);
    deliver({&datagram, 1});
}

void RelayPath::handleControl(const protocol::RelayMessage &message)
{
    const auto &control = std::get<protocol::RelayControl>(message.payload);
    const QPointer<RelayPath> alive(this);
    if (control.action == ControlAction::Connected && message.direction == Direction::Server) {
        if (!m_open && m_openTimer.isActive()) {
            m_openTimer.stop();
            m_open = true;
            m_lastBeat = monotonicNow();
            m_openTook = std::chrono::ceil<Milliseconds>(m_lastBeat - m_openedAt);
            if (!m_options.quietAfterOwn)
                startQuietWatch(m_options.quiet);
            m_beatTimer.start(m_options.heartbeatInterval / LooksPerInterval);
            Q_EMIT opened();
        }
    } else if (control.action == ControlAction::Connect) {
        Q_EMIT peerBack();
    } else if (control.action == ControlAction::Error && control.errorCode == "peer_lost") {
        Q_EMIT peerLost();
    }
    if (alive)
        Q_EMIT messageReceived(message);
}

/// The server's own, or its answer to ours: the answer must not be answered.
void RelayPath::handleHeartbeat()
{
    if (m_beatSent) {
        m_roundTrip = std::chrono::duration_cast<Milliseconds>(monotonicNow() - *m_beatSent);
        m_beatSent.reset();
    }
}

void RelayPath::beat()
{
    const Monotonic now = monotonicNow();
    if (now - m_lastSeen >= 2 * m_options.heartbeatInterval) {
        end({protocol::ws_close::Abnormal,
             {},
             Error{ErrorCode::Timeout, "nothing came from the relay for two heartbeats"}});
        return;
    }
    if (now - m_lastBeat < m_options.heartbeatInterval)
        return;
    const protocol::RelayMessage message{m_options.sessionId, m_options.direction,
                                         protocol::RelayHeartbeat{wallNow()}};
    m_lastBeat = now;
    m_beatSent = now;
    m_stream->sendText(toJson(message).dump());
}

void RelayPath::webSocketClosed(const WebSocketClose &close)
{
    end({close.code, close.reason, close.error});
}

void RelayPath::end(const RelayClose &close)
{
    if (m_ended)
        return;
    m_ended = true;
    m_open = false;
    stopWaiting();
    tellRoom();
    m_openTimer.stop();
    m_beatTimer.stop();
    m_quietTimer.stop();
    m_answerTimer.stop();
    // It may be the one that calls, and its counters stay readable: it is freed with the path.
    if (m_stream)
        m_stream->abort();
    Q_EMIT closed(close);
}

} // namespace higgs
