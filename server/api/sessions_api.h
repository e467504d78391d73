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
    struct Opening;

    /// Where a client is sent.
    struct Choice
    {
        std::vector<ScoredRoute> routes; ///< to exits, best first
        NodeId entry;                    ///< of a cascade; null: none

        [[nodiscard]] bool isCascade() const { return !entry.isNull(); }
    };

    std::optional<std::string> clientGroup(const ExchangePtr &exchange, const ClientId &client);
    std::variant<Choice, RoutingFailure> choose(const protocol::RoutingRequest &request,
                                                const PlaceSeeker &seeker);
    void open(const ExchangePtr &exchange, const protocol::RoutingRequest &request,
              const std::string &group, const Choice &choice, std::vector<SessionId> giveWay);
    /// Keeps a cascade's two sessions, or one; the session that the client is told of, and what is
    /// to be written down. Unavailable when a node has no address left.
    Result<std::vector<SessionRecord>> place(const ExchangePtr &exchange, SessionRecord record,
                                             const protocol::RoutingRequest &request,
                                             const Choice &choice);
    /// The client's own sessions that give way to a new one; what it displaces of others is ended.
    /// nullopt: there is no room, and the answer has been sent.
    std::optional<std::vector<SessionId>> makeRoom(const ExchangePtr &exchange,
                                                   const std::string &group, const Choice &choice,
                                                   const PlaceSeeker &seeker);
    void makePlaceOn(const NodeId &node, const PlaceSeeker &seeker);
    void opened(const ExchangePtr &exchange, const Opening &opening);
    const Session *ownSession(const ExchangePtr &exchange);

    ApiCore &m_core;
    relay::RelayHub &m_relay;
};

} // namespace higgs::server
