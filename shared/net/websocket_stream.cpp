// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/websocket_stream.h"

#include "shared/net/net_buffers.h"

#include <algorithm>
#include <openssl/evp.h>
#include <openssl/rand.h>

namespace higgs {

using protocol::WsDecoderOptions;
using protocol::WsEvent;
using protocol::WsFrameHeader;
using protocol::WsOpcode;
namespace ws_close = protocol::ws_close;

namespace {

constexpr std::size_t MaxUpgradeHead = 16384;
// Frames that one delivery should hold at most: what 64 KB of small packets are.
constexpr std::size_t FramesPerDelivery = 512;
constexpr std::size_t SmallestDelivery = 2048;

bool fillRandom(void *into, std::size_t size)
{
    return RAND_bytes(static_cast<unsigned char *>(into), static_cast<int>(size)) == 1;
}

WsDecoderOptions decoderOptions(const WebSocketOptions &options, bool isClient, bool deflate)
{
    return {isClient ? WsDecoderOptions::Role::Client : WsDecoderOptions::Role::Server, deflate,
            options.maxBinary, options.maxText, true};
}

} // namespace

std::string webSocketAccept(std::string_view key)
{
    std::string text(key);
    text += protocol::WsAcceptGuid;
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
    return toBase64(ByteSpan(digest).first(size));
}

WebSocketStream::WebSocketStream(EpollSet &epoll, const TlsContext &context, WebSocketDial dial,
                                 WebSocketClient &client, const WebSocketOptions &options)
    : m_client(&client),
      m_options(options),
      m_isClient(true),
      m_epoll(epoll),
      m_dial(std::make_unique<WebSocketDial>(std::move(dial))),
      m_buffers(NetBuffers::of(epoll)),
      m_decoder(decoderOptions(options, true, false)),
      m_queue(m_buffers, options.maxQueuedDatagrams, options.maxDatagramAge,
              options.maxQueuedControl),
      m_stream(std::make_unique<TlsStream>(epoll, context, m_dial->connect,
                                           static_cast<TlsStreamClient &>(*this)))
{
    start();
    // One deadline for everything up to the answer of the upgrade.
    m_timer.start(m_dial->connect.timeout);
}

WebSocketStream::WebSocketStream(EpollSet &epoll, TlsConnection connection,
                                 const std::optional<protocol::WsDeflate> &deflate,
                                 WebSocketClient &client, const WebSocketOptions &options)
    : m_client(&client),
      m_options(options),
      m_isClient(false),
      m_epoll(epoll),
      m_state(State::Open),
      m_deflate(deflate),
      m_buffers(NetBuffers::of(epoll)),
      m_decoder(decoderOptions(options, false, deflate.has_value())),
      m_queue(m_buffers, options.maxQueuedDatagrams, options.maxDatagramAge,
              options.maxQueuedControl),
      m_stream(std::make_unique<TlsStream>(epoll, std::move(connection),
                                           static_cast<TlsStreamClient &>(*this)))
{
    start();
}

WebSocketStream::~WebSocketStream()
{
    *m_alive = false;
}

void WebSocketStream::start()
{
    m_stream->setStallTimeout(m_options.stallTimeout);
    m_stream->setEndsWhenReset(m_options.endsWhenReset);
    m_stream->expectBulk();
    m_timer.setSingleShot(true);
    QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] { timerFired(); });
}

// --- The upgrade ---------------------------------------------------------------------------------

void WebSocketStream::streamReady()
{
    std::array<std::uint8_t, 16> nonce{};
    if (!fillRandom(nonce.data(), nonce.size())) {
        giveUp(ws_close::Abnormal, {ErrorCode::Internal, "no random bytes"});
        return;
    }
    m_key = toBase64(nonce);
    const Result<std::string> request = protocol::upgradeRequest(
        {m_dial->host, m_dial->path, m_key, m_dial->bearer.reveal(), m_dial->offerDeflate});
    if (!request) {
        giveUp(ws_close::Abnormal, request.error());
        return;
    }
    m_state = State::Upgrading;
    m_stream->write(asBytes(*request));
}

