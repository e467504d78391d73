// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/http_response.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>
#include <charconv>

namespace higgs {

namespace http = boost::beast::http;

struct HttpResponseParser::Parser
{
    http::response_parser<http::string_body> parser;
};

namespace {

Unexpected failure(const boost::beast::error_code &error)
{
    const bool large = error == http::error::body_limit || error == http::error::header_limit ||
                       error == http::error::buffer_overflow;
    return unexpected(large ? ErrorCode::TooLarge : ErrorCode::Malformed,
                      "HTTP response: " + error.message());
}

} // namespace

HttpResponseParser::HttpResponseParser() : m_parser(std::make_unique<Parser>())
{
    m_parser->parser.eager(true);
    m_parser->parser.header_limit(MaxHttpResponseHead);
    m_parser->parser.body_limit(MaxHttpResponseBody);
}

HttpResponseParser::~HttpResponseParser() = default;

Result<bool> HttpResponseParser::feed(ByteSpan bytes)
{
    m_begun = m_begun || !bytes.empty();
    m_pending += asText(bytes);
    while (!m_pending.empty() && !m_parser->parser.is_done()) {
        boost::beast::error_code error;
        const std::size_t used =
            m_parser->parser.put(boost::asio::buffer(m_pending.data(), m_pending.size()), error);
        m_pending.erase(0, used);
        if (error == http::error::need_more) {
            if (m_pending.size() > MaxHttpResponseHead)
                return unexpected(ErrorCode::TooLarge, "HTTP response: a line without end");
            break;
        }
        if (error)
            return failure(error);
        if (used == 0)
            break;
    }
    return m_parser->parser.is_done();
}

Result<bool> HttpResponseParser::finish()
{
    boost::beast::error_code error;
    if (!m_parser->parser.is_done())
        m_parser->parser.put_eof(error);
    if (error)
        return failure(error);
    return m_parser->parser.is_done();
}

HttpResponse HttpResponseParser::take()
{
    auto message = m_parser->parser.release();
    HttpResponse response;
    response.status = static_cast<int>(message.result_int());
    response.keepAlive = message.keep_alive();
    const auto field = message.find(http::field::retry_after);
    if (field != message.end()) {
        const auto text = field->value();
        unsigned seconds = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
        if (error == std::errc() && end == text.data() + text.size())
            response.retryAfter = Seconds(seconds);
    }
    response.body = std::move(message.body());
    return response;
}

} // namespace higgs
