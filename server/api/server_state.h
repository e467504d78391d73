// SPDX-License-Identifier: GPL-3.0-or-later
// Everything that the API's parts share, owned by the control thread.
#pragma once

#include "server/api/access_keys.h"
#include "server/cache/answer_cache.h"
#include "server/cache/shared_buckets.h"
#include "server/services/digests.h"
#include "server/services/metrics_aggregator.h"
#include "server/services/node_admission.h"
#include "server/services/session_opening.h"
#include "server/services/turn_service.h"

namespace higgs::server {

/// Whether the server takes on more. In every state what it has goes on.
enum class Standing {
    Serving,
    Drained, ///< by the operator's word, until it is taken back
    Ending,
};

struct ServerState
{
    ServerState(ServerSettings &&given, NodeTokens &&tokens, PrivateKey &&key,
                ClientGroups &&groups, TurnService &&turns, Instance &&own, Storage &store,
                RelayControl &relay, SignalOut &signalling, ClusterOut &others)
        : settings(std::move(given)),
          nodeTokens(std::move(tokens)),
          serverKey(std::move(key)),
          clientGroups(std::move(groups)),
          turn(std::move(turns)),
          instances(std::move(own)),
          cluster(others),
          storage(store),
          routeCache(settings.limits),
          limiter(settings.limits, others.isAlone()),
          answers(settings.limits),
          routing(nodes, sessions, Dice::seeded(randomUnit()).next()),
          life(sessions, store, relay, signalling, instances, others, TunnelNetworks::standard()),
          opening({settings, instances, nodes, sessions, routing, routeCache, life, store, others}),
          admission({settings, nodeTokens, serverKey, nodes, bans, life, signalling, store, others})
    {
        life.watchEnds(
            [this](const Session &session) { routing.sessionEnded(bootNow(), session); });
    }

    ServerSettings settings;
    NodeTokens nodeTokens;
    std::optional<BootTime> formerTokensUntil; ///< what the key before signed is accepted so long
    PrivateKey serverKey;
    ClientGroups clientGroups;
    TurnService turn;
    InstanceDirectory instances;
    ClusterOut &cluster;
    Storage &storage;
    NodeRegistry nodes;
    SessionTable sessions;
    InProcessRouteCache routeCache;
    SharedBuckets limiter;
    AnswerCache answers;
    Routing routing;
    SessionLife life;
    MetricsAggregator metrics;
    AccessKeys accessKeys;
    BanList bans;
    SessionOpening opening;
    NodeAdmission admission;
    bool storageUp = true;
    /// False until nodes and sessions are known, where the storage was not there at the start.
    bool takenUp = true;
    BootTime startedAt = bootNow();
    Standing standing = Standing::Serving;
    std::optional<Monotonic> readinessAsked; ///< when /readyz was asked for last

    [[nodiscard]] bool isReady() const { return storageUp && standing == Standing::Serving; }

    /// Whether a node may go on that the access key of this digest let in (empty: none did): where
    /// nodes need one, not after it was revoked or banned, or its time was over, or it is for
    /// others.
    [[nodiscard]] bool admitsNodeKey(const std::string &digest, BootTime now) const
    {
        if (settings.nodeAccess != protocol::NodeAccess::Key || digest.empty())
            return true;
        const AccessKeyRecord *key = accessKeys.find(digest, wallNow());
        return key != nullptr && isGoodFor(key->purpose, KeyPurpose::Share) &&
               !bans.hasKey(now, key->name);
    }
};

} // namespace higgs::server
