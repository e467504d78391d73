// SPDX-License-Identifier: GPL-3.0-or-later
// What the machine is doing, for heartbeats and metrics: total parsers of /proc, and their reader.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace higgs::node {

struct CpuTimes
{
    std::uint64_t busy = 0; ///< clock ticks since boot, all cores
    std::uint64_t total = 0;

    friend bool operator==(const CpuTimes &, const CpuTimes &) = default;
};

/// The first line of /proc/stat (proc(5)).
Result<CpuTimes> parseCpuTimes(std::string_view procStat);
/// Percent 0..100 of memory that is not available, from /proc/meminfo.
Result<double> parseMemoryUsage(std::string_view procMeminfo);
/// The one-minute figure of /proc/loadavg.
Result<double> parseLoadAverage(std::string_view procLoadavg);

/// How busy the processor is. A span of milliseconds says nothing, so that who asks again soon gets
/// the figure of before; the first one is of the time since boot.
class CpuLoad
{
public:
    /// Percent 0..100 of the time since the last figure.
    double update(Monotonic now, const CpuTimes &times);

private:
    std::optional<Monotonic> m_at;
    CpuTimes m_previous;
    double m_percent = 0;
};

struct SystemSample
{
    double cpuUsage = 0;    ///< percent, see CpuLoad
    double memoryUsage = 0; ///< percent
    double diskUsage = 0;   ///< percent of the data directory's file system
    double loadAverage = 0;
};

/// Reads the machine's figures; a figure that cannot be read is 0.
class SystemMetrics
{
public:
    explicit SystemMetrics(std::string dataDir) : m_dataDir(std::move(dataDir)) {}

    SystemSample sample(Monotonic now);

private:
    std::string m_dataDir;
    CpuLoad m_cpu;
};

} // namespace higgs::node
