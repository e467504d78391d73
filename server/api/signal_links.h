// SPDX-License-Identifier: GPL-3.0-or-later
// The WebSockets that nodes keep open to hear of sessions (WIRE.md, Signal link), on the control
// thread. One per node: a second one replaces the first. Texts are made as the sockets drain.
#pragma once

#include "server/api/signal_queue.h"
#include "server/services/session_life.h"
#include "shared/net/websocket_stream.h"

#include <QObject>
#include <QTimer>
#include <array>
#include <functional>
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
    /// Of a node: 32 candidates take 3 KB.
    static constexpr std::size_t MaxText = 8192;
    /// Texts that are made before the thread does something else, of all links and of one.
    static constexpr std::size_t TextsPerTurn = 64;
    static constexpr std::size_t TextsOfOne = 16;
    /// The links are pinged in so many groups: 8,000 pings at once hold the thread for 450 ms.
    static constexpr std::size_t PingGroups = 200;

    /// What a node is told of a session now; nullopt if there is nothing to be told any more.
    using Announcement = std::function<std::optional<protocol::SignalMessage>(const SessionId &)>;

    explicit SignalLinks(EpollSet &epoll, QObject *parent = nullptr);
    ~SignalLinks() override;

    void setAnnouncement(Announcement announcement) { m_announcement = std::move(announcement); }

    void open(const NodeId &node, TlsConnection connection);
    /// A node that has been removed, or has a new key.
    void close(const NodeId &node, std::uint16_t code, std::string_view reason) override;
    /// Closes every link 1001; drained() when their closes are done.
    void drain();

    [[nodiscard]] bool isOpen(const NodeId &node) const override;
    /// Where the node's link comes from; null without one.
    [[nodiscard]] IpAddress addressOf(const NodeId &node) const;
    /// Queued: a `connect` is made anew from the session when its turn comes.
    void send(const NodeId &node, const protocol::SignalMessage &message) override;
    /// `connect` for each of these sessions, as the socket takes them.
    void announce(const NodeId &node, const std::vector<SessionId> &sessions);
    /// A client's candidates, behind the session's announcement; only the latest wait, and none
    /// beyond SignalQueue::MaxTexts: they are dropped then, and the link stays.
    void sendCandidates(const NodeId &node, const SessionId &session, std::string text) override;
    /// The answer to a faulty message of the node's.
    void sendFault(const NodeId &node, const SessionId &session, std::string_view code,
                   std::string_view words);

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
    [[nodiscard]] Link *find(const NodeId &node) const;
    void queued(Link &link, bool fits);
    std::optional<std::string> nextText(Link &link);
    [[nodiscard]] std::optional<std::string> textOf(SignalItem item) const;
    void wait(Link &link, std::vector<NodeId> &among);
    void queueTurn();
    void goOn();

    EpollSet &m_epoll;
    std::unordered_map<NodeId, std::unique_ptr<Link>> m_links;
    std::vector<std::unique_ptr<Link>> m_closing; ///< replaced ones, until their close is done
    std::vector<std::unique_ptr<Link>> m_dead;    ///< may still be on the call stack
    std::array<std::vector<NodeId>, PingGroups> m_pingGroups;
    std::size_t m_nextGroup = 0; ///< to be pinged
    std::size_t m_lastGroup = 0; ///< that got a link
    Announcement m_announcement;
    std::uint64_t m_turn = 0;
    std::size_t m_textsMade = 0;      ///< in this turn
    std::vector<NodeId> m_notReached; ///< links that found the turn's texts used up, and
    std::vector<NodeId> m_served;     ///< those that had their part and want more
    bool m_goOnQueued = false;
    QTimer m_timer;
    bool m_draining = false;
    bool m_drained = false;
};

} // namespace higgs::server
