// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/relay_endpoint.h"

#include "shared/base/endpoint.h"

#include <algorithm>
#include <charconv>

namespace higgs::protocol {

namespace {

constexpr std::string_view Scheme = "wss://";
constexpr std::string_view PathPrefix = "/relay/";
constexpr std::uint16_t DefaultPort = 443;

bool isLabel(std::string_view label)
{
    constexpr std::size_t MaxLabel = 63;
    if (label.empty() || label.size() > MaxLabel || label.front() == '-' || label.back() == '-')
        return false;
    return std::all_of(label.begin(), label.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
}

Result<std::uint16_t> parsePort(std::string_view text)
{
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0 ||
        text.front() == '0')
        return unexpected(ErrorCode::Malformed, "not a port");
    return port;
}

} // namespace

bool isHostText(std::string_view text)
{
    constexpr std::size_t MaxName = 253;
    if (IpAddress::parse(text))
        return true;
    if (text.empty() || text.size() > MaxName)
        return false;
    while (true) {
        const std::size_t dot = text.find('.');
        if (!isLabel(text.substr(0, dot)))
            return false;
        if (dot == std::string_view::npos)
            return true;
        text.remove_prefix(dot + 1);
    }
}

Result<RelayEndpoint> RelayEndpoint::parse(std::string_view url)
{
    if (!url.starts_with(Scheme))
        return unexpected(ErrorCode::Malformed, "a relay endpoint must be wss");
    url.remove_prefix(Scheme.size());
    const std::size_t slash = url.find('/');
    if (slash == std::string_view::npos || !url.substr(slash).starts_with(PathPrefix))
        return unexpected(ErrorCode::Malformed, "a relay endpoint without its path");
    Result<SessionId> session = SessionId::parse(url.substr(slash + PathPrefix.size()));
    if (!session)
        return unexpected(ErrorCode::Malformed, "a relay endpoint without a session id");

    const std::string_view authority = url.substr(0, slash);
    std::string_view host = authority;
    std::string_view port;
    const std::size_t bracket = authority.rfind(']');
    const std::size_t colon = authority.rfind(':');
    const bool hasPort =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    if (hasPort) {
        host = authority.substr(0, colon);
        port = authority.substr(colon + 1);
    }
    const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (bracketed)
        host = host.substr(1, host.size() - 2);
    const Result<IpAddress> address = IpAddress::parse(host);
    const bool isV6 = address && address->isV6();
    if (!isHostText(host) || isV6 != bracketed)
        return unexpected(ErrorCode::Malformed, "a relay endpoint with a bad host");
    const Result<std::uint16_t> number =
        hasPort ? parsePort(port) : Result<std::uint16_t>(DefaultPort);
    if (!number)
        return unexpected(number.error());
    return RelayEndpoint{std::string(host), *number, std::move(*session)};
}

std::string RelayEndpoint::toString() const
{
    const bool isV6 = host.find(':') != std::string::npos;
    return std::string(Scheme) + (isV6 ? "[" + host + "]" : host) + ":" + std::to_string(port) +
           path();
}

std::string RelayEndpoint::path() const
{
    return std::string(PathPrefix) + sessionId.text();
}

} // namespace higgs::protocol
