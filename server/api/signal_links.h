// SPDX-License-Identifier: GPL-3.0-or-later
// The WebSockets that nodes keep open to hear of sessions (WIRE.md, Signal link), on the control
// thread. One per node: a second one replaces the first.
#pragma once

#include "server/services/session_life.h"
#include "shared/net/websocket_stream.h"

#include <QObject>
#include <QTimer>
#include <memory>
#include <unordered_map>

namespace higgs::server {

class SignalLinks : public QObject, public SignalOut
{
    Q_OBJECT

public:
    static constexpr Milliseconds PingInterval = Seconds(20);
    /// Nothing heard for so long: the peer is dead.
    static constexpr Milliseconds SilenceLimit = Seconds(50);
    static constexpr std::size_t MaxText = 65536;

    explicit SignalLinks(EpollSet &epoll, QObject *parent = nullptr);
    ~SignalLinks() override;

    void open(const NodeId &node, TlsConnection connection);
    /// A node that has been removed, or has a new key.
    void close(const NodeId &node, std::uint16_t code, std::string_view reason);
    /// Closes every link 1001; drained() when their closes are done.
    void drain();

    [[nodiscard]] bool isOpen(const NodeId &node) const override;
    void send(const NodeId &node, const protocol::SignalMessage &message) override;
    void sendText(const NodeId &node, std::string_view text);

Q_SIGNALS:
    void drained();
    void opened(const higgs::NodeId &node);
    void closed(const higgs::NodeId &node);
    void received(const higgs::NodeId &node, const higgs::IpAddress &from, const std::string &text);

private:
    class Link;

    void keepAlive();
    void linkClosed(Link &link);
    void bury();

    EpollSet &m_epoll;
    std::unordered_map<NodeId, std::unique_ptr<Link>> m_links;
    std::vector<std::unique_ptr<Link>> m_closing; ///< replaced ones, until their close is done
    std::vector<std::unique_ptr<Link>> m_dead;    ///< may still be on the call stack
    QTimer m_timer;
    bool m_draining = false;
    bool m_drained = false;
};

} // namespace higgs::server
