// SPDX-License-Identifier: GPL-3.0-or-later
// One end's connection to a relay session (specification 2): datagrams in batches both ways, the
// session's control messages as signals, heartbeats by itself.
#pragma once

#include "shared/base/datagram.h"
#include "shared/base/ids.h"
#include "shared/net/named_endpoints.h"
#include "shared/net/websocket_stream.h"
#include "shared/protocol/relay_message.h"

#include <QObject>
#include <QTimer>

namespace higgs {

struct RelayPathOptions
{
    std::string host; ///< as in the relay endpoint: for the Host header, SNI and the name check
    std::vector<CheckedEndpoint> endpoints; ///< of the host, at one port; resolved by the caller
    ServerTrust trust;
    SecretText token;
    SessionId sessionId;
    /// What we send: ClientToNode or NodeToClient.
    protocol::Direction direction = protocol::Direction::ClientToNode;
    std::optional<std::uint32_t> mark; ///< SO_MARK
    std::string interfaceName;         ///< SO_BINDTODEVICE; empty: any
    Milliseconds openTimeout{10'000};  ///< from open() to the server's `connected`
    Milliseconds heartbeatInterval{30'000};
    /// After so long without anything from the relay it is asked for a sign of life, and silent()
    /// follows where none comes; zero: only by its heartbeat.
    Milliseconds quiet{0};
    /// That counts from the first datagram that nothing followed, and else from what came last.
    bool quietAfterOwn = true;
};

/// How the path ended.
struct RelayClose
{
    std::uint16_t code = protocol::ws_close::Abnormal; ///< the WebSocket's close code
    std::string reason;         ///< the server's words ("Invalid session", "Replaced", ...)
    std::optional<Error> error; ///< set when it was not an orderly close
};

/// For one connection: after closed() make a new one. Datagrams given before opened() are dropped.
/// A connection on which nothing comes for two heartbeat intervals is closed (Timeout).
class RelayPath : public QObject, public DatagramSink, private WebSocketClient, private RoomWaiter
{
    Q_OBJECT

public:
    RelayPath(EpollSet &epoll, RelayPathOptions options, QObject *parent = nullptr);
    ~RelayPath() override;

    /// opened() or closed() follows, never from inside this call.
    void open();
    /// Closes the WebSocket; 1000 ends the session for both ends (WIRE.md), 1001 leaves it to be
    /// taken up again. closed() follows. Queued datagrams are still sent.
    void close(std::uint16_t code = protocol::ws_close::Normal);

    /// Datagrams from the other end go there; null drops them. It must outlive the path or be
    /// replaced before it dies. While it has no room nothing is read from the relay.
    void setReceiver(DatagramSink *receiver);
    /// Sends datagrams to the other end.
    void take(std::span<const ByteSpan> datagrams) override;
    /// Of the queue for the relay, until so much of it has left that there is a train's room again.
    [[nodiscard]] std::size_t room() const override;
    void whenRoom(RoomWaiter &waiter) override;
    /// Sends a control message (candidates, error) to the other end.
    void sendControl(protocol::RelayControl control);

    [[nodiscard]] bool isOpen() const { return m_open; }
    /// bytesIn/Out and messages are datagrams. Dropped: also those given while it was not open.
    [[nodiscard]] WebSocketCounters counters() const;
    /// Round trip of the last heartbeat to the server and back; nullopt before the first.
    [[nodiscard]] std::optional<Milliseconds> serverRoundTrip() const { return m_roundTrip; }

Q_SIGNALS:
    void opened();
    /// The other end's connection broke; the session lives on (error `peer_lost`).
    void peerLost();
    /// The other end is there, or there again (`connect`).
    void peerBack();
    /// Every control message of the server or the other end, those above included.
    void messageReceived(const higgs::protocol::RelayMessage &message);
    /// Nothing has come for options.quiet.
    void quiet();
    /// Nor has an answer to the question whether it is there. It may still come.
    void silent();
    /// Once; the path may be deleted here (deleteLater).
    void closed(const higgs::RelayClose &close);

private:
    void webSocketOpened() override;
    void webSocketBinary(std::span<const ByteSpan> messages) override;
    void webSocketText(std::string_view text) override;
    void webSocketRoom() override { tellRoom(); }
    void webSocketAlive() override;
    void webSocketClosed(const WebSocketClose &close) override;

    void roomAgain() override;
    void deliver(std::span<const ByteSpan> datagrams);
    void handleData(const protocol::RelayData &data);
    void handleControl(const protocol::RelayMessage &message);
    void handleHeartbeat();
    void beat();
    void startQuietWatch(Milliseconds wait);
    void lookWhetherQuiet();
    void end(const RelayClose &close);

    EpollSet &m_epoll;
    RelayPathOptions m_options;
    DatagramSink *m_receiver = nullptr;
    std::unique_ptr<WebSocketStream> m_stream;
    QTimer m_openTimer;
    QTimer m_beatTimer;
    QTimer m_quietTimer;
    QTimer m_answerTimer;
    Monotonic m_openedAt;
    Milliseconds m_openTook{0};
    std::optional<Monotonic> m_unansweredSince;
    Monotonic m_askedAt;
    Monotonic m_lastSeen;
    Monotonic m_lastBeat;
    std::optional<Monotonic> m_beatSent;
    std::optional<Milliseconds> m_roundTrip;
    std::uint64_t m_notOpen = 0; ///< datagrams given then
    bool m_open = false;
    bool m_ended = false;
};

} // namespace higgs
