// SPDX-License-Identifier: GPL-3.0-or-later
// What routing remembers for five minutes: the id of each route that a client was given
// (specification 1.3). The candidates themselves are in the route index, which is never old.
#pragma once

#include "server/limits.h"
#include "shared/base/ids.h"

#include <array>
#include <cstring>
#include <deque>
#include <unordered_map>

namespace higgs::server {

constexpr Milliseconds RouteCacheLife = std::chrono::minutes(5);

/// A route as the cache knows it: the beginning of a digest of client, nodes and type. Clients
/// choose what is digested, and cannot make two that are the same.
using RouteKey = std::array<std::uint8_t, 16>;

class RouteCache
{
public:
    RouteCache() = default;
    RouteCache(const RouteCache &) = delete;
    RouteCache &operator=(const RouteCache &) = delete;
    virtual ~RouteCache() = default;

    /// The id under `key`, or `fresh` if there is none; kept for five minutes from when it was
    /// first given.
    virtual RouteId routeId(Monotonic now, const RouteKey &key, const RouteId &fresh) = 0;
};

/// In this process, within Limits::routeCacheBytes: the oldest ids give way to new ones.
class InProcessRouteCache : public RouteCache
{
public:
    /// What an id costs: its place in the table, which is a node of its own, and in the queue.
    static constexpr std::size_t BytesOfEntry = 112;

    /// `limits` must outlive it.
    explicit InProcessRouteCache(const Limits &limits) : m_limits(limits) {}

    RouteId routeId(Monotonic now, const RouteKey &key, const RouteId &fresh) override;
    [[nodiscard]] std::size_t bytes() const { return m_ids.size() * BytesOfEntry; }

private:
    struct Hash
    {
        std::size_t operator()(const RouteKey &key) const noexcept
        {
            std::size_t begin = 0;
            std::memcpy(&begin, key.data(), sizeof begin);
            return begin;
        }
    };
    struct Kept
    {
        std::array<std::uint8_t, 16> id;
        Monotonic until;
    };

    void makeRoom(Monotonic now);

    const Limits &m_limits;
    std::unordered_map<RouteKey, Kept, Hash> m_ids;
    std::deque<RouteKey> m_byAge; ///< which is how they expire, too
};

} // namespace higgs::server
