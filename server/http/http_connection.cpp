// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/http_connection.h"

#include "server/cache/networks.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace higgs::server {

namespace {

// After an answer that refuses the rest of a request: time for the client to read it before the
// close, which would reset the connection while unread input is there.
constexpr Milliseconds LingerTime = Seconds(1);
// After a refusal by a limit: those who do not wait are made to.
constexpr Milliseconds RefusalPause = Seconds(1);
constexpr int RequestTimeout = 408;
constexpr int TooManyRequests = 429;
constexpr int Unavailable = 503;
constexpr std::string_view ContinueHead = "HTTP/1.1 100 Continue\r\n\r\n";
// Up to this, body and head leave in one write; a longer one is sent from where it lies.
constexpr std::size_t ShortBody = 16 * 1024;

} // namespace

HttpConnection::HttpConnection(HttpServer &server, std::uint64_t id, TlsConnection connection,
                               Monotonic now)
    : m_server(server),
      m_id(id),
      m_peer(connection.peer),
      m_network(siteOf(connection.peer.address)),
      m_parser({server.m_limits.headerBytes, server.m_limits.bodyBytes}),
      m_stream(std::make_unique<TlsStream>(server.m_epoll, std::move(connection),
                                           static_cast<TlsStreamClient &>(*this))),
      // The first request has the header's deadline from the start: a connection that never speaks
      // costs no more than one that speaks slowly.
      m_deadline(now + server.m_limits.headerDeadline)
{
    m_server.m_deadlines.bookBy(m_id, *m_deadline);
}

HttpConnection::~HttpConnection()
{
    m_state = State::Ended;
    noteHeld();
}

void HttpConnection::streamReceived(MutableByteSpan data)
{
    switch (m_state) {
    case State::Reading:
        parsed(m_parser.feed(data));
        return;
    case State::Queued:
    case State::Answering:
    case State::Sending:
        // Reading is paused; what one read brought along is kept for the next request.
        if (m_parser.feed(data) == HttpParser::State::Failed && m_state == State::Queued)
            answerFault(m_parser.fault());
        noteHeld();
        return;
    case State::Lingering:
    case State::Ended:
        return;
    }
}

void HttpConnection::streamKeeps()
{
    noteHeld();
    if (m_state == State::Reading && m_server.m_heldRequests.isOver(m_network))
        answerFault(TooManyRequests);
}

void HttpConnection::parsed(HttpParser::State state)
{
    const HttpParser::State before = std::exchange(m_parsed, state);
    if (state != before)
        setReadDeadline(monotonicNow());
    noteHeld();
    if (state == HttpParser::State::Failed)
        answerFault(m_parser.fault());
    else if (m_server.m_heldRequests.isOver(m_network))
        answerFault(TooManyRequests);
    else if (state == HttpParser::State::Ready)
        queue();
    else if (m_parser.takeExpectsContinue())
        m_stream->write(asBytes(ContinueHead));
}

void HttpConnection::setDeadline(Monotonic at)
{
    m_deadline = at;
    m_server.m_deadlines.bookBy(m_id, at);
}

void HttpConnection::setReadDeadline(Monotonic now)
{
    const Limits &limits = m_server.m_limits;
    switch (m_parsed) {
    case HttpParser::State::Idle:
        setDeadline(now + limits.idle);
        break;
    case HttpParser::State::Header:
        setDeadline(now + limits.headerDeadline);
        break;
    case HttpParser::State::Body:
        setDeadline(now + limits.bodyDeadline);
        break;
    case HttpParser::State::Ready:
    case HttpParser::State::Failed:
        m_deadline.reset();
        break;
    }
}

void HttpConnection::queue()
{
    m_state = State::Queued;
    m_stream->pauseReading();
    m_deadline.reset();
    if (m_notBefore > monotonicNow())
        setDeadline(m_notBefore);
    else
        m_server.requestReady(m_network, m_id);
}

void HttpConnection::serve()
{
    if (m_state != State::Queued)
        return;
    HttpRequest request = m_parser.take();
    noteHeld();
    m_parsed = HttpParser::State::Idle;
    m_keepAlive = request.keepAlive && !m_closing;
    m_headOnly = request.method == "HEAD";
    m_state = State::Answering;
    setDeadline(monotonicNow() + m_server.m_limits.answerDeadline);
    ++m_request;
    m_server.m_application.handle(m_peer, std::move(request), HttpReply(m_server, m_id, m_request));
}

bool HttpConnection::send(std::uint64_t request, HttpResponse response)
{
    if (m_state != State::Answering || request != m_request)
        return false;
    if (response.content().size() > ShortBody && m_server.m_heldAnswers.isHalfUsed(m_network))
        response = m_server.m_application.refusal(m_peer, TooManyRequests);
    if (response.status == TooManyRequests)
        m_notBefore = monotonicNow() + RefusalPause;
    return write(std::move(response), m_keepAlive && !m_closing, m_headOnly);
}

