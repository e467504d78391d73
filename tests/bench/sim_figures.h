// SPDX-License-Identifier: GPL-3.0-or-later
// What a simulation reads of the server's process and of the kernel, and what it makes of times.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace higgs::bench {

/// Kilobytes of the process in memory.
std::size_t residentOf(const std::string &pid);
/// Seconds of CPU by the name of the thread.
std::map<std::string, double> cpuOf(const std::string &pid);
std::size_t descriptorsOf(const std::string &pid);
/// Kilobytes that the kernel has in objects of sockets and files, of the whole machine; 0 if that
/// may not be read.
std::size_t kernelKilobytes();

/// Some times in milliseconds, of which quantiles are asked.
class Times
{
public:
    void add(std::chrono::nanoseconds time);
    [[nodiscard]] std::size_t count() const { return m_all.size(); }
    /// 0 without any.
    [[nodiscard]] double at(double quantile);
    void clear() { m_all.clear(); }

private:
    std::vector<float> m_all;
};

/// How evenly something comes: events in bins of 100 ms.
class Spread
{
public:
    void start(std::chrono::steady_clock::time_point now);
    void note(std::chrono::steady_clock::time_point now);
    /// The fullest second against the mean one: 1 is even, 20 is all in one of twenty seconds.
    [[nodiscard]] double peak() const;
    [[nodiscard]] std::size_t count() const;

private:
    std::chrono::steady_clock::time_point m_begin{};
    std::vector<std::uint32_t> m_bins;
};

} // namespace higgs::bench
