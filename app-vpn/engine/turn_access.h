// SPDX-License-Identifier: GPL-3.0-or-later
// By which TURN servers and credentials a session may have an allocation: those of its route, and
// later ones that the server is asked for; found by name as the server itself is, and judged before
// anything is sent there.
#pragma once

#include "app-vpn/engine/server_addresses.h"
#include "shared/net/api_client.h"
#include "shared/net/named_endpoints.h"
#include "shared/paths/turn_lease.h"
#include "shared/turn/turn_grant.h"

#include <QObject>
#include <map>
#include <string>

namespace higgs::vpn {

struct TurnAccessOptions
{
    std::optional<TurnGrant> grant; ///< of the route
    /// Asks the server for other credentials.
    std::function<void(ApiReply<protocol::IceServersResponse>)> renew;
    /// Which addresses may be sent to, at the moment of asking.
    std::function<Result<std::vector<CheckedEndpoint>>(
        NamedUse, const std::string &host, const std::vector<IpAddress> &, std::uint16_t port)>
        check;
    std::string serverHost; ///< the one that the person chose
    ServerTrust trust;      ///< in it
    /// TCP and TLS, too: slower than our own relay, so only for who wants TURN and nothing else.
    bool streams = false;
};

/// What is believed of a TURN server at `host`: what the person trusts for the server itself, where
/// it is the same host. A pin is of one certificate, so elsewhere the system's authorities have to
/// vouch for the name; a person's own authority vouches for both.
ServerTrust turnTrust(const ServerTrust &trust, const std::string &serverHost,
                      const std::string &host);

/// Of one session. Lives on the daemon's thread.
class TurnAccess : public QObject
{
    Q_OBJECT

public:
    TurnAccess(ServerAddresses &addresses, TurnAccessOptions options, QObject *parent = nullptr);

    /// As TurnAsk.
    void ask(bool fresh, Reply<Result<TurnOffer>> reply);

private:
    void renew(Reply<Result<TurnOffer>> reply);
    /// What a name's answer is believed for; what is known longer does where no resolver answers.
    static constexpr Seconds Fresh{30};

    [[nodiscard]] bool isFresh(const std::string &host) const;
    void findHosts(std::size_t url, Reply<Result<TurnOffer>> reply);
    [[nodiscard]] Result<TurnOffer> offer();

    ServerAddresses &m_addresses;
    TurnAccessOptions m_options;
    std::optional<TurnGrant> m_grant;
    std::map<std::string, Monotonic> m_askedAt; ///< names of the grant's, by host
};

} // namespace higgs::vpn
