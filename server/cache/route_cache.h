// SPDX-License-Identifier: GPL-3.0-or-later
// What routing remembers for five minutes: the candidates for a set of requirements, and the id of
// each route that a client was given (specification 1.3).
#pragma once

#include "shared/base/clock.h"
#include "shared/base/ids.h"

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace higgs::server {

constexpr Milliseconds RouteCacheLife = std::chrono::minutes(5);

class RouteCache
{
public:
    RouteCache() = default;
    RouteCache(const RouteCache &) = delete;
    RouteCache &operator=(const RouteCache &) = delete;
    virtual ~RouteCache() = default;

    virtual std::optional<std::vector<NodeId>> candidates(Monotonic now,
                                                          const std::string &requirements) = 0;
    virtual void putCandidates(Monotonic now, const std::string &requirements,
                               std::vector<NodeId> nodes) = 0;
    /// A node came, changed or went: no set of candidates holds any more.
    virtual void forgetCandidates() = 0;
    /// How often that was: other things that are derived from the nodes are stale, too.
    [[nodiscard]] virtual std::uint64_t nodesRevision() const = 0;

    /// The id under `key` (client, node, type), or `fresh` if there is none; kept for five minutes
    /// from when it was first given.
    virtual RouteId routeId(Monotonic now, const std::string &key, const RouteId &fresh) = 0;
};

/// In this process, bounded: a full half is emptied, which costs a recalculation.
class InProcessRouteCache : public RouteCache
{
public:
    static constexpr std::size_t MaxRequirements = 4096;
    static constexpr std::size_t MaxRouteIds = 200'000;

    std::optional<std::vector<NodeId>> candidates(Monotonic now,
                                                  const std::string &requirements) override;
    void putCandidates(Monotonic now, const std::string &requirements,
                       std::vector<NodeId> nodes) override;
    void forgetCandidates() override
    {
        m_candidates.clear();
        ++m_nodesRevision;
    }
    [[nodiscard]] std::uint64_t nodesRevision() const override { return m_nodesRevision; }
    RouteId routeId(Monotonic now, const std::string &key, const RouteId &fresh) override;

private:
    template <typename T>
    struct Kept
    {
        T value;
        Monotonic until;
    };

    std::unordered_map<std::string, Kept<std::vector<NodeId>>> m_candidates;
    std::unordered_map<std::string, Kept<RouteId>> m_routeIds;
    std::uint64_t m_nodesRevision = 0;
};

} // namespace higgs::server
