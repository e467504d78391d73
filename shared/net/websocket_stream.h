// SPDX-License-Identifier: GPL-3.0-or-later
// A WebSocket over a TlsStream, client or server: whole batches of binary messages in, coalesced
// frames out, and a slow peer costs a bounded queue and nothing else.
#pragma once

#include "shared/base/secret.h"
#include "shared/net/frame_budget.h"
#include "shared/net/frame_queue.h"
#include "shared/net/tls_stream.h"
#include "shared/net/websocket_client.h"
#include "shared/protocol/websocket.h"
#include "shared/protocol/websocket_upgrade.h"

namespace higgs {

struct WebSocketOptions
{
    std::size_t maxBinary = protocol::MaxBinaryMessage;
    std::size_t maxText = protocol::MaxTextMessage;
    std::size_t maxQueuedDatagrams = MaxQueuedDatagramBytes; ///< bytes, oldest dropped beyond
    Milliseconds maxDatagramAge = MaxQueuedDatagramAge;
    std::size_t maxQueuedControl = MaxQueuedControlBytes; ///< then the peer is given up
    Milliseconds stallTimeout = TlsStallTimeout;          ///< of a peer that accepts nothing
    bool endsWhenReset = false; ///< while reading is paused: what has come is not looked at then
    Milliseconds closeTimeout{3'000}; ///< for the peer's half of the close handshake
};

struct WebSocketDial
{
    TlsConnectOptions connect;
    std::string host;  ///< of the Host header, with the port if it is not 443
    std::string path;  ///< "/relay/..."
    SecretText bearer; ///< for Authorization; empty for none
    bool offerDeflate = false;
};

struct WebSocketCounters
{
    std::uint64_t bytesIn = 0; ///< payload of binary messages
    std::uint64_t bytesOut = 0;
    std::uint64_t messagesIn = 0; ///< binary
    std::uint64_t messagesOut = 0;
    std::uint64_t dropped = 0; ///< droppable messages that a slow peer did not get
};

/// Lives on the thread of its EpollSet.
class WebSocketStream : private TlsStreamClient
{
public:
    /// Dials, does TLS and the upgrade: webSocketOpened or webSocketClosed follows.
    WebSocketStream(EpollSet &epoll, const TlsContext &context, WebSocketDial dial,
                    WebSocketClient &client, const WebSocketOptions &options = {});
    /// The server's end of a connection whose 101 has been written; connection.leftover may hold
    /// the first frames.
    WebSocketStream(EpollSet &epoll, TlsConnection connection,
                    const std::optional<protocol::WsDeflate> &deflate, WebSocketClient &client,
                    const WebSocketOptions &options = {});
    /// Closes the socket at once, without a close frame.
    ~WebSocketStream() override;

    /// Queues binary messages, to be sent at the end of the turn; oldest dropped and counted when
    /// the queue is over its bounds. Before webSocketOpened and after close() they are dropped.
    void sendBinary(std::span<const ByteSpan> messages);
    /// Control text is never dropped; if a peer lets more than 256 KB of it pile up, it is closed.
    void sendText(std::string_view text) { queueText(text, false); }
    /// Has webSocketNextText() asked at the end of the turn.
    void requestText() { m_stream->requestOutput(); }
    /// Text that carries data: same queue, bounds and dropping as binary.
    void sendDroppableText(std::string_view text) { queueText(text, true); }
    void ping(ByteSpan payload = {});
    /// Begins the close handshake: what is queued is sent first. webSocketClosed follows with this
    /// code, within closeTimeout.
    void close(std::uint16_t code, std::string_view reason = {});

    /// Turns away a peer that has no business here: says so, and reads nothing of it any more.
    /// webSocketClosed follows with this code.
    void refuse(std::uint16_t code, std::string_view reason);

    /// Closes the socket now, without a close frame and without a callback.
    void abort();

    /// Nothing more is handed on, nor read, until resumeReading(), which goes on from the event
    /// loop. Not kept up beyond close().
    void pauseReading();
    void resumeReading();

    /// After webSocketMayRead() said no: asks it again, from the event loop.
    void readOn()
    {
        if (!m_paused)
            m_stream->resumeReading();
    }

