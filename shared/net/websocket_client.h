// SPDX-License-Identifier: GPL-3.0-or-later
// Whom a WebSocketStream speaks to.
#pragma once

#include "shared/base/bytes.h"
#include "shared/protocol/websocket.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace higgs {

/// How a WebSocket ended.
struct WebSocketClose
{
    std::uint16_t code = protocol::ws_close::Abnormal; ///< the peer's, or ours if we began
    std::string reason;
    std::optional<Error> error; ///< what failed, if the end was not an orderly close
};

/// All calls are on the stream's thread, never from inside one of the client's own calls to the
/// stream; the stream may be deleted in any of them.
class WebSocketClient
{
public:
    WebSocketClient() = default;
    WebSocketClient(const WebSocketClient &) = delete;
    WebSocketClient &operator=(const WebSocketClient &) = delete;
    virtual ~WebSocketClient() = default;

    /// The upgrade is done; only for streams that dialed.
    virtual void webSocketOpened() {}
    /// The binary messages of one read, in order; the spans go after the call.
    virtual void webSocketBinary(std::span<const ByteSpan> messages) = 0;
    virtual void webSocketText(std::string_view text) = 0;
    /// A text, or a message to be inflated, has come and is about to be worked on: the client may
    /// pause the reading, and it waits.
    virtual void webSocketWorkAhead() {}
    /// So many bytes of such a message are about to be handed on. The same holds from the next.
    virtual void webSocketWork(std::size_t bytes) { (void)bytes; }
    /// Asked before each read. False if others come first: nothing is read until readOn().
    virtual bool webSocketMayRead() { return true; }
    /// What was read: bytes, and the frames in them.
    virtual void webSocketRead(std::size_t, std::uint64_t) {}
    /// How much is held now of a message that has come in part, or of what waits while reading is
    /// paused. After a read, when it has changed.
    virtual void webSocketHolds(std::size_t bytes) { (void)bytes; }
    /// The next control text, for clients that make theirs when the socket has room; asked after
    /// requestText() and whenever the socket drains, until there is none. The stream must not be
    /// called from it.
    virtual std::optional<std::string> webSocketNextText() { return std::nullopt; }
    /// After awaitRoom(): half of what datagrams may take in the queue is free. Only to arrange to
    /// go on: the stream must not be called from it.
    virtual void webSocketRoom() {}
    /// Any frame came, data or control: a sign of life. Once for each read.
    virtual void webSocketAlive() {}
    /// Once, and nothing after it; the socket is closed.
    virtual void webSocketClosed(const WebSocketClose &close) = 0;
};

} // namespace higgs
