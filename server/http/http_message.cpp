// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/http_message.h"

#include "shared/base/endpoint.h"
#include "shared/base/trimmed.h"

#include <algorithm>
#include <array>

namespace higgs::server {

namespace {

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const char l = lower(c);
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

// What proxies add to tell whom they speak for. "X-Forwarded" alone stands for all its kind.
constexpr std::array<std::string_view, 9> ForwardingHeaders = {
    "Forwarded",
    "Via",
    "X-Real-IP",
    "X-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "Fastly-Client-IP",
    "X-Original-Forwarded-For",
    "X-Envoy-External-Address",
};
constexpr std::string_view ForwardingFamily = "X-Forwarded";

} // namespace

bool mayHaveBody(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

bool equalsIgnoringCase(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

bool hasToken(std::string_view list, std::string_view token)
{
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(','), list.size());
        const std::string_view item = trimmed(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
        if (equalsIgnoringCase(item, token))
            return true;
    }
    return false;
}

bool HttpRequest::wasForwarded() const
{
    return std::any_of(headers.begin(), headers.end(), [](const HttpHeader &header) {
        const std::string_view name = header.name;
        return equalsIgnoringCase(name.substr(0, ForwardingFamily.size()), ForwardingFamily) ||
               std::any_of(ForwardingHeaders.begin(), ForwardingHeaders.end(),
                           [&](std::string_view known) { return equalsIgnoringCase(name, known); });
    });
}

bool HttpRequest::isForLocalHost() const
{
    const auto host = header("Host");
    if (!host)
        return false;
    std::string_view name = *host;
    const bool bracketed = name.starts_with('[');
    const std::size_t end = bracketed ? name.find(']') : name.find(':');
    if (bracketed && end == std::string_view::npos)
        return false;
    name = name.substr(bracketed ? 1 : 0, bracketed ? end - 1 : end);
    if (equalsIgnoringCase(name, "localhost"))
        return true;
    const Result<IpAddress> address = IpAddress::parse(name);
    return address && address->unmapped().isLoopback();
}

std::optional<std::string_view> HttpRequest::header(std::string_view name) const
{
    std::optional<std::string_view> value;
    for (const HttpHeader &header : headers) {
        if (!equalsIgnoringCase(header.name, name))
            continue;
        if (value)
            return std::nullopt;
        value = header.value;
    }
    return value;
}

std::string HttpRequest::joinedHeader(std::string_view name) const
{
    std::string joined;
    for (const HttpHeader &header : headers) {
        if (!equalsIgnoringCase(header.name, name))
            continue;
        if (!joined.empty())
            joined += ", ";
        joined += header.value;
    }
    return joined;
}

std::optional<std::string> HttpRequest::queryValue(std::string_view name) const
{
    std::string_view rest = query;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('&'), rest.size());
        const std::string_view pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const std::size_t equals = std::min(pair.find('='), pair.size());
        if (pair.substr(0, equals) != name)
            continue;
        return percentDecode(pair.substr(std::min(equals + 1, pair.size())));
    }
    return std::nullopt;
}

std::optional<std::string> percentDecode(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out.push_back(text[i]);
            continue;
        }
        if (i + 2 >= text.size())
            return std::nullopt;
        const int high = hexDigit(text[i + 1]);
        const int low = hexDigit(text[i + 2]);
        if (high < 0 || low < 0 || (high == 0 && low == 0))
            return std::nullopt;
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
    }
    return out;
}

std::string_view reasonPhrase(int status)
{
    switch (status) {
    case 100:
        return "Continue";
    case 101:
        return "Switching Protocols";
    case 200:
        return "OK";
    case 204:
        return "No Content";
    case 303:
        return "See Other";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 409:
        return "Conflict";
    case 413:
        return "Content Too Large";
    case 415:
        return "Unsupported Media Type";
    case 417:
        return "Expectation Failed";
    case 426:
        return "Upgrade Required";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 503:
        return "Service Unavailable";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return "Unknown";
    }
}

std::string serializeHead(const HttpResponse &response, bool keepAlive)
{
    std::string out = "HTTP/1.1 " + std::to_string(response.status) + ' ';
    out += reasonPhrase(response.status);
    out += "\r\n";
    if (mayHaveBody(response.status)) {
        const std::string_view content = response.content();
        if (!content.empty())
            out += "Content-Type: " + response.contentType + "\r\n";
        out += "Content-Length: " + std::to_string(content.size()) + "\r\n";
    }
    for (const HttpHeader &header : response.headers)
        out += header.name + ": " + header.value + "\r\n";
    out += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
    out += keepAlive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
    return out;
}

std::string serialize(const HttpResponse &response, bool keepAlive, bool headOnly)
{
    std::string out = serializeHead(response, keepAlive);
    if (!headOnly && mayHaveBody(response.status))
        out += response.content();
    return out;
}

} // namespace higgs::server
