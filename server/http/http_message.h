// SPDX-License-Identifier: GPL-3.0-or-later
// HTTP/1.1 requests and responses as values.
#pragma once

#include <memory>
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
    bool isHttp10 = false;
    bool wantsUpgrade = false; ///< Connection: upgrade and Upgrade: websocket; never by HTTP/1.0

    /// The value of a header that may come once; nullopt when absent or repeated.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
    /// All the values of a list header, joined by ", " (RFC 9110 section 5.3).
    [[nodiscard]] std::string joinedHeader(std::string_view name) const;
    /// The first value of a query parameter, percent-decoded.
    [[nodiscard]] std::optional<std::string> queryValue(std::string_view name) const;
    /// Some proxy says that it passes this on for another (RFC 9110 section 7.6.3, RFC 7239, and
    /// the usual X- headers).
    [[nodiscard]] bool wasForwarded() const;
    /// The Host header names this machine by a loopback address or as localhost.
    [[nodiscard]] bool isForLocalHost() const;
};

/// Percent-decoding (RFC 3986 section 2.1); nullopt for a broken escape or an encoded NUL.
std::optional<std::string> percentDecode(std::string_view text);

struct HttpResponse
{
    int status = 200;
    std::string contentType = "application/json";
    std::string body;
    /// Sent instead of `body` when set: one text that many answers share.
    std::shared_ptr<const std::string> shared;
    std::vector<HttpHeader> headers;

    [[nodiscard]] std::string_view content() const { return shared ? *shared : body; }
};

/// A list header's value has this token, in any case (RFC 9110 section 5.6.1).
bool hasToken(std::string_view list, std::string_view token);
/// Whether a response of this status may have a body.
bool mayHaveBody(int status);
/// Status line and headers, to the empty line. The version is ours also for a client that speaks
/// HTTP/1.0 (RFC 9110 section 2.5).
std::string serializeHead(const HttpResponse &response, bool keepAlive);
/// The bytes of a response. A HEAD request gets the same head without the body.
std::string serialize(const HttpResponse &response, bool keepAlive, bool headOnly);
/// "Not Found" for 404.
std::string_view reasonPhrase(int status);

} // namespace higgs::server
