// SPDX-License-Identifier: GPL-3.0-or-later
// The endpoints that clients use: a route, and the life of the session that comes with it; and the
// upgrade of both ends to the relay.
#pragma once

#include "server/api/api_core.h"

namespace higgs::relay {
class RelayHub;
}

namespace higgs::server {

class SessionsApi
{
public:
    SessionsApi(ApiCore &core, relay::RelayHub &relay) : m_core(core), m_relay(relay) {}

    void requestRoute(const ExchangePtr &exchange);
    void renew(const ExchangePtr &exchange);
    void remove(const ExchangePtr &exchange);
    void openRelay(const ExchangePtr &exchange);

private:
    /// `notTaken`: another server's, and it stays so.
    void openRelay(const ExchangePtr &exchange, const std::optional<SessionId> &session,
                   const std::string &token, bool notTaken = false);
    void refuseOpening(const ExchangePtr &exchange, const OpeningRefused &refused);
    void opened(const ExchangePtr &exchange, OpenedSession &opened);
    const Session *ownSession(const ExchangePtr &exchange);

    ApiCore &m_core;
    relay::RelayHub &m_relay;
};

} // namespace higgs::server
