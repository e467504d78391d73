// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/http_connection.h"

namespace higgs::server {

namespace {

// After an answer that refuses the rest of a request: time for the client to read it before the
// close, which would reset the connection while unread input is there.
constexpr Milliseconds LingerTime = Seconds(1);
constexpr std::string_view ContinueHead = "HTTP/1.1 100 Continue\r\n\r\n";

} // namespace

HttpConnection::HttpConnection(HttpServer &server, std::uint64_t id, int fd, const Endpoint &peer,
                               Monotonic now)
    : m_server(server),
      m_id(id),
      m_peer(peer),
      m_parser({server.m_limits.headerBytes, server.m_limits.bodyBytes}),
      m_stream(std::make_unique<TlsStream>(server.m_epoll, server.m_tls, fd, peer,
                                           static_cast<TlsStreamClient &>(*this))),
      m_deadline(now + server.m_limits.tlsHandshake)
{}

HttpConnection::~HttpConnection() = default;

void HttpConnection::streamReady()
{
    m_state = State::Reading;
    // The first request has the header's deadline from the start: a connection that never speaks
    // costs no more than one that speaks slowly.
    m_deadline = monotonicNow() + m_server.m_limits.headerDeadline;
}

void HttpConnection::streamReceived(MutableByteSpan data)
{
    if (m_state != State::Reading && m_state != State::Answering)
        return;
    if (m_state == State::Answering) {
        // Reading is paused; what one read brought along is kept for the next request.
        m_parser.feed(data);
        return;
    }
    const HttpParser::State before = m_parsed;
    m_parsed = m_parser.feed(data);
    if (m_parsed != before)
        setReadDeadline(monotonicNow());
    process();
}

void HttpConnection::setReadDeadline(Monotonic now)
{
    const Limits &limits = m_server.m_limits;
    switch (m_parsed) {
    case HttpParser::State::Idle:
        m_deadline = now + limits.idle;
        break;
    case HttpParser::State::Header:
        m_deadline = now + limits.headerDeadline;
        break;
    case HttpParser::State::Body:
        m_deadline = now + limits.bodyDeadline;
        break;
    case HttpParser::State::Ready:
    case HttpParser::State::Failed:
        m_deadline.reset();
        break;
    }
}

// A loop and not a recursion: a pipeline of requests that are answered at once must not grow the
// stack.
void HttpConnection::process()
{
    if (m_processing)
        return;
    m_processing = true;
    while (m_state == State::Reading && m_parsed == HttpParser::State::Ready)
        dispatch();
    if (m_state == State::Reading && m_parsed == HttpParser::State::Failed)
        answerFault();
    else if (m_state == State::Reading && m_parser.takeExpectsContinue())
        m_stream->write(asBytes(ContinueHead));
    else if (m_state == State::Answering)
        m_stream->pauseReading();
    m_processing = false;
}

void HttpConnection::dispatch()
{
    HttpRequest request = m_parser.take();
    m_parsed = HttpParser::State::Idle;
    m_keepAlive = request.keepAlive && !m_closing;
    m_headOnly = request.method == "HEAD";
    m_state = State::Answering;
    m_deadline.reset();
    ++m_request;
    m_server.m_application.handle(m_peer, std::move(request), HttpReply(m_server, m_id, m_request));
}

bool HttpConnection::send(std::uint64_t request, const HttpResponse &response)
{
    if (m_state != State::Answering || request != m_request)
        return false;
    const bool keepAlive = m_keepAlive && !m_closing;
    if (!write(response, keepAlive, m_headOnly))
        return false;
    if (!keepAlive) {
        linger();
        return true;
    }
    m_state = State::Reading;
    m_parsed = m_parser.feed({});
    setReadDeadline(monotonicNow());
    if (!m_processing) {
        m_stream->resumeReading();
        process();
    }
    return true;
}

bool HttpConnection::write(const HttpResponse &response, bool keepAlive, bool headOnly)
{
    const std::string text = serialize(response, keepAlive, headOnly);
    if (m_stream->write(asBytes(text)))
        return true;
    // The client asks and never reads: its answers have filled the stream's queue.
    end();
    return false;
}

std::optional<TlsConnection> HttpConnection::upgrade(std::uint64_t request, std::string_view head)
{
    if (m_state != State::Answering || request != m_request || !m_stream->write(asBytes(head)))
        return std::nullopt;
    const std::string rest = m_parser.takeRest();
    TlsConnection connection = m_stream->release(asBytes(rest));
    end();
    return connection;
}

void HttpConnection::answerFault()
{
    const HttpResponse response = m_server.m_application.parserFault(m_peer, m_parser.fault());
    if (write(response, false, false))
        linger();
}

void HttpConnection::linger()
{
    m_state = State::Lingering;
    m_deadline = monotonicNow() + LingerTime;
    m_stream->resumeReading();
    // A request that was read to its end leaves nothing to wait for.
    if (m_parser.fault() == 0 && m_parser.buffered() == 0) {
        m_deadline.reset();
        m_stream->finish();
    }
}

void HttpConnection::checkDeadline(Monotonic now)
{
    if (!m_deadline || now < *m_deadline)
        return;
    m_deadline.reset();
    switch (m_state) {
    case State::Reading:
        // Nobody waits for an answer to a request that has not begun.
        if (m_parsed == HttpParser::State::Idle ||
            write(m_server.m_application.parserFault(m_peer, 408), false, false))
            linger();
        return;
    case State::Lingering:
        m_stream->finish();
        return;
    case State::Handshaking:
        end();
        return;
    case State::Answering:
    case State::Ended:
        return;
    }
}

void HttpConnection::drain()
{
    m_closing = true;
    if (m_state == State::Reading && m_parsed == HttpParser::State::Idle) {
        linger();
    } else if (m_state == State::Handshaking) {
        end();
    }
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
    m_server.connectionEnded(m_id);
}

} // namespace higgs::server
