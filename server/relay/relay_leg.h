// SPDX-License-Identifier: GPL-3.0-or-later
// One connection of a relay session: a WebSocketStream that knows its thread, session and role.
#pragma once

#include "server/relay/role.h"
#include "server/relay/text_budget.h"
#include "shared/base/ids.h"
#include "shared/net/websocket_stream.h"

namespace higgs::relay {

class RelayThread;
struct LiveSession;

/// Lives on its relay thread, which owns it and may delete it in any of the callbacks.
class RelayLeg : public WebSocketClient
{
public:
    RelayLeg(RelayThread &thread, EpollSet &epoll, TlsConnection connection,
             const std::optional<protocol::WsDeflate> &deflate)
        : m_thread(thread), m_stream(epoll, std::move(connection), deflate, *this, options())
    {}

    void webSocketBinary(std::span<const ByteSpan> messages) override;
    void webSocketText(std::string_view text) override;
    void webSocketWorkAhead() override;
    void webSocketWork(std::size_t bytes) override;
    bool webSocketMayRead() override;
    void webSocketRead(std::size_t bytes, std::uint64_t frames) override;
    void webSocketHolds(std::size_t bytes) override;
    void webSocketAlive() override;
    void webSocketClosed(const WebSocketClose &close) override;

    [[nodiscard]] WebSocketStream &stream() { return m_stream; }
    /// Datagrams that a slow peer did not get since the last call.
    std::uint64_t takeDropped();

    LiveSession *session = nullptr; ///< null once it is refused, replaced or closed by us
    bool displaced = false;         ///< replaced, and may still bring what its end sent before
    SessionId sessionId;            ///< stays, for the log
    Role role = Role::Client;
    Monotonic openedAt{};
    TextBudget texts;
    IpAddress site;              ///< siteOf() its address
    bool waits = false;          ///< with its texts
    bool waitsToRead = false;    ///< for a turn of its site's
    bool isItsTurn = false;      ///< to read once
    std::size_t waitingTold = 0; ///< of its waitingBytes(): what its site's sum has

private:
    static WebSocketOptions options();

    RelayThread &m_thread;
    WebSocketStream m_stream;
    std::uint64_t m_droppedBefore = 0;
};

} // namespace higgs::relay
