// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/turn/turn_url.h"

#include "shared/base/ascii.h"
#include "shared/base/endpoint.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace higgs {

namespace {

constexpr std::uint16_t TurnPort = 3478;
constexpr std::uint16_t TurnsPort = 5349;
constexpr std::size_t MaxHost = 253; // of a DNS name

Unexpected malformed(const char *what)
{
    return unexpected(ErrorCode::Malformed, std::string("TURN URL: ") + what);
}

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equalNoCase(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

bool isName(std::string_view text)
{
    return !text.empty() && text.size() <= MaxHost && text.front() != '.' && text.front() != '-' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               const char l = lower(c);
               return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                      c == '_';
           });
}

std::optional<std::uint16_t> portOf(std::string_view text)
{
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || port == 0)
        return std::nullopt;
    return port;
}

/// Takes the host off the front of `text`, in brackets or not.
std::optional<std::string> takeHost(std::string_view &text)
{
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos)
            return std::nullopt;
        const std::string_view inside = text.substr(1, end - 1);
        text.remove_prefix(end + 1);
        const auto address = IpAddress::parse(inside);
        if (!address || !address->isV6())
            return std::nullopt;
        return std::string(inside);
    }
    const std::string_view name = text.substr(0, text.find(':'));
    text.remove_prefix(name.size());
    if (!isName(name))
        return std::nullopt;
    return std::string(name);
}

} // namespace

std::string_view toString(TurnTransport transport)
{
    switch (transport) {
    case TurnTransport::Udp:
        return "udp";
    case TurnTransport::Tcp:
        return "tcp";
    case TurnTransport::Tls:
        return "tls";
    }
    return "";
}

Result<TurnUrl> parseTurnUrl(std::string_view text)
{
    if (text.size() > MaxTurnUrl)
        return malformed("too long");
    const std::string_view scheme = text.substr(0, text.find(':'));
    const bool secure = equalNoCase(scheme, "turns");
    if (scheme.size() == text.size() || (!secure && !equalNoCase(scheme, "turn")))
        return malformed("it begins with neither turn: nor turns:");
    text.remove_prefix(scheme.size() + 1);
    const std::size_t question = text.find('?');
    const std::string_view query = text.substr(std::min(question, text.size()));
    text = text.substr(0, question);
    auto host = takeHost(text);
    if (!host)
        return malformed("no host name or IP address");
    TurnUrl url{secure ? TurnTransport::Tls : TurnTransport::Udp, std::move(*host),
                secure ? TurnsPort : TurnPort};
    if (!text.empty()) {
        const auto port = text.front() == ':' ? portOf(text.substr(1)) : std::nullopt;
        if (!port)
            return malformed("no port from 1 to 65535");
        url.port = *port;
    }
    if (query.empty())
        return url;
    constexpr std::string_view Transport = "?transport=";
    if (!equalNoCase(query.substr(0, Transport.size()), Transport) ||
        query.size() == Transport.size())
        return malformed("something else than a transport behind the address");
    const std::string_view transport = query.substr(Transport.size());
    if (equalNoCase(transport, "tcp")) {
        url.transport = secure ? TurnTransport::Tls : TurnTransport::Tcp;
        return url;
    }
    if (secure || !equalNoCase(transport, "udp"))
        return unexpected(ErrorCode::Unavailable, "TURN URL: a transport that is not spoken here");
    return url;
}

} // namespace higgs
