// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/signal_link.h"

#include "shared/base/backoff.h"
#include "shared/base/log.h"
#include "shared/crypto/keys.h"
#include "shared/net/websocket_stream.h"

#include <QTimer>

namespace higgs {

namespace {

constexpr Milliseconds PingInterval{30'000};
constexpr Milliseconds SilenceLimit{65'000}; // two pings without any answer
constexpr Milliseconds ReconnectBase{500};
constexpr Milliseconds ReconnectCap{15'000};
/// A link that stood so long was a good one: the next is tried soon. Each has TLS, and the node ask
/// for its place anew.
constexpr Milliseconds Stood{10'000};

} // namespace

class SignalLink::Private : public QObject, private WebSocketClient
{
public:
    Private(SignalLink &owner, EpollSet &epoll, SignalLinkOptions options)
        : m_owner(owner), m_epoll(epoll), m_options(std::move(options))
    {
        m_reopen.setSingleShot(true);
        connect(&m_reopen, &QTimer::timeout, this, &Private::dial);
        connect(&m_ping, &QTimer::timeout, this, &Private::beat);
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
        dial.connect.port = m_options.port;
        dial.connect.serverName = m_options.host;
        const bool v6 = m_options.host.find(':') != std::string::npos;
        dial.host = (v6 ? "[" + m_options.host + "]" : m_options.host) + ":" +
                    std::to_string(m_options.port);
        dial.path = "/api/v1/nodes/" + m_options.node.text() + "/signal";
        dial.bearer = m_options.token.copy();
        WebSocketClient &self = *this;
        m_stream = std::make_unique<WebSocketStream>(m_epoll, *m_context, std::move(dial), self);
    }

    void beat()
    {
        if (monotonicNow() - m_lastSeen >= SilenceLimit) {
            m_stream.reset();
            broke({ErrorCode::Timeout, "the server is silent"});
            return;
        }
        m_stream->ping();
    }

    void broke(const Error &error)
    {
        if (std::exchange(m_connected, false) && monotonicNow() - m_openedAt >= Stood)
            m_backoff.reset();
        m_ping.stop();
        m_reopen.start(m_backoff.next(randomUnit()));
        Q_EMIT m_owner.disconnected(error);
    }

    void webSocketOpened() override
    {
        m_connected = true;
        m_openedAt = m_lastSeen = monotonicNow();
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
        if (auto *session = std::get_if<protocol::SessionConnect>(&message->payload)) {
            Q_EMIT m_owner.sessionOffered(
                std::make_shared<protocol::SessionConnect>(std::move(*session)));
        } else if (std::holds_alternative<protocol::SessionDisconnect>(message->payload)) {
            Q_EMIT m_owner.sessionEnded(message->sessionId);
        } else {
            const auto &candidates = std::get<protocol::SessionCandidates>(message->payload);
            Q_EMIT m_owner.candidatesReceived(message->sessionId, candidates.candidates);
        }
    }

    void webSocketClosed(const WebSocketClose &close) override
    {
        m_stream.reset();
        broke(close.error.value_or(Error{ErrorCode::Network, close.reason}));
    }

    SignalLink &m_owner;
    EpollSet &m_epoll;
    SignalLinkOptions m_options;
    std::optional<TlsContext> m_context;
    std::unique_ptr<WebSocketStream> m_stream;
    Backoff m_backoff{ReconnectBase, ReconnectCap};
    QTimer m_reopen;
    QTimer m_ping;
    Monotonic m_lastSeen{};
    Monotonic m_openedAt{};
    bool m_connected = false;
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

std::optional<Monotonic> SignalLink::heardAt() const
{
    return d->heardAt();
}

} // namespace higgs
