// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/system_metrics.h"

#include "shared/base/number_text.h"

#include <algorithm>
#include <fstream>
#include <sys/statvfs.h>
#include <vector>

namespace higgs::node {

namespace {

constexpr Milliseconds LeastSpan{5'000}; // of a figure of the processor

std::vector<std::string_view> words(std::string_view line)
{
    std::vector<std::string_view> result;
    while (true) {
        const std::size_t begin = line.find_first_not_of(" \t");
        if (begin == std::string_view::npos)
            return result;
        line.remove_prefix(begin);
        const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
        result.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
}

std::string readSmallFile(const char *path)
{
    constexpr std::size_t Limit = 64UL * 1024;
    std::ifstream file(path);
    std::string text;
    text.resize(Limit);
    file.read(text.data(), static_cast<std::streamsize>(Limit));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

std::optional<std::uint64_t> meminfoField(std::string_view text, std::string_view name)
{
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = text.substr(at, end - at);
        if (line.starts_with(name)) {
            const auto parts = words(line.substr(name.size()));
            return parts.empty() ? std::nullopt : numberIn<std::uint64_t>(parts.front());
        }
        at = end + 1;
    }
    return std::nullopt;
}

double diskUsage(const std::string &path)
{
    struct statvfs info
    {};
    if (::statvfs(path.c_str(), &info) != 0 || info.f_blocks == 0)
        return 0;
    const auto free = static_cast<double>(info.f_bavail);
    return 100.0 * (1.0 - free / static_cast<double>(info.f_blocks));
}

} // namespace

Result<CpuTimes> parseCpuTimes(std::string_view procStat)
{
    const std::string_view line = procStat.substr(0, procStat.find('\n'));
    const auto parts = words(line);
    // cpu user nice system idle iowait irq softirq steal guest guest_nice; guest times are already
    // inside user and nice.
    constexpr std::size_t Idle = 4;
    constexpr std::size_t IoWait = 5;
    constexpr std::size_t Steal = 8;
    if (parts.size() <= Idle || parts.front() != "cpu")
        return unexpected(ErrorCode::Malformed, "no cpu line");
    CpuTimes times;
    for (std::size_t i = 1; i < parts.size() && i <= Steal; ++i) {
        const auto ticks = numberIn<std::uint64_t>(parts[i]);
        if (!ticks)
            return unexpected(ErrorCode::Malformed, "cpu line without numbers");
        times.total += *ticks;
        if (i != Idle && i != IoWait)
            times.busy += *ticks;
    }
    return times;
}

Result<double> parseMemoryUsage(std::string_view procMeminfo)
{
    const auto total = meminfoField(procMeminfo, "MemTotal:");
    const auto available = meminfoField(procMeminfo, "MemAvailable:");
    if (!total || !available || *total == 0 || *available > *total)
        return unexpected(ErrorCode::Malformed, "no memory figures");
    return 100.0 * (1.0 - static_cast<double>(*available) / static_cast<double>(*total));
}

Result<double> parseLoadAverage(std::string_view procLoadavg)
{
    const auto parts = words(procLoadavg.substr(0, procLoadavg.find('\n')));
    if (parts.empty())
        return unexpected(ErrorCode::Malformed, "no load figure");
    const auto load = numberIn<double>(parts.front());
    if (!load || !(*load >= 0 && *load < 1e6))
        return unexpected(ErrorCode::Malformed, "no load figure");
    return *load;
}

double CpuLoad::update(Monotonic now, const CpuTimes &times)
{
    if (m_at && now - *m_at < LeastSpan)
        return m_percent;
    if (times.total > m_previous.total && times.busy >= m_previous.busy) {
        const auto busy = static_cast<double>(times.busy - m_previous.busy);
        const auto total = static_cast<double>(times.total - m_previous.total);
        m_percent = std::clamp(100.0 * busy / total, 0.0, 100.0);
    }
    m_previous = times;
    m_at = now;
    return m_percent;
}

SystemSample SystemMetrics::sample(Monotonic now)
{
    SystemSample result;
    if (const Result<CpuTimes> times = parseCpuTimes(readSmallFile("/proc/stat")); times)
        result.cpuUsage = m_cpu.update(now, *times);
    result.memoryUsage = parseMemoryUsage(readSmallFile("/proc/meminfo")).value_or(0.0);
    result.loadAverage = parseLoadAverage(readSmallFile("/proc/loadavg")).value_or(0.0);
    result.diskUsage = diskUsage(m_dataDir);
    return result;
}

} // namespace higgs::node
