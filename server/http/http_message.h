// SPDX-License-Identifier: GPL-3.0-or-later
// HTTP/1.1 requests and responses as values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace higgs::server {

struct HttpHeader
{
    std::string name; ///< as it was sent; names compare without case
    std::string value;
};

bool equalsIgnoringCase(std::string_view a, std::string_view b);

struct HttpRequest
{
    std::string method;
    std::string path;  ///< percent-decoded once; begins with '/'
    std::string query; ///< raw, without '?'
    std::vector<HttpHeader> headers;
    std::string body;
    bool keepAlive = true;
    bool wantsUpgrade = false; ///< Connection: upgrade and Upgrade: websocket

    /// The value of a header that may come once; nullopt when absent or repeated.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
    /// All the values of a list header, joined by ", " (RFC 9110 section 5.3).
    [[nodiscard]] std::string joinedHeader(std::string_view name) const;
    /// The first value of a query parameter, percent-decoded.
    [[nodiscard]] std::optional<std::string> queryValue(std::string_view name) const;
};

/// Percent-decoding (RFC 3986 section 2.1); nullopt for a broken escape or an encoded NUL.
std::optional<std::string> percentDecode(std::string_view text);

struct HttpResponse
{
    int status = 200;
    std::string contentType = "application/json";
    std::string body;
    std::vector<HttpHeader> headers;
};

/// The bytes of a response. A HEAD request gets the same head without the body.
std::string serialize(const HttpResponse &response, bool keepAlive, bool headOnly);
/// "Not Found" for 404.
std::string_view reasonPhrase(int status);

} // namespace higgs::server
