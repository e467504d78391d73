// SPDX-License-Identifier: GPL-3.0-or-later
// Nodes' metrics, gathered in memory and handed over once a minute: means of gauges, the last value
// of counters.
#pragma once

#include "server/storage/records.h"
#include "shared/protocol/rest_metrics.h"

#include <array>
#include <map>
#include <unordered_map>

namespace higgs::server {

/// A report's timestamp may be this old, or this far ahead of the server's clock (WIRE.md).
constexpr Milliseconds MetricsMaxAge = std::chrono::hours(1);
constexpr Milliseconds MetricsMaxLead = std::chrono::minutes(5);
bool metricsTimeIsAcceptable(WallTime now, WallTime timestamp);

class MetricsAggregator
{
public:
    /// Minutes of nodes that are held at most, 100 MB: the minute of as many nodes as a server
    /// takes while the one before is written. While the storage is away they are not taken.
    static constexpr std::size_t MaxRecords = 200'000;

    /// Of a minute that there is no room for nothing is kept; it is counted as dropped().
    void add(const protocol::MetricsReport &report);
    /// Minutes that are over at `now`, so many at most.
    std::vector<MetricsRecord> takeFinished(WallTime now, std::size_t most);
    /// Everything, at the end of the program.
    std::vector<MetricsRecord> takeAll();
    /// Returns what could not be stored; beyond MaxRecords it is dropped.
    void putBack(std::vector<MetricsRecord> records);
    /// Reports and minutes that were not kept.
    [[nodiscard]] std::uint64_t dropped() const { return m_dropped; }

private:
    static constexpr std::size_t GaugeCount = 9;

    struct Minute
    {
        MetricsRecord last;
        std::array<double, GaugeCount> sums{};
        std::array<unsigned, GaugeCount> counts{};
    };
    static MetricsRecord finish(const Minute &minute);

    /// By their beginning, so that those which are over are at hand.
    std::map<WallTime, std::unordered_map<NodeId, Minute>> m_minutes;
    std::size_t m_count = 0; ///< in m_minutes
    std::vector<MetricsRecord> m_waiting;
    std::uint64_t m_dropped = 0;
};

} // namespace higgs::server
