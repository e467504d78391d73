// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/signal_links.h"

#include "shared/base/log.h"

#include <algorithm>
#include <utility>

namespace higgs::server {

namespace {

constexpr std::uint16_t CloseNormalCode = 1000;
constexpr std::uint16_t CloseGoingAwayCode = 1001;
constexpr std::uint16_t CloseUnsupportedCode = 1003;

WebSocketOptions linkOptions()
{
    WebSocketOptions options;
    options.maxText = SignalLinks::MaxText;
    return options;
}

} // namespace

class SignalLinks::Link : private WebSocketClient
{
public:
    Link(SignalLinks &owner, const NodeId &id, TlsConnection connection)
        : node(id),
          m_owner(owner),
          m_heard(monotonicNow()),
          m_stream(owner.m_epoll, std::move(connection), std::nullopt, *this, linkOptions())
    {}

    const NodeId node;
    SignalQueue queue;
    std::uint64_t turn = 0;
    std::size_t textsMade = 0; ///< in `turn`
    bool waits = false;        ///< for the next turn
    const void *pingGroup = nullptr;

    [[nodiscard]] bool isOpen() const { return m_stream.isOpen(); }
    [[nodiscard]] IpAddress address() const { return m_stream.peer().address.unmapped(); }
    void sendText(std::string_view text) { m_stream.sendText(text); }
    void wake() { m_stream.requestText(); }
    void close(std::uint16_t code, std::string_view reason) { m_stream.close(code, reason); }

    /// False when the peer is dead.
    bool keepAlive(Monotonic now)
    {
        if (now - m_heard > SilenceLimit)
            return false;
        m_stream.ping();
        return true;
    }

private:
    void webSocketBinary(std::span<const ByteSpan>) override
    {
        m_stream.close(CloseUnsupportedCode, "text only");
    }
    void webSocketText(std::string_view text) override
    {
        Q_EMIT m_owner.received(node, m_stream.peer().address.unmapped(), std::string(text));
    }
    std::optional<std::string> webSocketNextText() override { return m_owner.nextText(*this); }
    void webSocketAlive() override { m_heard = monotonicNow(); }
    void webSocketClosed(const WebSocketClose &) override { m_owner.linkClosed(*this); }

