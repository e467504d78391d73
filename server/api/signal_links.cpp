// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/signal_links.h"

#include "shared/base/log.h"

#include <algorithm>

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

    [[nodiscard]] bool isOpen() const { return m_stream.isOpen(); }
    void sendText(std::string_view text) { m_stream.sendText(text); }
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
    void webSocketAlive() override { m_heard = monotonicNow(); }
    void webSocketClosed(const WebSocketClose &) override { m_owner.linkClosed(*this); }

    SignalLinks &m_owner;
    Monotonic m_heard;
    WebSocketStream m_stream;
};

SignalLinks::SignalLinks(EpollSet &epoll, QObject *parent) : QObject(parent), m_epoll(epoll)
{
    m_timer.setInterval(PingInterval);
    connect(&m_timer, &QTimer::timeout, this, &SignalLinks::keepAlive);
    m_timer.start();
}

SignalLinks::~SignalLinks() = default;

void SignalLinks::open(const NodeId &node, TlsConnection connection)
{
    close(node, CloseNormalCode, "Replaced");
    auto link = std::make_unique<Link>(*this, node, std::move(connection));
    if (m_draining)
        link->close(CloseGoingAwayCode, "Going away");
    m_links[node] = std::move(link);
    log::info("signal", "link opened", {{"node", node.text()}});
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

bool SignalLinks::isOpen(const NodeId &node) const
{
    const auto found = m_links.find(node);
    return found != m_links.end() && found->second->isOpen();
}

void SignalLinks::send(const NodeId &node, const protocol::SignalMessage &message)
{
    sendText(node, protocol::dumpJson(protocol::toJson(message)));
}

void SignalLinks::sendText(const NodeId &node, std::string_view text)
{
    const auto found = m_links.find(node);
    if (found != m_links.end())
        found->second->sendText(text);
}

void SignalLinks::keepAlive()
{
    const Monotonic now = monotonicNow();
    std::vector<NodeId> silent;
    for (const auto &[node, link] : m_links) {
        if (!link->keepAlive(now))
            silent.push_back(node);
    }
    for (const NodeId &node : silent) {
        close(node, CloseGoingAwayCode, "Silent");
        log::info("signal", "link silent", {{"node", node.text()}});
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
        log::info("signal", "link closed", {{"node", link.node.text()}});
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
