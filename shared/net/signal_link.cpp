// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/signal_link.h"

#include "shared/base/backoff.h"
#include "shared/base/log.h"
#include "shared/base/pace.h"
#include "shared/crypto/keys.h"
#include "shared/net/known_fleet.h"
#include "shared/net/signal_inbox.h"
#include "shared/net/websocket_stream.h"

#include <QPointer>
#include <QTimer>

namespace higgs {

namespace {

constexpr Milliseconds PingInterval{30'000};
constexpr Milliseconds SilenceLimit{65'000}; // two pings without any answer
/// A link that stood so long was a good one: the next is tried soon. Each has TLS, and the node ask
/// for its place anew.
constexpr Milliseconds Stood{10'000};
/// For TCP and TLS, where another server can be gone to: the line may be far.
constexpr Milliseconds ShortDial{3'000};
/// For a sign of life when there is doubt: four round trips, and no less.
constexpr Milliseconds ShortestDoubt{1'500};
constexpr int DoubtTrips = 4;
constexpr int RoundTripsToOpen = 3; // TCP, TLS, HTTP
/// By what else is heard of the server. One that lets in everything but the link is not stormed.
constexpr unsigned HurriesAtOnce = 2;
constexpr Milliseconds HurryInterval{5'000};

} // namespace

class SignalLink::Private : public QObject, private WebSocketClient
{
public:
    Private(SignalLink &owner, EpollSet &epoll, SignalLinkOptions options)
        : m_owner(owner),
          m_epoll(epoll),
          m_options(std::move(options)),
          m_at{m_options.host, m_options.port}
    {
        m_reopen.setSingleShot(true);
        connect(&m_reopen, &QTimer::timeout, this, &Private::dial);
        connect(&m_ping, &QTimer::timeout, this, &Private::beat);
        m_doubt.setSingleShot(true);
        connect(&m_doubt, &QTimer::timeout, this, [this] {
            if (m_connected && m_lastSeen <= m_doubtedAt)
                silent();
        });
        m_delivery.setSingleShot(true);
        connect(&m_delivery, &QTimer::timeout, this, &Private::deliver);
    }

    void open()
    {
        m_backoff.reset();
        dial();
    }

    void renew()
    {
        if (!m_context)
            return; // not open yet
        m_connected = false;
        m_ping.stop();
        open();
    }

    void setToken(SecretText token) { m_options.token = std::move(token); }
    void setAddresses(std::vector<IpAddress> addresses)
    {
        m_options.addresses = std::move(addresses);
    }
    [[nodiscard]] bool isConnected() const { return m_connected; }

    void ask()
    {
        if (m_connected)
            m_stream->ping();
    }
    void doubt()
    {
        const bool alone = m_options.fleet == nullptr || m_options.fleet->others().empty();
        if (!m_connected || m_doubt.isActive() || alone)
            return;
        m_doubtedAt = monotonicNow();
        m_stream->ping();
        m_doubt.start(std::max(ShortestDoubt, m_trip * DoubtTrips));
    }
    void serverIsThere()
    {
        if (m_reopen.isActive() && !m_refused && m_hurries.take(monotonicNow()))
            m_reopen.start(Milliseconds(0));
    }
    [[nodiscard]] std::optional<Monotonic> heardAt() const
    {
        return m_connected ? std::optional(m_lastSeen) : std::nullopt;
    }

    void send(const protocol::SignalMessage &message)
    {
        if (m_connected)
            m_stream->sendText(protocol::dumpJson(protocol::toJson(message)));
    }

private:
    void dial()
    {
        m_reopen.stop();
        m_stream.reset();
        if (!m_context) {
            Result<TlsContext> context = TlsContext::client(m_options.trust);
            if (!context) {
                broke(context.error());
                return;
            }
            m_context.emplace(std::move(*context));
        }
        WebSocketDial dial;
        dial.connect.addresses = m_options.addresses;
        if (m_options.fleet != nullptr) {
            m_at = m_options.fleet->choose(m_at);
            if (m_at != ServerPlace{m_options.host, m_options.port})
                dial.connect.addresses = m_options.fleet->addressesOf(m_at);
        }
        if (hasAnother())
            dial.connect.timeout = ShortDial;
        dial.connect.port = m_at.port;
        dial.connect.serverName = m_at.host;
        const bool v6 = m_at.host.find(':') != std::string::npos;
        dial.host = (v6 ? "[" + m_at.host + "]" : m_at.host) + ":" + std::to_string(m_at.port);
        m_dialledAt = monotonicNow();
        dial.path = "/api/v1/nodes/" + m_options.node.text() + "/signal";
        dial.bearer = m_options.token.copy();
        WebSocketClient &self = *this;
        m_stream = std::make_unique<WebSocketStream>(m_epoll, *m_context, std::move(dial), self);
    }

    void beat()
    {
        if (monotonicNow() - m_lastSeen >= SilenceLimit)
            silent();
        else
            m_stream->ping();
    }

    void silent()
    {
        m_stream.reset();
        broke({ErrorCode::Timeout, "the server is silent"});
    }

    [[nodiscard]] bool hasAnother() const
    {
        return m_options.fleet != nullptr && m_options.fleet->hasAnother(m_at);
    }

    void broke(const Error &error, bool ofServer = true)
    {
        if (std::exchange(m_connected, false) && monotonicNow() - m_openedAt >= Stood)
            m_backoff.reset();
        m_ping.stop();
        m_doubt.stop();
        m_refused = error.code == ErrorCode::Unauthorized;
        if (m_options.fleet != nullptr && ofServer && !m_refused)
            m_options.fleet->failed(m_at);
        // Each of them once, and then ever more slowly.
        const bool goesOn = ofServer && !m_refused && hasAnother();
        m_reopen.start(goesOn ? Milliseconds(0) : m_backoff.next(randomUnit()));
        Q_EMIT m_owner.disconnected(error);
    }

    void webSocketOpened() override
    {
        m_connected = true;
        m_openedAt = m_lastSeen = monotonicNow();
        m_trip = std::chrono::ceil<Milliseconds>(m_openedAt - m_dialledAt) / RoundTripsToOpen;
        if (m_options.fleet != nullptr)
            m_options.fleet->stood(m_at);
        m_ping.start(PingInterval);
        Q_EMIT m_owner.connected();
    }

    void webSocketBinary(std::span<const ByteSpan>) override {} // nothing binary is defined here

    void webSocketAlive() override { m_lastSeen = monotonicNow(); }

    void webSocketText(std::string_view text) override
    {
        Result<protocol::SignalMessage> message = protocol::decodeSignalText(text);
        if (!message) {
            if (message.error().code != ErrorCode::NotFound)
                log::sampled(log::Level::Warning, "signal", "message not understood", "",
                             {{"error", message.error().detail}});
            return;
        }
        m_inbox.add(std::move(*message));
        if (m_inbox.isFull())
            deliver();
        else if (!m_delivery.isActive())
            m_delivery.start(Milliseconds(0)); // after all that is there to be read
    }

    /// Whoever hears of one may end this link.
    void deliver()
    {
        const QPointer<Private> self(this);
        for (protocol::SignalMessage &message : m_inbox.take()) {
            if (auto *session = std::get_if<protocol::SessionConnect>(&message.payload))
                Q_EMIT m_owner.sessionOffered(
                    std::make_shared<protocol::SessionConnect>(std::move(*session)));
            else if (const auto *candidates =
                         std::get_if<protocol::SessionCandidates>(&message.payload))
                Q_EMIT m_owner.candidatesReceived(message.sessionId, candidates->candidates);
            else
                Q_EMIT m_owner.sessionEnded(message.sessionId);
            if (!self)
                return;
        }
    }

    void webSocketClosed(const WebSocketClose &close) override
    {
        m_stream.reset();
        // Another link of this node's has taken its place.
        const bool replaced = !close.error && close.code == protocol::ws_close::Normal;
        broke(close.error.value_or(Error{ErrorCode::Network, close.reason}), !replaced);
    }

    SignalLink &m_owner;
    EpollSet &m_epoll;
    SignalLinkOptions m_options;
    ServerPlace m_at; ///< where the connection leads, or will
    std::optional<TlsContext> m_context;
    std::unique_ptr<WebSocketStream> m_stream;
    Backoff m_backoff{m_options.retryBase, m_options.retryCap};
    Pace m_hurries{HurriesAtOnce, HurryInterval};
    QTimer m_reopen;
    QTimer m_ping;
    QTimer m_doubt;
    SignalInbox m_inbox;
    QTimer m_delivery;
    Monotonic m_lastSeen{};
    Monotonic m_openedAt{};
    Monotonic m_dialledAt{};
    Monotonic m_doubtedAt{};
    Milliseconds m_trip{0};
    bool m_connected = false;
    bool m_refused = false; ///< the last time: the token is not taken
};

SignalLink::SignalLink(EpollSet &epoll, SignalLinkOptions options, QObject *parent)
    : QObject(parent), d(std::make_unique<Private>(*this, epoll, std::move(options)))
{}

SignalLink::~SignalLink() = default;

void SignalLink::open()
{
    d->open();
}

void SignalLink::renew()
{
    d->renew();
}

void SignalLink::setToken(SecretText token)
{
    d->setToken(std::move(token));
}

void SignalLink::setAddresses(std::vector<IpAddress> addresses)
{
    d->setAddresses(std::move(addresses));
}

void SignalLink::sendCandidates(const SessionId &session,
                                const std::vector<protocol::Candidate> &candidates)
{
    protocol::SignalMessage message;
    message.sessionId = session;
    message.direction = protocol::Direction::NodeToClient;
    message.payload = protocol::SessionCandidates{candidates};
    d->send(message);
}

bool SignalLink::isConnected() const
{
    return d->isConnected();
}

void SignalLink::ask()
{
    d->ask();
}

void SignalLink::doubt()
{
    d->doubt();
}

void SignalLink::serverIsThere()
{
    d->serverIsThere();
}

std::optional<Monotonic> SignalLink::heardAt() const
{
    return d->heardAt();
}

} // namespace higgs