    SignalLinks &m_owner;
    Monotonic m_heard;
    WebSocketStream m_stream;
};

SignalLinks::SignalLinks(EpollSet &epoll, QObject *parent) : QObject(parent), m_epoll(epoll)
{
    m_timer.setInterval(PingInterval / PingGroups);
    connect(&m_timer, &QTimer::timeout, this, &SignalLinks::keepAlive);
    m_timer.start();
}

SignalLinks::~SignalLinks() = default;

void SignalLinks::open(const NodeId &node, TlsConnection connection)
{
    close(node, CloseNormalCode, "Replaced");
    if (connection.place)
        connection.place->admitted();
    auto link = std::make_unique<Link>(*this, node, std::move(connection));
    if (m_draining)
        link->close(CloseGoingAwayCode, "Going away");
    m_links[node] = std::move(link);
    m_lastGroup = (m_lastGroup + 1) % PingGroups;
    m_pingGroups[m_lastGroup].push_back(node);
    m_links[node]->pingGroup = &m_pingGroups[m_lastGroup];
    log::ofPeer(log::Level::Info, "signal", "link opened", m_links[node]->address(),
                {{"node", node.text()}});
    Q_EMIT opened(node);
}

void SignalLinks::close(const NodeId &node, std::uint16_t code, std::string_view reason)
{
    const auto found = m_links.find(node);
    if (found == m_links.end())
        return;
    std::unique_ptr<Link> link = std::move(found->second);
    m_links.erase(found);
    link->close(code, reason);
    m_closing.push_back(std::move(link));
}

void SignalLinks::drain()
{
    m_draining = true;
    for (const auto &[node, link] : m_links)
        link->close(CloseGoingAwayCode, "Going away");
    QMetaObject::invokeMethod(this, &SignalLinks::bury, Qt::QueuedConnection);
}

SignalLinks::Link *SignalLinks::find(const NodeId &node) const
{
    const auto found = m_links.find(node);
    return found != m_links.end() && found->second->isOpen() ? found->second.get() : nullptr;
}

bool SignalLinks::isOpen(const NodeId &node) const
{
    return find(node) != nullptr;
}

IpAddress SignalLinks::addressOf(const NodeId &node) const
{
    const auto found = m_links.find(node);
    return found == m_links.end() ? IpAddress() : found->second->address();
}

// --- What nodes are told -------------------------------------------------------------------------

void SignalLinks::send(const NodeId &node, const protocol::SignalMessage &message)
{
    Link *link = find(node);
    if (link == nullptr)
        return;
    if (std::holds_alternative<protocol::SessionConnect>(message.payload))
        queued(*link, link->queue.connect(message.sessionId));
    else if (std::holds_alternative<protocol::SessionDisconnect>(message.payload))
        queued(*link, link->queue.disconnect(message.sessionId));
}

void SignalLinks::announce(const NodeId &node, const std::vector<SessionId> &sessions)
{
    Link *link = find(node);
    if (link == nullptr)
        return;
    const bool fits = std::all_of(sessions.begin(), sessions.end(), [link](const SessionId &each) {
        return link->queue.connect(each);
    });
    queued(*link, fits);
}

void SignalLinks::sendCandidates(const NodeId &node, const SessionId &session, std::string text)
{
    Link *link = find(node);
    if (link == nullptr)
        return;
    if (!link->queue.text(session, std::move(text)))
        log::sampled(log::Level::Info, "signal", "candidates dropped", "", {{"node", node.text()}});
    queued(*link, true);
}

void SignalLinks::sendFault(const NodeId &node, const SessionId &session, std::string_view code,
                            std::string_view words)
{
    Link *link = find(node);
    if (link == nullptr)
        return;
    protocol::RelayControl control;
    control.action = protocol::ControlAction::Error;
    control.errorCode = std::string(code);
    control.errorMessage = std::string(words);
    protocol::RelayMessage message;
    message.sessionId = session;
    message.payload = std::move(control);
    link->sendText(protocol::dumpJson(protocol::toJson(message)));
}

/// A node that lets more pile up than it can have sessions will be told all anew when it is back.
void SignalLinks::queued(Link &link, bool fits)
{
    if (fits) {
        link.wake();
        return;
    }
    const NodeId node = link.node;
    log::ofPeer(log::Level::Info, "signal", "link does not read", link.address(),
                {{"node", node.text()}});
    close(node, CloseGoingAwayCode, "Silent");
    Q_EMIT closed(node);
}

/// The link's socket has room.
std::optional<std::string> SignalLinks::nextText(Link &link)
{
    if (link.waits)
        return std::nullopt;
    if (link.turn != m_turn) {
        link.turn = m_turn;
        link.textsMade = 0;
    }
    while (!link.queue.empty()) {
        if (m_textsMade >= TextsPerTurn || link.textsMade >= TextsOfOne) {
            wait(link, link.textsMade < TextsOfOne ? m_notReached : m_served);
            return std::nullopt;
        }
        ++m_textsMade;
        ++link.textsMade;
        queueTurn();
        if (auto text = textOf(std::move(*link.queue.take())))
            return text;
    }
    return std::nullopt;
}

std::optional<std::string> SignalLinks::textOf(SignalItem item) const
{
    if (item.kind == SignalItem::Kind::Text)
        return std::move(item.text);
    std::optional<protocol::SignalMessage> message;
    if (item.kind == SignalItem::Kind::Connect) {
        message = m_announcement ? m_announcement(item.session) : std::nullopt;
    } else {
        message.emplace();
        message->sessionId = item.session;
        message->payload = protocol::SessionDisconnect{};
    }
    if (!message)
        return std::nullopt;
    return protocol::dumpJson(protocol::toJson(*message));
}

void SignalLinks::wait(Link &link, std::vector<NodeId> &among)
{
    link.waits = true;
    among.push_back(link.node);
    queueTurn();
}

void SignalLinks::queueTurn()
{
    if (std::exchange(m_goOnQueued, true))
        return;
    QMetaObject::invokeMethod(this, &SignalLinks::goOn, Qt::QueuedConnection);
}

/// The next turn: those that got nothing come first.
void SignalLinks::goOn()
{
    m_goOnQueued = false;
    m_textsMade = 0;
    ++m_turn;
    std::vector<NodeId> waiting = std::exchange(m_notReached, {});
    waiting.insert(waiting.end(), m_served.begin(), m_served.end());
    m_served.clear();
    for (const NodeId &node : waiting) {
        const auto found = m_links.find(node);
        if (found == m_links.end())
            continue;
        found->second->waits = false;
        found->second->wake();
    }
}

// --- The end -------------------------------------------------------------------------------------

void SignalLinks::keepAlive()
{
    const Monotonic now = monotonicNow();
    std::vector<NodeId> silent;
    std::vector<NodeId> &group = m_pingGroups[m_nextGroup];
    m_nextGroup = (m_nextGroup + 1) % PingGroups;
    std::erase_if(group, [&](const NodeId &node) {
        const auto found = m_links.find(node);
        if (found == m_links.end() || found->second->pingGroup != &group)
            return true;
        if (!found->second->keepAlive(now))
            silent.push_back(node);
        return false;
    });
    for (const NodeId &node : silent) {
        log::ofPeer(log::Level::Info, "signal", "link silent", addressOf(node),
                    {{"node", node.text()}});
        close(node, CloseGoingAwayCode, "Silent");
        Q_EMIT closed(node);
    }
}

void SignalLinks::linkClosed(Link &link)
{
    const auto found = m_links.find(link.node);
    const bool current = found != m_links.end() && found->second.get() == &link;
    if (current) {
        m_dead.push_back(std::move(found->second));
        m_links.erase(found);
    } else {
        const auto closing =
            std::find_if(m_closing.begin(), m_closing.end(),
                         [&link](const auto &candidate) { return candidate.get() == &link; });
        if (closing != m_closing.end()) {
            m_dead.push_back(std::move(*closing));
            m_closing.erase(closing);
        }
    }
    QMetaObject::invokeMethod(this, &SignalLinks::bury, Qt::QueuedConnection);
    if (current) {
        log::ofPeer(log::Level::Info, "signal", "link closed", link.address(),
                    {{"node", link.node.text()}});
        Q_EMIT closed(link.node);
    }
}

void SignalLinks::bury()
{
    m_dead.clear();
    if (m_draining && !m_drained && m_links.empty() && m_closing.empty()) {
        m_drained = true;
        Q_EMIT drained();
    }
}

} // namespace higgs::server