/// What follows the answer's head, once there is all of it; nullopt until then, or if it was bad.
std::optional<MutableByteSpan> WebSocketStream::upgradeReceived(MutableByteSpan data)
{
    const std::size_t before = m_head.size();
    const std::size_t room = std::min(data.size(), MaxUpgradeHead - before);
    m_head.insert(m_head.end(), data.begin(), data.begin() + static_cast<std::ptrdiff_t>(room));
    const std::size_t end = asText(m_head).find("\r\n\r\n");
    if (end == std::string_view::npos) {
        if (m_head.size() == MaxUpgradeHead)
            giveUp(ws_close::Abnormal, {ErrorCode::TooLarge, "answer to the upgrade too long"});
        return std::nullopt;
    }
    const Result<protocol::WsUpgradeAnswer> answer = protocol::checkUpgradeResponse(
        asText(m_head).substr(0, end + 2), webSocketAccept(m_key), m_dial->offerDeflate);
    if (!answer) {
        giveUp(ws_close::Abnormal, answer.error());
        return std::nullopt;
    }
    m_deflate = answer->deflate;
    m_decoder = protocol::WebSocketDecoder(decoderOptions(m_options, true, m_deflate.has_value()));
    m_timer.stop();
    m_dial.reset();
    Bytes().swap(m_head);
    m_state = State::Open;
    const std::shared_ptr<const bool> alive = m_alive;
    m_client->webSocketOpened();
    if (!*alive)
        return std::nullopt;
    return data.subspan(end + 4 - before);
}

// --- Receiving -----------------------------------------------------------------------------------

void WebSocketStream::streamReceived(MutableByteSpan data)
{
    if (m_state == State::Upgrading) {
        const std::optional<MutableByteSpan> rest = upgradeReceived(data);
        if (!rest || rest->empty())
            return;
        data = *rest;
    }
    if (m_state == State::Open || m_state == State::Closing)
        framesReceived(data);
}

void WebSocketStream::framesReceived(MutableByteSpan data)
{
    const std::shared_ptr<const bool> alive = m_alive;
    m_client->webSocketAlive();
    if (!*alive)
        return;
    const std::uint64_t framesBefore = m_decoder.frames();
    m_messagesInRead = 0;
    m_decoder.feed(data);
    std::vector<ByteSpan> &batch = m_buffers.batch;
    batch.clear();
    while (!m_paused) {
        std::optional<WsEvent> event = m_decoder.next();
        if (!event)
            break;
        const bool isDatagram = event->kind == WsEvent::Kind::Binary;
        if (isDatagram)
            batch.push_back(event->payload);
        if (event->inflated || event->kind == WsEvent::Kind::Text)
            m_client->webSocketWork(event->payload.size());
        if (isDatagram && event->inPlace)
            continue;
        // Before the decoder reuses its memory, and before anything that came after.
        if (!batch.empty() && !flushBatch(batch))
            return;
        if (!isDatagram && !handle(*event))
            return;
    }
    if (m_paused) {
        const MutableByteSpan rest = m_decoder.takeInput();
        m_held.assign(rest.begin(), rest.end());
    }
    if (batch.empty() || flushBatch(batch)) {
        account(data.size(), m_decoder.frames() - framesBefore);
        tellHeld();
    }
}

void WebSocketStream::tellHeld()
{
    const std::size_t held = m_decoder.reserved() + m_held.size() + m_stream->keptBytes();
    if (held != std::exchange(m_heldTold, held))
        m_client->webSocketHolds(held); // may delete this
}

/// What this read has cost: how much the next may bring, and whether the peer goes too far.
void WebSocketStream::account(std::size_t bytes, std::uint64_t frames)
{
    m_client->webSocketRead(bytes, frames);
    const std::size_t next = frames > FramesPerDelivery
                                 ? static_cast<std::size_t>(bytes * FramesPerDelivery / frames)
                                 : std::min(2 * m_readQuantum, TlsReadSize);
    m_readQuantum = std::max(next, SmallestDelivery);
    m_stream->setReadQuantum(m_readQuantum);
    if (m_state == State::Open &&
        !m_frameBudget.take(monotonicNow(), frames, m_messagesInRead, bytes))
        giveUp(ws_close::PolicyViolation, {ErrorCode::Malformed, "WebSocket: frames of nothing"});
}

void WebSocketStream::pauseReading()
{
    if (m_state == State::Closing || m_state == State::Closed)
        return;
    m_paused = true;
    m_stream->pauseReading();
}

void WebSocketStream::resumeReading()
{
    if (!std::exchange(m_paused, false))
        return;
    QMetaObject::invokeMethod(
        &m_timer, [this] { deliverHeld(); }, Qt::QueuedConnection);
}

void WebSocketStream::deliverHeld()
{
    if (m_paused || m_state == State::Closed)
        return;
    if (m_state == State::Dialing || m_state == State::Upgrading) {
        m_stream->resumeReading();
        return;
    }
    const std::shared_ptr<const bool> alive = m_alive;
    Bytes held = std::exchange(m_held, {});
    framesReceived(held);
    if (*alive && !m_paused)
        m_stream->resumeReading();
}