bool HttpConnection::write(HttpResponse response, bool keepAlive, bool headOnly)
{
    const std::string_view content =
        headOnly || !mayHaveBody(response.status) ? std::string_view() : response.content();
    std::string head = serializeHead(response, keepAlive);
    const bool isShort = content.size() <= ShortBody;
    if (isShort)
        head += content;
    // Nothing else is queued, so this fails only when the stream is at its end.
    if (!m_stream->write(asBytes(head))) {
        end();
        return false;
    }
    m_keepAlive = keepAlive;
    m_state = State::Sending;
    m_stream->pauseReading();
    const Limits &limits = m_server.m_limits;
    setDeadline(monotonicNow() + limits.sendDeadline +
                Seconds(content.size() / std::max<std::size_t>(1, limits.sendBytesPerSecond)));
    m_responseSent = 0;
    m_response = isShort ? HttpResponse() : std::move(response);
    noteHeld();
    return true;
}

ByteSpan HttpConnection::nextOutput()
{
    return m_state == State::Sending ? asBytes(m_response.content().substr(m_responseSent))
                                     : ByteSpan();
}

void HttpConnection::outputTaken(std::size_t bytes)
{
    m_responseSent += bytes;
}

/// All is with the kernel: of an answer, or of "100 Continue".
void HttpConnection::streamDrained()
{
    if (m_state == State::Sending && m_responseSent == m_response.content().size())
        sent();
}

void HttpConnection::sent()
{
    (void)std::exchange(m_response, {});
    m_responseSent = 0;
    noteHeld();
    if (!m_keepAlive || m_closing) {
        linger();
        return;
    }
    m_state = State::Reading;
    m_parsed = HttpParser::State::Idle;
    setReadDeadline(monotonicNow());
    parsed(m_parser.feed({}));
    if (m_state == State::Reading)
        m_stream->resumeReading();
}

std::optional<TlsConnection> HttpConnection::upgrade(std::uint64_t request, std::string_view head)
{
    if (m_state != State::Answering || request != m_request)
        return std::nullopt;
    std::optional<TlsConnection> connection;
    if (m_stream->write(asBytes(head))) {
        const std::string rest = m_parser.takeRest();
        connection = m_stream->release(asBytes(rest));
    }
    // Also when the 101 was not taken: there is nothing left that this connection could say.
    end();
    return connection;
}

/// Whatever it was that came is of no more use.
Milliseconds HttpConnection::roundTrip() const
{
    tcp_info info{};
    socklen_t length = sizeof info;
    if (m_stream == nullptr ||
        ::getsockopt(m_stream->fd(), IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
        return Milliseconds(0);
    return std::chrono::duration_cast<Milliseconds>(std::chrono::microseconds(info.tcpi_rtt));
}

void HttpConnection::answerFault(int status)
{
    (void)std::exchange(m_parser, HttpParser({})); // an assignment would keep the texts' memory
    m_parsed = HttpParser::State::Failed;
    write(m_server.m_application.refusal(m_peer, status), false, false);
}

void HttpConnection::linger()
{
    m_state = State::Lingering;
    setDeadline(monotonicNow() + LingerTime);
    m_stream->resumeReading();
    // A request that was read to its end leaves nothing to wait for.
    if (m_parsed == HttpParser::State::Idle && m_parser.buffered() == 0) {
        m_deadline.reset();
        m_stream->finish();
    }
}

void HttpConnection::checkDeadline(Monotonic now)
{
    if (!m_deadline)
        return;
    if (now < *m_deadline) {
        m_server.m_deadlines.bookBy(m_id, *m_deadline);
        return;
    }
    m_deadline.reset();
    switch (m_state) {
    case State::Reading:
        // Nobody waits for an answer to a request that has not begun.
        if (m_parsed == HttpParser::State::Idle)
            linger();
        else
            answerFault(RequestTimeout);
        return;
    case State::Queued:
        m_server.requestReady(m_network, m_id);
        return;
    case State::Answering:
        m_keepAlive = false;
        send(m_request, m_server.m_application.refusal(m_peer, Unavailable));
        return;
    case State::Lingering:
        m_stream->finish();
        return;
    case State::Sending: // not taken in time
        end();
        return;
    case State::Ended:
        return;
    }
}

void HttpConnection::drain()
{
    m_closing = true;
    if (m_state == State::Reading && m_parsed == HttpParser::State::Idle) {
        linger();
    }
}

void HttpConnection::noteHeld()
{
    const bool ended = m_state == State::Ended;
    const std::size_t request =
        ended ? 0 : m_parser.heldBytes() + (m_stream ? m_stream->keptBytes() : 0);
    const std::size_t answer = ended ? 0 : m_response.content().size();
    m_server.m_heldRequests.change(m_network, std::exchange(m_heldRequest, request), request);
    m_server.m_heldAnswers.change(m_network, std::exchange(m_heldAnswer, answer), answer);
}

void HttpConnection::streamClosed(const std::optional<Error> &)
{
    end();
}

void HttpConnection::end()
{
    if (m_state == State::Ended)
        return;
    m_state = State::Ended;
    noteHeld();
    m_server.connectionEnded(m_id);
}

} // namespace higgs::server
