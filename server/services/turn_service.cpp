// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/turn_service.h"

#include "shared/crypto/hmac.h"
#include "shared/protocol/relay_endpoint.h"

#include <charconv>

namespace higgs::server {

namespace {

std::optional<std::uint16_t> portOf(std::string_view text)
{
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0)
        return std::nullopt;
    return port;
}

std::string authority(const std::string &host, std::uint16_t port)
{
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

} // namespace

Result<TurnPlace> TurnPlace::parse(std::string_view text)
{
    TurnPlace place;
    const std::size_t comma = text.find(',');
    std::string_view address = text.substr(0, comma);
    if (comma != std::string_view::npos) {
        const std::string_view option = text.substr(comma + 1);
        place.tlsPort = option.starts_with("tls=") ? portOf(option.substr(4)) : std::nullopt;
        if (!place.tlsPort)
            return unexpected(ErrorCode::InvalidArgument, "TURN must be HOST:PORT[,tls=PORT]");
    }
    const std::size_t colon = address.rfind(':');
    const auto port =
        colon == std::string_view::npos ? std::nullopt : portOf(address.substr(colon + 1));
    std::string_view host = address.substr(0, std::min(colon, address.size()));
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    if (!port || !protocol::isHostText(host))
        return unexpected(ErrorCode::InvalidArgument, "TURN must be HOST:PORT[,tls=PORT]");
    place.port = *port;
    place.host = std::string(host);
    return place;
}

TurnCredentials TurnService::credentialsFor(WallTime now, std::string_view owner) const
{
    const std::string purpose = "user of " + std::string(owner);
    const std::string user = toHex(hmacSha1(asBytes(m_turn->secret.reveal()), asBytes(purpose)));
    return makeTurnCredentials(m_turn->secret, now, user);
}

protocol::TurnServersResponse TurnService::turnServers(WallTime now, std::string_view owner) const
{
    protocol::TurnServersResponse response;
    if (!m_turn)
        return response;
    TurnCredentials credentials = credentialsFor(now, owner);
    protocol::TurnServer server;
    server.host = m_turn->host;
    server.port = m_turn->port;
    server.realm = std::string(Realm);
    server.username = std::move(credentials.username);
    server.password = std::move(credentials.password);
    server.ttl = credentials.ttl;
    response.servers.push_back(std::move(server));
    return response;
}

protocol::IceServersResponse TurnService::iceServers(WallTime now, std::string_view owner) const
{
    protocol::IceServersResponse response;
    for (const protocol::StunServer &stun : m_stun) {
        protocol::IceServer server;
        server.urls.push_back("stun:" + authority(stun.host, stun.port));
        response.iceServers.push_back(std::move(server));
    }
    if (!m_turn)
        return response;
    TurnCredentials credentials = credentialsFor(now, owner);
    const std::string plain = authority(m_turn->host, m_turn->port);
    protocol::IceServer server;
    server.urls = {"turn:" + plain + "?transport=udp", "turn:" + plain + "?transport=tcp"};
    if (m_turn->tlsPort)
        server.urls.push_back("turns:" + authority(m_turn->host, *m_turn->tlsPort));
    server.username = std::move(credentials.username);
    server.credential = std::move(credentials.password);
    response.iceServers.push_back(std::move(server));
    return response;
}

} // namespace higgs::server
