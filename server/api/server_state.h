// SPDX-License-Identifier: GPL-3.0-or-later
// Everything that the API's parts share, owned by the control thread.
#pragma once

#include "server/cache/answer_cache.h"
#include "server/cache/token_buckets.h"
#include "server/services/ban_list.h"
#include "server/services/country_figures.h"
#include "server/services/metrics_aggregator.h"
#include "server/services/routing.h"
#include "server/services/session_life.h"
#include "server/services/turn_service.h"
#include "shared/crypto/jwt.h"
#include "shared/crypto/keys.h"

#include <algorithm>

namespace higgs::server {

/// What the operator decided; fixed while the program runs, but for `limits`.
struct ServerSettings
{
    std::string name = "boson";
    std::string publicHost;
    std::uint16_t publicPort = 0;
    protocol::Access access = protocol::Access::Open;
    protocol::NodeAccess nodeAccess = protocol::NodeAccess::Open;
    Seconds sessionLife = Seconds(3600);
    std::vector<IpAddress> dns;
    SecretText metricsToken;      ///< empty: /metrics on the main port is for loopback only
    std::vector<IpPrefix> fronts; ///< who speaks for others by PROXY headers
    Limits limits;
};

struct ServerState
{
    ServerState(ServerSettings &&given, NodeTokens &&tokens, PrivateKey &&key, TurnService &&turns,
                Storage &store, RelayControl &relay, SignalOut &signalling)
        : settings(std::move(given)),
          nodeTokens(std::move(tokens)),
          serverKey(std::move(key)),
          turn(std::move(turns)),
          storage(store),
          limiter(settings.limits),
          routing(nodes, sessions, routeCache),
          life(sessions, store, relay, signalling, TunnelNetworks::standard())
    {}

    ServerSettings settings;
    NodeTokens nodeTokens;
    PrivateKey serverKey;
    TurnService turn;
    Storage &storage;
    NodeRegistry nodes;
    SessionTable sessions;
    InProcessRouteCache routeCache;
    TokenBuckets limiter;
    AnswerCache answers;
    Routing routing;
    CountryFigures countryFigures;
    SessionLife life;
    MetricsAggregator metrics;
    std::vector<AccessKeyRecord> accessKeys;
    BanList bans;
    bool storageUp = true;
    /// False until nodes and sessions are known, where the storage was not there at the start.
    bool takenUp = true;

    /// Whether a node may go on that the access key of this digest let in (empty: none did): where
    /// nodes need one, not after it was revoked or banned.
    [[nodiscard]] bool admitsNodeKey(const std::string &digest, BootTime now) const
    {
        if (settings.nodeAccess != protocol::NodeAccess::Key || digest.empty())
            return true;
        return std::any_of(accessKeys.begin(), accessKeys.end(), [&](const AccessKeyRecord &key) {
            return key.digest == digest && !bans.hasKey(now, key.name);
        });
    }
};

} // namespace higgs::server
