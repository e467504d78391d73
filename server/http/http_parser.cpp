// SPDX-License-Identifier: GPL-3.0-or-later
// The only file that includes Boost.Beast.
#include "server/http/http_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <limits>

namespace higgs::server {

namespace http = boost::beast::http;

namespace {

constexpr unsigned Http11 = 11;

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

bool hasToken(std::string_view list, std::string_view token)
{
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(','), list.size());
        std::string_view item = list.substr(0, end);
        list.remove_prefix(std::min(end + 1, list.size()));
        while (!item.empty() && (item.front() == ' ' || item.front() == '\t'))
            item.remove_prefix(1);
        while (!item.empty() && (item.back() == ' ' || item.back() == '\t'))
            item.remove_suffix(1);
        if (equalsIgnoringCase(item, token))
            return true;
    }
    return false;
}

/// The path and query of origin-form or absolute-form (RFC 9112 section 3.2); false for others.
bool splitTarget(std::string_view target, HttpRequest &request)
{
    const std::size_t scheme = target.find("://");
    if (!target.starts_with('/') && scheme != std::string_view::npos) {
        const std::size_t path = target.find('/', scheme + 3);
        target = path == std::string_view::npos ? "/" : target.substr(path);
    }
    if (!target.starts_with('/'))
        return false;
    const std::size_t mark = std::min(target.find('?'), target.size());
    auto path = percentDecode(target.substr(0, mark));
    if (!path)
        return false;
    request.path = std::move(*path);
    request.query = std::string(target.substr(std::min(mark + 1, target.size())));
    return true;
}

} // namespace

struct HttpParser::Beast
{
    http::request_parser<http::string_body> parser;

    explicit Beast(const HttpLimits &limits)
    {
        constexpr std::size_t largest = std::numeric_limits<std::uint32_t>::max();
        parser.header_limit(static_cast<std::uint32_t>(std::min(limits.headerBytes, largest)));
        parser.body_limit(limits.bodyBytes);
    }
};

HttpParser::HttpParser(HttpLimits limits) : m_limits(limits) {}

HttpParser::~HttpParser() = default;

HttpParser::State HttpParser::fail(int status)
{
    m_fault = status;
    m_state = State::Failed;
    m_buffer.clear();
    m_beast.reset();
    return m_state;
}

HttpParser::State HttpParser::feed(ByteSpan input)
{
    if (m_state == State::Failed)
        return m_state;
    m_buffer.append(asText(input));
    if (m_state == State::Ready)
        return m_state;
    return parse();
}

// Empty lines before a request line are to be ignored (RFC 9112 section 2.2).
bool HttpParser::startOfRequest()
{
    std::size_t skipped = 0;
    while (m_buffer.compare(skipped, 2, "\r\n") == 0)
        skipped += 2;
    m_buffer.erase(0, skipped);
    return !m_buffer.empty() && m_buffer != "\r";
}

HttpParser::State HttpParser::parse()
{
    if (m_state == State::Idle) {
        if (!startOfRequest())
            return m_state;
        m_beast = std::make_unique<Beast>(m_limits);
        m_state = State::Header;
    }
    auto &parser = m_beast->parser;
    while (!m_buffer.empty() && !parser.is_done()) {
        boost::beast::error_code error;
        const std::size_t used =
            parser.put(boost::asio::const_buffer(m_buffer.data(), m_buffer.size()), error);
        m_buffer.erase(0, used);
        if (error && error != http::error::need_more)
            return fail(statusFor(error));
        if (m_state == State::Header && parser.is_header_done()) {
            if (const int fault = checkHeader(); fault != 0)
                return fail(fault);
            m_state = State::Body;
        }
        if (error == http::error::need_more || used == 0)
            break;
    }
    // What Beast does not consume in a header is one unfinished line or header section.
    if (m_state == State::Header && m_buffer.size() > m_limits.headerBytes)
        return fail(431);
    if (parser.is_done()) {
        m_request.body = std::move(parser.get().body());
        m_state = State::Ready;
    }
    return m_state;
}

int HttpParser::checkHeader()
{
    const auto &message = m_beast->parser.get();
    if (message.version() != Http11)
        return 505;
    m_request = {};
    m_request.method = std::string(message.method_string());
    for (const auto &field : message)
        m_request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    if (!m_request.header("Host"))
        return 400;
    const std::string encoding = m_request.joinedHeader("Transfer-Encoding");
    if (!encoding.empty() && !equalsIgnoringCase(encoding, "chunked"))
        return 501;
    const std::string expect = m_request.joinedHeader("Expect");
    if (!expect.empty() && !equalsIgnoringCase(expect, "100-continue"))
        return 417;
    m_expectsContinue = !expect.empty() && !m_beast->parser.is_done();
    const auto target = message.target();
    if (!splitTarget({target.data(), target.size()}, m_request))
        return 400;
    const std::string connection = m_request.joinedHeader("Connection");
    m_request.keepAlive = !hasToken(connection, "close");
    m_request.wantsUpgrade =
        hasToken(connection, "upgrade") && hasToken(m_request.joinedHeader("Upgrade"), "websocket");
    return 0;
}

HttpRequest HttpParser::take()
{
    m_state = State::Idle;
    m_beast.reset();
    return std::exchange(m_request, {});
}

std::string HttpParser::takeRest()
{
    return std::exchange(m_buffer, {});
}

bool HttpParser::takeExpectsContinue()
{
    return std::exchange(m_expectsContinue, false);
}

} // namespace higgs::server
