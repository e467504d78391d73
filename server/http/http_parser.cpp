// SPDX-License-Identifier: GPL-3.0-or-later
// The only file that includes Boost.Beast.
#include "server/http/http_parser.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <utility>

namespace higgs::server {

namespace http = boost::beast::http;

namespace {

constexpr unsigned Http10 = 10;

int statusFor(const boost::beast::error_code &error)
{
    if (error == http::error::body_limit)
        return 413;
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
        return 431;
    if (error == http::error::bad_version)
        return 505;
    return 400;
}

/// The path and query of origin-form, absolute-form or asterisk-form (RFC 9112 section 3.2); false
/// for others.
bool splitTarget(std::string_view target, HttpRequest &request)
{
    if (target == "*" && request.method == "OPTIONS") {
        request.path = target;
        return true;
    }
    const std::size_t scheme = target.find("://");
    if (!target.starts_with('/') && scheme != std::string_view::npos) {
        const std::size_t path = target.find_first_of("/?", scheme + 3);
        target = path == std::string_view::npos ? "/" : target.substr(path);
    }
    if (target.starts_with('?'))
        request.path = "/"; // an absolute-form without a path
    else if (!target.starts_with('/'))
        return false;
    const std::size_t mark = std::min(target.find('?'), target.size());
    auto path = percentDecode(target.substr(0, mark));
    if (!path)
        return false;
    if (!path->empty())
        request.path = std::move(*path);
    request.query = std::string(target.substr(std::min(mark + 1, target.size())));
    // Whoever reads it later could only take a bad one for a missing one.
    return percentDecode(request.query).has_value();
}

/// No line of a head has these (RFC 9110 section 5.5, RFC 9112 section 2.2).
bool isForbiddenControl(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

bool hasHeader(const HttpRequest &request, std::string_view name)
{
    return std::any_of(
        request.headers.begin(), request.headers.end(),
        [name](const HttpHeader &header) { return equalsIgnoringCase(header.name, name); });
}

} // namespace

HttpParser::State HttpParser::fail(int status)
{
    m_state = State::Failed;
    m_fault = status;
    std::string().swap(m_buffer);
    m_begin = 0;
    (void)std::exchange(m_request, {}); // an assignment would keep the texts' memory
    m_headBytes = 0;
    return m_state;
}

void HttpParser::append(ByteSpan input)
{
    if (m_begin > 0) {
        m_buffer.erase(0, m_begin);
        m_begin = 0;
    }
    appendBounded(m_buffer, asText(input), m_limits.headerBytes);
}

void HttpParser::consume(std::size_t bytes)
{
    m_begin += bytes;
    if (m_begin < m_buffer.size())
        return;
    std::string().swap(m_buffer);
    m_begin = 0;
}

HttpParser::State HttpParser::feed(ByteSpan input)
{
    if (m_state == State::Failed)
        return m_state;
    append(input);
    if (m_state != State::Ready)
        return parse();
    // Nobody has to read on behind a request that waits for its answer.
    return buffered() > m_limits.headerBytes + m_limits.bodyBytes ? fail(400) : m_state;
}

HttpParser::State HttpParser::parse()
{
    if (m_state == State::Idle) {
        if (!skipEmptyLines())
            return m_state;
        m_state = State::Header;
        m_scanned = m_lineBegin = m_lines = 0;
    }
    if (m_state == State::Header) {
        if (!scanHead())
            return m_state;
        const std::string_view head = std::string_view(m_buffer).substr(m_begin, m_scanned);
        const int fault = acceptHead(head);
        if (fault != 0)
            return fail(fault);
        m_headBytes = m_scanned;
        consume(m_scanned);
        m_emptyLines = 0;
        m_state = State::Body;
    }
    readBody();
    return m_state;
}

/// True when a request has begun.
bool HttpParser::skipEmptyLines()
{
    const std::string_view text = std::string_view(m_buffer).substr(m_begin);
    std::size_t skipped = 0;
    while (text.substr(skipped, 2) == "\r\n" && m_emptyLines < MaxEmptyLines) {
        skipped += 2;
        ++m_emptyLines;
    }
    const std::string_view rest = text.substr(skipped);
    const bool undecided = rest.empty() || (rest == "\r" && m_emptyLines < MaxEmptyLines);
    consume(skipped);
    return !undecided;
}

/// Looks at each byte once; true at the end of the head. What is wrong is wrong at the same byte,
/// however the input was cut.
bool HttpParser::scanHead()
{
    const std::string_view text = std::string_view(m_buffer).substr(m_begin);
    while (m_scanned < text.size()) {
        const char c = text[m_scanned];
        const bool afterCr = m_scanned > m_lineBegin && text[m_scanned - 1] == '\r';
        if (++m_scanned > m_limits.headerBytes) {
            fail(431);
            return false;
        }
        if (afterCr != (c == '\n') || (c != '\r' && c != '\n' && isForbiddenControl(c))) {
            fail(400);
            return false;
        }
        if (c != '\n')
            continue;
        const std::size_t length = m_scanned - m_lineBegin - 2;
        if (length == 0)
            return true;
        m_lineBegin = m_scanned;
        if (++m_lines > MaxHeaderLines + 1) {
            fail(431);
            return false;
        }
    }
    return false;
}

int HttpParser::acceptHead(std::string_view head)
{
    http::request_parser<http::empty_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(head.size() + 1));
    parser.body_limit(m_limits.bodyBytes);
    boost::beast::error_code error;
    const std::size_t used = parser.put(boost::asio::const_buffer(head.data(), head.size()), error);
    if (error)
        return statusFor(error);
    if (used != head.size() || !parser.is_header_done())
        return 400;
    const auto &message = parser.get();
    m_request.isHttp10 = message.version() == Http10;
    m_request.method = std::string(message.method_string());
    for (const auto &field : message)
        m_request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    const auto target = message.target();
    if (!splitTarget({target.data(), target.size()}, m_request))
        return 400;
    m_framing = parser.chunked() ? Framing::Chunked : Framing::Length;
    m_chunks = {};
    m_bodyLeft = static_cast<std::size_t>(parser.content_length().value_or(0));
    return acceptFields(m_framing == Framing::Chunked || m_bodyLeft > 0);
}

int HttpParser::acceptFields(bool bodyFollows)
{
    // RFC 9112 section 3.2: HTTP/1.0 need not name its host, and nobody names two.
    if (!m_request.header("Host") && (!m_request.isHttp10 || hasHeader(m_request, "Host")))
        return 400;
    if (hasHeader(m_request, "Transfer-Encoding")) {
        const std::string encoding = m_request.joinedHeader("Transfer-Encoding");
        // RFC 9112 section 6.1: in HTTP/1.0, or beside a length, the framing is faulty.
        if (m_request.isHttp10 || encoding.empty() || hasHeader(m_request, "Content-Length"))
            return 400;
        if (!equalsIgnoringCase(encoding, "chunked"))
            return 501;
    }
    // RFC 9110 section 10.1.1: HTTP/1.0 has no expectations, as it knows no 1xx.
    const std::string expect =
        m_request.isHttp10 ? std::string() : m_request.joinedHeader("Expect");
    if (!expect.empty() && !equalsIgnoringCase(expect, "100-continue"))
        return 417;
    m_expectsContinue = !expect.empty() && bodyFollows;
    const std::string connection = m_request.joinedHeader("Connection");
    m_request.keepAlive = !hasToken(connection, "close") &&
                          (!m_request.isHttp10 || hasToken(connection, "keep-alive"));
    // RFC 9110 section 7.8: an Upgrade in HTTP/1.0 is ignored.
    m_request.wantsUpgrade = !m_request.isHttp10 && hasToken(connection, "upgrade") &&
                             hasToken(m_request.joinedHeader("Upgrade"), "websocket");
    return 0;
}

void HttpParser::readBody()
{
    const std::string_view input = std::string_view(m_buffer).substr(m_begin);
    bool done = false;
    if (m_framing == Framing::Length) {
        const std::size_t count = std::min(m_bodyLeft, input.size());
        appendBounded(m_request.body, input.substr(0, count), m_limits.bodyBytes);
        consume(count);
        m_bodyLeft -= count;
        done = m_bodyLeft == 0;
    } else {
        consume(m_chunks.decode(input, m_request.body, m_limits.bodyBytes));
        if (m_chunks.fault() != 0) {
            fail(m_chunks.fault());
            return;
        }
        done = m_chunks.isDone();
    }
    if (done)
        m_state = State::Ready;
}

HttpRequest HttpParser::take()
{
    m_state = State::Idle;
    m_headBytes = 0;
    m_expectsContinue = false;
    return std::exchange(m_request, {});
}

std::string HttpParser::takeRest()
{
    std::string rest = std::exchange(m_buffer, {});
    rest.erase(0, std::exchange(m_begin, 0));
    return rest;
}

bool HttpParser::takeExpectsContinue()
{
    return std::exchange(m_expectsContinue, false);
}

std::size_t HttpParser::heldBytes() const
{
    // Each header once more as texts of its own.
    return m_buffer.capacity() + m_request.body.capacity() + 2 * m_headBytes +
           m_request.headers.capacity() * sizeof(HttpHeader);
}

} // namespace higgs::server
