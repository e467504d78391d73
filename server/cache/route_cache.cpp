// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/cache/route_cache.h"

namespace higgs::server {

namespace {

// Frees what has expired; if that is not enough, everything.
template <typename Map>
void makeRoom(Map &map, Monotonic now, std::size_t limit)
{
    if (map.size() < limit)
        return;
    std::erase_if(map, [now](const auto &entry) { return entry.second.until <= now; });
    if (map.size() >= limit)
        map.clear();
}

} // namespace

std::optional<std::vector<NodeId>> InProcessRouteCache::candidates(Monotonic now,
                                                                   const std::string &requirements)
{
    const auto found = m_candidates.find(requirements);
    if (found == m_candidates.end() || found->second.until <= now)
        return std::nullopt;
    return found->second.value;
}

void InProcessRouteCache::putCandidates(Monotonic now, const std::string &requirements,
                                        std::vector<NodeId> nodes)
{
    makeRoom(m_candidates, now, MaxRequirements);
    m_candidates[requirements] = {std::move(nodes), now + RouteCacheLife};
}

RouteId InProcessRouteCache::routeId(Monotonic now, const std::string &key, const RouteId &fresh)
{
    const auto found = m_routeIds.find(key);
    if (found != m_routeIds.end() && found->second.until > now)
        return found->second.value;
    makeRoom(m_routeIds, now, MaxRouteIds);
    m_routeIds[key] = {fresh, now + RouteCacheLife};
    return fresh;
}

} // namespace higgs::server