    [[nodiscard]] bool isOpen() const { return m_state == State::Open; }
    [[nodiscard]] const Endpoint &peer() const { return m_stream->peer(); }
    [[nodiscard]] WebSocketCounters counters() const;
    /// Drops the datagrams that a peer has left waiting for too long; once a second is enough.
    void dropOld();
    /// Drops all datagrams that wait, whatever their age.
    void dropWaiting() { m_queue.dropWaiting(); }
    /// Since when the peer has taken nothing, while something waits for it.
    [[nodiscard]] std::optional<Monotonic> blockedSince() const { return m_stream->blockedSince(); }
    [[nodiscard]] std::size_t queuedBytes() const { return m_queue.size(); }
    /// All that waits for the peer, what is sealed already included.
    [[nodiscard]] std::size_t waitingBytes() const
    {
        return m_queue.size() + m_stream->unsentBytes();
    }
    /// What datagrams can still be queued without one's being dropped, frames' headers included.
    [[nodiscard]] std::size_t datagramRoom() const
    {
        return m_options.maxQueuedDatagrams -
               std::min(m_options.maxQueuedDatagrams, m_queue.datagramSize());
    }
    /// Has webSocketRoom() called, once.
    void awaitRoom() { m_roomAwaited = true; }
    void setClient(WebSocketClient &client) { m_client = &client; }

private:
    enum class State { Dialing, Upgrading, Open, Closing, Closed };

    void streamReady() override;
    bool streamMayRead() override { return m_client->webSocketMayRead(); }
    void streamKeeps() override { tellHeld(); }
    void streamReceived(MutableByteSpan data) override;
    ByteSpan nextOutput() override;
    void outputTaken(std::size_t bytes) override;
    void streamClosed(const std::optional<Error> &error) override;

    void start();
    std::optional<MutableByteSpan> upgradeReceived(MutableByteSpan data);
    void framesReceived(MutableByteSpan data);
    void deliverHeld();
    bool flushBatch(std::vector<ByteSpan> &batch);
    bool handle(const protocol::WsEvent &event);
    void account(std::size_t bytes, std::uint64_t frames);
    void tellHeld();
    void queueText(std::string_view text, bool droppable);
    void pullControl();
    void tellRoom();
    void answerPing(ByteSpan payload);
    void queueControl(const protocol::WsFrameHeader &header, ByteSpan payload);
    void peerClosed(const protocol::WsEvent &event);
    void giveUp(std::uint16_t code, Error error);
    void queueClose(std::uint16_t code, std::string_view reason);
    void timerFired();
    std::optional<protocol::WsMaskKey> nextMask();

    WebSocketClient *m_client;
    WebSocketOptions m_options;
    const bool m_isClient;
    EpollSet &m_epoll;
    State m_state = State::Dialing;
    std::unique_ptr<WebSocketDial> m_dial; ///< until the upgrade is done
    std::string m_key;
    Bytes m_head; ///< of the answer to the upgrade
    std::optional<protocol::WsDeflate> m_deflate;
    NetBuffers &m_buffers;
    protocol::WebSocketDecoder m_decoder;
    FrameBudget m_frameBudget;
    std::size_t m_messagesInRead = 0; ///< that were not empty
    std::size_t m_readQuantum = TlsReadSize;
    FrameQueue m_queue;
    std::array<protocol::WsMaskKey, 32> m_masks{}; ///< random, from m_nextMask on unused
    std::size_t m_nextMask = 32;
    QTimer m_timer;
    WebSocketClose m_close;
    std::optional<Bytes> m_latestPing; ///< to be answered when the peer reads again
    Bytes m_closeFrame;                ///< waits until all else has left; emptied when queued
    Bytes m_held;                      ///< came, and waits while reading is paused
    std::size_t m_heldTold = 0;        ///< to the client
    bool m_paused = false;
    bool m_roomAwaited = false;
    bool m_closeReceived = false;
    bool m_weClose = false; ///< we began the closing
    WebSocketCounters m_counters;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
    std::unique_ptr<TlsStream> m_stream; ///< last: its end may still ask for output
};

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 section 4.2.2).
std::string webSocketAccept(std::string_view key);

} // namespace higgs
