// SPDX-License-Identifier: GPL-3.0-or-later
// The sending half of a WebSocketStream.
#include "shared/net/net_buffers.h"
#include "shared/net/websocket_stream.h"
#include "shared/protocol/message_deflate.h"

#include <algorithm>
#include <openssl/rand.h>

namespace higgs {

using protocol::WsFrameHeader;
using protocol::WsOpcode;
namespace ws_close = protocol::ws_close;

namespace {

// Below it a compressed text saves no packet, and zlib's memory alone costs 30 us.
constexpr std::size_t MinCompressed = 1024;
// Pongs beyond so many bytes of unsent control frames wait, and only the latest.
constexpr std::size_t MaxQueuedPongs = 4096;

} // namespace

void WebSocketStream::sendBinary(std::span<const ByteSpan> messages)
{
    if (m_state != State::Open || messages.empty())
        return;
    const Monotonic now = monotonicNow();
    WsFrameHeader header{.opcode = WsOpcode::Binary};
    for (const ByteSpan &message : messages) {
        header.mask = nextMask();
        m_queue.push(now, header, message);
        m_counters.bytesOut += message.size();
    }
    m_counters.messagesOut += messages.size();
    m_stream->requestOutput();
}

void WebSocketStream::queueText(std::string_view text, bool droppable)
{
    if (m_state != State::Open)
        return;
    WsFrameHeader header{.opcode = WsOpcode::Text};
    ByteSpan payload = asBytes(text);
    Bytes compressed;
    if (m_deflate && !droppable && text.size() >= MinCompressed &&
        protocol::deflateMessage(payload, m_deflate->windowBits, compressed) &&
        compressed.size() < payload.size()) {
        header.compressed = true;
        payload = compressed;
    }
    if (!droppable) {
        queueControl(header, payload);
        return;
    }
    header.mask = nextMask();
    m_queue.push(monotonicNow(), header, payload);
    m_stream->requestOutput();
}

void WebSocketStream::ping(ByteSpan payload)
{
    if (m_state == State::Open)
        queueControl({.opcode = WsOpcode::Ping},
                     payload.first(std::min(payload.size(), protocol::MaxControlPayload)));
}

/// Of a peer that does not read its pongs only the latest ping is remembered (RFC 6455 section
/// 5.5.3), so that they cost nothing and push out no text.
void WebSocketStream::answerPing(ByteSpan payload)
{
    if (m_queue.controlSize() < MaxQueuedPongs) {
        queueControl({.opcode = WsOpcode::Pong}, payload);
        return;
    }
    m_latestPing.emplace(payload.begin(), payload.end());
    m_stream->requestOutput();
}

void WebSocketStream::queueControl(const WsFrameHeader &header, ByteSpan payload)
{
    WsFrameHeader own = header;
    own.mask = nextMask();
    if (!m_queue.pushControl(own, payload)) {
        m_queue.clear();
        giveUp(ws_close::PolicyViolation,
               {ErrorCode::TooLarge, "the peer does not read its control messages"});
        return;
    }
    m_stream->requestOutput();
}

/// There is room: what waited for it, up to one record.
void WebSocketStream::pullControl()
{
    if (m_latestPing && m_queue.controlSize() == 0) {
        m_queue.pushControl({.opcode = WsOpcode::Pong, .mask = nextMask()}, *m_latestPing);
        m_latestPing.reset();
    }
    while (m_queue.controlSize() < MaxTlsRecord) {
        const std::optional<std::string> text = m_client->webSocketNextText();
        if (!text)
            return;
        m_queue.pushControl({.opcode = WsOpcode::Text, .mask = nextMask()}, asBytes(*text));
    }
}

ByteSpan WebSocketStream::nextOutput()
{
    if (m_state == State::Open)
        pullControl();
    const ByteSpan output = m_queue.front(m_epoll.idleUntil(monotonicNow()));
    tellRoom(); // old ones may have been dropped
    if (!output.empty() || m_closeFrame.empty())
        return output;
    m_queue.pushControl({.opcode = WsOpcode::Close, .mask = nextMask()},
                        ByteSpan(m_closeFrame).subspan(1));
    Bytes().swap(m_closeFrame);
    return m_queue.front({});
}

void WebSocketStream::outputTaken(std::size_t bytes)
{
    m_queue.pop(bytes);
    tellRoom();
}

void WebSocketStream::tellRoom()
{
    if (!m_roomAwaited || datagramRoom() < m_options.maxQueuedDatagrams / 2)
        return;
    m_roomAwaited = false;
    m_client->webSocketRoom();
}

/// Unpredictable for whoever chose the payload (RFC 6455 section 5.3); a server does not mask.
std::optional<protocol::WsMaskKey> WebSocketStream::nextMask()
{
    if (!m_isClient)
        return std::nullopt;
    if (m_nextMask == m_masks.size()) {
        RAND_bytes(m_masks.front().data(), static_cast<int>(sizeof m_masks));
        m_nextMask = 0;
    }
    return m_masks[m_nextMask++];
}

void WebSocketStream::dropOld()
{
    if (m_stream->blockedSince())
        m_queue.dropOld(m_epoll.idleUntil(monotonicNow()));
}

WebSocketCounters WebSocketStream::counters() const
{
    WebSocketCounters counters = m_counters;
    counters.dropped = m_queue.dropped();
    return counters;
}

} // namespace higgs