/// False if the stream was deleted.
bool WebSocketStream::flushBatch(std::vector<ByteSpan> &batch)
{
    const std::shared_ptr<const bool> alive = m_alive;
    if (m_state == State::Open) {
        for (const ByteSpan &message : batch)
            m_counters.bytesIn += message.size();
        m_counters.messagesIn += batch.size();
        m_messagesInRead += static_cast<std::size_t>(std::count_if(
            batch.begin(), batch.end(), [](const ByteSpan &message) { return !message.empty(); }));
        m_client->webSocketBinary(batch);
    }
    if (*alive)
        batch.clear();
    return *alive;
}

/// False if the stream was deleted.
bool WebSocketStream::handle(const WsEvent &event)
{
    const std::shared_ptr<const bool> alive = m_alive;
    switch (event.kind) {
    case WsEvent::Kind::Text:
        m_messagesInRead += event.payload.empty() ? 0 : 1;
        if (m_state == State::Open)
            m_client->webSocketText(event.text());
        break;
    case WsEvent::Kind::Ping:
        if (m_state == State::Open)
            answerPing(event.payload);
        break;
    case WsEvent::Kind::Close:
        peerClosed(event);
        break;
    case WsEvent::Kind::Failed:
        giveUp(event.code,
               {event.code == ws_close::InternalError ? ErrorCode::Internal : ErrorCode::Malformed,
                event.code == ws_close::InternalError ? std::string(event.text())
                                                      : "WebSocket: " + std::string(event.text())});
        break;
    case WsEvent::Kind::Costly:
        if (m_state == State::Open)
            m_client->webSocketWorkAhead();
        break;
    case WsEvent::Kind::Binary:
    case WsEvent::Kind::Pong:
        break;
    }
    return *alive;
}

// --- The end -------------------------------------------------------------------------------------

void WebSocketStream::close(std::uint16_t code, std::string_view reason)
{
    if (m_state == State::Dialing || m_state == State::Upgrading) {
        m_close = {code, std::string(reason), std::nullopt};
        m_state = State::Closing;
        m_stream->finish();
        return;
    }
    if (m_state != State::Open)
        return;
    m_close = {code, std::string(reason), std::nullopt};
    m_weClose = true;
    queueClose(code, reason);
    m_timer.start(m_options.closeTimeout);
}

void WebSocketStream::refuse(std::uint16_t code, std::string_view reason)
{
    if (m_state != State::Open)
        return;
    m_close = {code, std::string(reason), std::nullopt};
    m_weClose = true;
    queueClose(code, reason);
    m_stream->finish();
}

void WebSocketStream::abort()
{
    m_state = State::Closed;
    m_timer.stop();
    m_queue.clear();
    m_stream->release(); // and what it gives is dropped
}

/// Puts a close frame behind all that is queued.
void WebSocketStream::queueClose(std::uint16_t code, std::string_view reason)
{
    m_state = State::Closing;
    // What still comes is of no interest but for the peer's half.
    m_decoder.skipMessages();
    resumeReading();
    m_closeFrame = protocol::closePayload(code, reason);
    m_closeFrame.insert(m_closeFrame.begin(), 0); // so that it is not empty without a code
    m_stream->requestOutput();
}

void WebSocketStream::peerClosed(const WsEvent &event)
{
    m_closeReceived = true;
    if (!m_weClose) {
        m_close = {event.code, std::string(event.text()), std::nullopt};
        queueClose(event.code, {});
    }
    // The server ends the TCP connection first (RFC 6455 section 7.1.1).
    if (m_isClient)
        m_timer.start(m_options.closeTimeout);
    else
        m_stream->finish();
}

/// Fails the WebSocket (RFC 6455 section 7.1.7): a close frame if it is open, and the end.
void WebSocketStream::giveUp(std::uint16_t code, Error error)
{
    if (m_state == State::Closed)
        return;
    const bool open = m_state == State::Open || m_state == State::Closing;
    m_timer.stop();
    if (open && m_closeFrame.empty() && !m_weClose)
        queueClose(code, error.detail.substr(0, 100));
    if (!m_weClose || m_state != State::Closing)
        m_close.code = code;
    m_close.error = std::move(error);
    m_state = State::Closing;
    m_stream->finish();
}

void WebSocketStream::streamClosed(const std::optional<Error> &error)
{
    if (m_state == State::Closed)
        return;
    const bool orderly = m_state == State::Closing;
    m_state = State::Closed;
    m_timer.stop();
    m_queue.clear();
    if (!orderly) {
        m_close.code = ws_close::Abnormal;
        m_close.error =
            error.value_or(Error{ErrorCode::Network, "the connection ended without a close frame"});
    }
    const WebSocketClose close = std::move(m_close);
    m_client->webSocketClosed(close); // may delete this
}

void WebSocketStream::timerFired()
{
    if (m_state == State::Dialing || m_state == State::Upgrading)
        giveUp(ws_close::Abnormal, {ErrorCode::Timeout, "no answer to the WebSocket upgrade"});
    else
        m_stream->finish();
}

} // namespace higgs
