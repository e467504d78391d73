// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/server_url.h"

#include "shared/base/ascii.h"
#include "shared/base/endpoint.h"
#include "shared/control/command_line.h"
#include "shared/control/pasted_text.h"
#include "shared/protocol/relay_endpoint.h"

#include <QUrl>
#include <algorithm>

namespace higgs::control {

namespace {

constexpr std::string_view Scheme = "https://";
constexpr std::uint16_t SchemePort = 443;
constexpr std::uint16_t OwnPort = 3000;
/// A name of 253 characters in four bytes each, with scheme and port.
constexpr std::size_t LongestText = 1100;

Unexpected wrong(std::string_view text)
{
    return unexpected(ErrorCode::InvalidArgument,
                      "not a server's URL (https://HOST:PORT): " + std::string(text));
}

/// The name as resolvers and certificates have it: small letters, ASCII (UTS #46), and without the
/// dot that only says that the name is whole. What cannot be one becomes empty.
std::string hostName(std::string_view text)
{
    const bool isAscii = std::all_of(text.begin(), text.end(),
                                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    std::string name = asciiLowered(text);
    if (!isAscii)
        name = QUrl::toAce(QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())))
                   .toStdString();
    if (name.ends_with('.'))
        name.pop_back();
    return name;
}

} // namespace

Result<ServerUrl> parseServerUrl(std::string_view given)
{
    const std::string_view text = pasted(given);
    if (text.size() > LongestText)
        return wrong("it is too long");
    // An address alone has colons of its own, and no port.
    if (const Result<IpAddress> address = IpAddress::parse(text); address && address->isV6())
        return ServerUrl{address->toString(), OwnPort};
    const bool hasScheme = asciiLowered(text.substr(0, Scheme.size())) == Scheme;
    std::string_view rest = hasScheme ? text.substr(Scheme.size()) : text;
    if (rest.ends_with('/'))
        rest.remove_suffix(1);
    ServerUrl url{{}, hasScheme ? SchemePort : OwnPort};
    const bool bracketed = rest.starts_with('[');
    const std::size_t end = bracketed ? rest.find(']') : rest.find(':');
    if (bracketed && end == std::string_view::npos)
        return wrong(text);
    url.host = bracketed ? std::string(rest.substr(1, end - 1)) : hostName(rest.substr(0, end));
    const Result<IpAddress> address = IpAddress::parse(url.host);
    if (bracketed ? !(address && address->isV6()) : !protocol::isHostText(url.host))
        return wrong(text);
    if (address)
        url.host = address->toString();
    rest =
        end == std::string_view::npos ? std::string_view{} : rest.substr(end + (bracketed ? 1 : 0));
    if (rest.empty())
        return url;
    const Result<std::uint64_t> port = rest.front() == ':'
                                           ? parseNumber("the port", rest.substr(1), 1, 65535)
                                           : Result<std::uint64_t>(wrong(text));
    if (!port)
        return wrong(text);
    url.port = static_cast<std::uint16_t>(*port);
    return url;
}

std::string serverUrlText(const ServerUrl &url)
{
    const bool isV6 = url.host.find(':') != std::string::npos;
    return std::string(Scheme) + (isV6 ? "[" + url.host + "]" : url.host) + ":" +
           std::to_string(url.port);
}

} // namespace higgs::control
